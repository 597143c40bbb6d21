package recon_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/recon"
)

// item and line are short for tests: a day of January, an amount, a reference and a text.
func item(day int, minor int64, reference, description string) recon.Item {
	return recon.Item{ID: fmt.Sprint(day, minor, reference, description), Date: first.AddDays(day - 1), AmountMinor: minor, Mode: "BANK", Reference: reference, Description: description}
}

func line(day int, minor int64, reference, text string) recon.Line {
	return recon.Line{ID: fmt.Sprint(day, minor, reference, text), BookingDate: first.AddDays(day - 1), AmountMinor: minor, Reference: reference, Text: text}
}

// known is a case of which everything is known for a year.
func known(items []recon.Item, lines []recon.Line) recon.Case {
	return recon.Case{
		Rules: recon.Rules{OpeningDate: first.AddDays(-1), WindowDays: 5}, Items: items, Lines: lines,
		Cover: recon.Cover{Bank: []recon.Span{{From: first, To: first.AddDays(364)}}, BooksTo: first.AddDays(364)},
	}
}

func TestWhatIsBeyondDoubt(t *testing.T) {
	t.Parallel()
	type pairs = []recon.Pair
	reference, amount := pairs{{Reason: recon.ByReference}}, pairs{{Reason: recon.ByAmount}}
	for name, c := range map[string]struct {
		items []recon.Item
		lines []recon.Line
		want  pairs
	}{
		"alone":                   {[]recon.Item{item(10, 100, "", "")}, []recon.Line{line(15, 100, "", "")}, amount},
		"too late":                {[]recon.Item{item(10, 100, "", "")}, []recon.Line{line(16, 100, "", "")}, nil},
		"too early":               {[]recon.Item{item(10, 100, "", "")}, []recon.Line{line(4, 100, "", "")}, nil},
		"another amount":          {[]recon.Item{item(10, 100, "", "")}, []recon.Line{line(10, 101, "", "")}, nil},
		"another sign":            {[]recon.Item{item(10, 100, "", "")}, []recon.Line{line(10, -100, "", "")}, nil},
		"two items":               {[]recon.Item{item(10, 100, "", ""), item(12, 100, "", "")}, []recon.Line{line(11, 100, "", "")}, nil},
		"two lines":               {[]recon.Item{item(10, 100, "", "")}, []recon.Line{line(11, 100, "", ""), line(9, 100, "", "")}, nil},
		"the reference decides":   {[]recon.Item{item(10, 100, "INV-0001", ""), item(12, 100, "", "")}, []recon.Line{line(11, 100, "inv 0001", "")}, reference},
		"and leaves one":          {[]recon.Item{item(10, 100, "INV-0001", ""), item(12, 100, "", "")}, []recon.Line{line(11, 100, "INV0001", ""), line(12, 100, "", "x")}, pairs{{Reason: recon.ByReference}, {Item: 1, Line: 1, Reason: recon.ByAmount}}},
		"in the text":             {[]recon.Item{item(10, 100, "INV-2026/17", ""), item(12, 100, "", "")}, []recon.Line{line(11, 100, "", "stay inv 2026 17, thanks")}, reference},
		"in the description":      {[]recon.Item{item(10, 100, "", "guest of BKG44871 room 3"), item(12, 100, "", "")}, []recon.Line{line(11, 100, "BKG-44871", "")}, reference},
		"one reference of two":    {[]recon.Item{item(10, 100, "INV-0001", ""), item(12, 100, "INV-0001", "")}, []recon.Line{line(11, 100, "INV-0001", "")}, nil},
		"references differ":       {[]recon.Item{item(10, 100, "INV-0001", "")}, []recon.Line{line(10, 100, "INV-0002", "")}, nil},
		"differ in the text":      {[]recon.Item{item(10, 100, "INV-0001", "")}, []recon.Line{line(10, 100, "", "for INV-0002")}, nil},
		"a word is no reference":  {[]recon.Item{item(10, 100, "ROOM", ""), item(10, 100, "", "")}, []recon.Line{line(10, 100, "ROOM", "")}, nil},
		"part of a sum":           {[]recon.Item{item(10, 100, "", ""), item(10, 50, "", "")}, []recon.Line{line(10, 100, "", ""), line(11, 150, "", "")}, nil},
		"the line of a split":     {[]recon.Item{item(10, 100, "", ""), item(10, 150, "", "")}, []recon.Line{line(10, 100, "", ""), line(11, 50, "", "")}, nil},
		"part of three":           {[]recon.Item{item(10, 100, "", ""), item(10, 50, "", ""), item(11, 25, "", "")}, []recon.Line{line(10, 100, "", ""), line(11, 175, "", "")}, nil},
		"the reference elsewhere": {[]recon.Item{item(10, 100, "INV-0001", "")}, []recon.Line{line(10, 100, "", ""), line(30, 70, "INV-0001", "")}, nil},
		"a late one nearby":       {[]recon.Item{item(10, 100, "", ""), item(4, 100, "", "")}, []recon.Line{line(14, 100, "", "")}, nil},
	} {
		got := known(c.items, c.lines).Decide()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhatIsNotKnownYet: by its amount alone a pair is matched when statements and books are there for
// all that could fit as well; by its reference at once.
func TestWhatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	at := func(day int) bizdate.Date { return first.AddDays(day - 1) }
	for name, c := range map[string]struct {
		bank  []recon.Span
		books int
		want  int
	}{
		"all":                       {[]recon.Span{{From: at(1), To: at(31)}}, 31, 1},
		"to the day":                {[]recon.Span{{From: at(5), To: at(15)}}, 16, 1},
		"the statement ends before": {[]recon.Span{{From: at(1), To: at(14)}}, 31, 0},
		"it begins after":           {[]recon.Span{{From: at(6), To: at(31)}}, 31, 0},
		"there is a gap":            {[]recon.Span{{From: at(1), To: at(8)}, {From: at(10), To: at(31)}}, 31, 0},
		"the books end before":      {[]recon.Span{{From: at(1), To: at(31)}}, 15, 0},
		"nothing":                   {nil, 31, 0},
	} {
		k := known([]recon.Item{item(10, 100, "", "")}, []recon.Line{line(11, 100, "", "")})
		k.Cover = recon.Cover{Bank: c.bank, BooksTo: at(c.books)}
		if got := k.Decide(); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if c.want == 0 {
			if s := k.Suggest(10); len(s) != 1 || s[0].Doubt != recon.DoubtOpen {
				t.Errorf("%s: %+v", name, s)
			}
		}
		k.Items[0].Reference, k.Lines[0].Reference = "INV-0001", "INV-0001"
		if got := k.Decide(); len(got) != 1 || got[0].Reason != recon.ByReference {
			t.Errorf("%s, by reference: %v", name, got)
		}
	}
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	k := known([]recon.Item{item(10, 100, "", "")}, []recon.Line{line(10, 98, "", "")})
	if got := k.Decide(); len(got) != 0 {
		t.Error(got)
	}
	k.Rules.ToleranceMinor = 2
	if got := k.Decide(); len(got) != 1 {
		t.Error(got)
	}
	k.Lines = append(k.Lines, line(10, 102, "", ""))
	if got := k.Decide(); len(got) != 0 {
		t.Error(got)
	}
	k = known([]recon.Item{item(10, 1, "", "")}, []recon.Line{line(10, -1, "", "")})
	if k.Rules.ToleranceMinor = 5; len(k.Decide()) != 0 {
		t.Error("a debit is no credit, whatever the tolerance")
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	card := func(day int, minor int64) recon.Item {
		it := item(day, minor, "", "")
		it.Mode = "CARD"
		return it
	}
	type S = recon.Suggestion
	undone := item(11, -100, "", "")
	undone.ReversalOf = item(10, 100, "", "").ID
	for name, c := range map[string]struct {
		items []recon.Item
		lines []recon.Line
		want  []S
	}{
		"either": {[]recon.Item{item(10, 100, "", ""), item(12, 100, "", "")}, []recon.Line{line(11, 100, "", "")}, []S{
			{Kind: recon.OneToOne, Doubt: recon.DoubtAmbiguous, Items: []int{0}, Lines: []int{0}}, {Kind: recon.OneToOne, Doubt: recon.DoubtAmbiguous, Items: []int{1}, Lines: []int{0}},
		}},
		"a payout less its fee": {[]recon.Item{card(10, 10_000), card(10, 6_000), card(12, 777)}, []recon.Line{line(13, 15_760, "", "")}, []S{
			{Kind: recon.Merged, Doubt: recon.DoubtPayout, Items: []int{0, 1}, Lines: []int{0}, DifferenceMinor: -240},
		}},
		"a card payment at its full amount": {[]recon.Item{card(10, 10_000)}, []recon.Line{line(11, 10_000, "", "")}, []S{
			{Kind: recon.OneToOne, Doubt: recon.DoubtFee, Items: []int{0}, Lines: []int{0}},
		}},
		"three by their reference": {[]recon.Item{item(10, 100, "TOUR77", ""), item(10, 20, "TOUR77", ""), item(11, 3, "TOUR77", ""), item(11, 5, "", "")}, []recon.Line{line(12, 123, "", "group tour77")}, []S{
			{Kind: recon.Merged, Doubt: recon.DoubtCommon, Items: []int{0, 1, 2}, Lines: []int{0}},
		}},
		"in two parts": {[]recon.Item{item(10, 300, "", "")}, []recon.Line{line(11, 100, "", ""), line(12, 200, "", ""), line(12, 70, "", "")}, []S{
			{Kind: recon.Split, Doubt: recon.DoubtGroup, Items: []int{0}, Lines: []int{0, 1}},
		}},
		"undone": {[]recon.Item{item(10, 100, "", ""), undone}, nil, []S{{Kind: recon.Reversal, Doubt: recon.DoubtReversal, Items: []int{0, 1}}}},
	} {
		k := known(c.items, c.lines)
		k.Rules.Modes = []recon.ModeRule{{Mode: "CARD", FeeBasisPoints: 150, FeeToleranceMinor: 1}}
		if got := k.Decide(); len(got) != 0 {
			t.Errorf("%s is applied: %v", name, got)
		}
		got := k.Suggest(10)
		for i := range got {
			if got[i].Kind == recon.Reversal {
				got[i].DifferenceMinor = 0
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if n := recon.FeeMinor(-10_050, 150); n != -151 {
		t.Errorf("a fee of %d", n)
	}
}

// TestTheOrderOfTheFilesDecidesNothing: the same items and lines in another order give the same pairs,
// and none stands in two.
func TestTheOrderOfTheFilesDecidesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := newYear(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 120).Draw(t, "payments"))
		for i := range y.Items { // a month, so that much of it is near
			y.Items[i].Date = first.AddDays(y.IntN(20))
		}
		for i := range y.Lines {
			y.Lines[i].BookingDate = first.AddDays(y.IntN(20))
		}
		y.Rules.ToleranceMinor = rapid.Int64Range(0, 30).Draw(t, "tolerance")
		names := func(c recon.Case) []string {
			var out []string
			items, lines := map[int]bool{}, map[int]bool{}
			for _, p := range c.Decide() {
				if items[p.Item] || lines[p.Line] {
					t.Fatalf("%v stands in two pairs", p)
				}
				items[p.Item], lines[p.Line] = true, true
				out = append(out, fmt.Sprint(c.Items[p.Item].ID, c.Lines[p.Line].ID, p.Reason))
			}
			slices.Sort(out)
			return out
		}
		want := names(y.Case)
		other := y.Case
		other.Items, other.Lines = slices.Clone(other.Items), slices.Clone(other.Lines)
		r := rand.New(rand.NewPCG(1, 1))
		r.Shuffle(len(other.Items), func(i, j int) { other.Items[i], other.Items[j] = other.Items[j], other.Items[i] })
		r.Shuffle(len(other.Lines), func(i, j int) { other.Lines[i], other.Lines[j] = other.Lines[j], other.Lines[i] })
		if diff := cmp.Diff(want, names(other)); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
	})
}

// BenchmarkDecide matches statements of a year against the books; the time for a line must not grow
// with their number, nor where all amounts are equal.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 40_000} {
		y := newYear(1, n)
		equal := newYear(1, n)
		for i := range equal.Items {
			equal.Items[i].AmountMinor, equal.Items[i].Date = 100, first
		}
		for i := range equal.Lines {
			equal.Lines[i].AmountMinor, equal.Lines[i].BookingDate = 100, first
		}
		for name, c := range map[string]recon.Case{"year": y.Case, "all-equal": equal.Case} {
			b.Run(fmt.Sprintf("%s/payments=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					c.Decide()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.Lines)), "ns/line")
			})
		}
	}
}
