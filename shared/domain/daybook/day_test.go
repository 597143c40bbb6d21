package daybook_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// TestWorkedExample is DOMAIN.md's day, to the cent.
func TestWorkedExample(t *testing.T) {
	t.Parallel()
	b := opened(t, 50_000)
	d := may(1)
	b.must(desk, revenue(d, ledger.Cash, 118_000, 18_000))
	b.must(desk, revenue(d, ledger.UPI, 59_000))
	b.must(desk, expense(d, ledger.Cash, 20_000))
	b.must(desk, movement(d, ledger.BankDeposit, 100_000))
	if got := b.row(d).ClosingMinor; got != 50_000 {
		t.Fatalf("pending entries moved the closing to %d", got)
	}
	for n := range 4 {
		b.must(manager, daybook.Approve{EntryID: b.id(n)})
	}
	want := daybook.Flows{
		CashReceivedMinor: 118_000, BankReceivedMinor: 59_000, CashExpensesMinor: 20_000, TransfersOutMinor: 100_000, EntryCount: 4,
	}
	if diff := cmp.Diff(want, b.row(d).Flows); diff != "" || b.row(d).ClosingMinor != 48_000 {
		t.Fatalf("closing %d (-want +got):\n%s", b.row(d).ClosingMinor, diff)
	}
	count := b.must(desk, counted(d, 47_500)).Data.(daybook.CashCounted)
	if count.ExpectedMinor != 48_000 || count.VarianceMinor != -500 || b.variance(d) != -500 {
		t.Fatalf("%+v, variance %d", count, b.variance(d))
	}
	b.must(desk, movement(d, ledger.Short, 500))
	if got := b.row(d).ClosingMinor; got != 48_000 {
		t.Fatalf("a pending over/short moved the closing to %d", got)
	}
	b.must(manager, daybook.Approve{EntryID: b.id(4)})
	if row := b.row(d); row.ClosingMinor != 47_500 || row.Flows.OverShortMinor != -500 || b.variance(d) != -500 {
		t.Fatalf("closing %d, over/short %d, variance %d", row.ClosingMinor, row.Flows.OverShortMinor, b.variance(d))
	}
	b.must(manager, daybook.Close{Date: d})
	b.must(owner, revenue(may(2), ledger.Cash, 1))
	if got := b.row(may(2)).OpeningMinor; got != 47_500 {
		t.Fatalf("the next day opens with %d", got)
	}
}

// TestFlowsOfEveryMode: the kind and the mode say which sum moves; only cash moves the closing.
func TestFlowsOfEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range ledger.PaymentModes {
		b := opened(t, 1_000)
		b.must(owner, revenue(may(10), mode, 100))
		b.must(owner, expense(may(10), mode, 30))
		want, closing := daybook.Flows{BankReceivedMinor: 100, BankExpensesMinor: 30, EntryCount: 2}, int64(1_000)
		if mode == ledger.Cash {
			want, closing = daybook.Flows{CashReceivedMinor: 100, CashExpensesMinor: 30, EntryCount: 2}, 1_070
		}
		if diff := cmp.Diff(want, b.row(may(10)).Flows); diff != "" || b.row(may(10)).ClosingMinor != closing {
			t.Errorf("%s: closing %d (-want +got):\n%s", mode, b.row(may(10)).ClosingMinor, diff)
		}
	}
}

func TestFlowsOfEveryMovement(t *testing.T) {
	t.Parallel()
	in, out := daybook.Flows{TransfersInMinor: 7, EntryCount: 1}, daybook.Flows{TransfersOutMinor: 7, EntryCount: 1}
	for m, want := range map[ledger.MovementKind]daybook.Flows{
		ledger.BankDeposit: out, ledger.BankWithdrawal: in, ledger.FloatIn: in, ledger.FloatOut: out, ledger.OwnerDraw: out,
		ledger.OwnerContribution: in, ledger.SafeDrop: out,
		ledger.Over: {OverShortMinor: 7, EntryCount: 1}, ledger.Short: {OverShortMinor: -7, EntryCount: 1},
	} {
		b := opened(t, 1_000)
		b.must(owner, movement(may(10), m, 7))
		if diff := cmp.Diff(want, b.row(may(10)).Flows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", m, diff)
		}
		wantClosing := int64(1_007)
		if want == out || m == ledger.Short {
			wantClosing = 993
		}
		if got := b.row(may(10)).ClosingMinor; got != wantClosing {
			t.Errorf("%s: closing %d, want %d", m, got, wantClosing)
		}
	}
}

func TestVarianceAfterTheCount(t *testing.T) {
	t.Parallel()
	d := may(10)
	for name, c := range map[string]struct {
		after func(b *book)
		want  int64
	}{
		"nothing":                   {func(*book) {}, -500},
		"an entry recorded after":   {func(b *book) { b.must(owner, revenue(d, ledger.Cash, 300)) }, -500},
		"an expense recorded after": {func(b *book) { b.must(owner, expense(d, ledger.Cash, 300)) }, -500},
		"a deposit recorded after":  {func(b *book) { b.must(owner, movement(d, ledger.BankDeposit, 300)) }, -500},
		"recorded and approved after": {func(b *book) {
			b.must(desk, revenue(d, ledger.Cash, 300))
			b.must(owner, daybook.Approve{EntryID: b.id(4)})
		}, -500},
		"a bank entry after":                  {func(b *book) { b.must(owner, revenue(d, ledger.Card, 300)) }, -500},
		"a waiting expense approved after":    {func(b *book) { b.must(owner, daybook.Approve{EntryID: b.id(1)}) }, 0},
		"a waiting expense rejected after":    {func(b *book) { b.must(owner, daybook.Reject{EntryID: b.id(1)}) }, -500},
		"over/short":                          {func(b *book) { b.must(owner, movement(d, ledger.Short, 500)) }, -500},
		"a late entry of a closed day":        {func(b *book) { b.must(owner, daybook.Approve{EntryID: b.id(2)}) }, -540},
		"a late entry of a later version":     {func(b *book) { b.must(owner, daybook.Approve{EntryID: b.id(3)}) }, -507},
		"a reversal after":                    {func(b *book) { b.must(owner, daybook.Reverse{EntryID: b.id(0)}) }, -500},
		"the opening moved":                   {func(b *book) { b.must(owner, revenue(may(9), ledger.Cash, 100)) }, -600},
		"a second count":                      {func(b *book) { b.must(desk, counted(d, 1_100)) }, 0},
		"a second count sees what came after": {func(b *book) { b.must(owner, revenue(d, ledger.Cash, 300)); b.must(desk, counted(d, 1_400)) }, 0},
		"counted, then approved, then counted": {func(b *book) {
			b.must(owner, daybook.Approve{EntryID: b.id(1)})
			b.must(desk, counted(d, 600))
		}, 0},
	} {
		b := opened(t, 1_000)
		b.must(owner, revenue(d, ledger.Cash, 100)) // 0
		b.must(desk, expense(d, ledger.Cash, 500))  // 1: waits
		b.must(desk, revenue(may(8), ledger.Cash, 40))
		for range 5 { // a higher version than that of the count, in another stream
			b.must(desk, counted(may(8), 0))
		}
		b.must(desk, revenue(may(8), ledger.Cash, 7)) // 3
		b.must(owner, daybook.Close{Date: may(8)})
		b.must(desk, counted(d, 600)) // 1,100 expected
		c.after(b)
		if got := b.variance(d); got != c.want {
			t.Errorf("%s: variance %d, want %d", name, got, c.want)
		}
	}
}

func TestLateThingsPostToTheOpenDay(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(desk, revenue(may(5), ledger.Cash, 100)) // waits
	b.must(owner, revenue(may(5), ledger.Cash, 40)) // counts
	b.must(owner, daybook.Close{Date: may(6)})
	closed := []daybook.Day{b.row(may(1)), b.row(may(5)), b.row(may(6))}

	b.must(manager, daybook.Approve{EntryID: b.id(0)})
	if x := b.entry(0); x.BusinessDate != may(5) || x.PostedDate != may(10) || !x.Late() || x.DecidedBy != manager.Subject {
		t.Errorf("approved late: %+v", x)
	}
	b.must(owner, daybook.Reverse{EntryID: b.id(1), Reason: "wrong"})
	if x, r := b.entry(1), b.entry(2); x.Status != daybook.Reversed || x.PostedDate != may(5) || r.BusinessDate != may(10) ||
		r.PostedDate != may(10) || r.AmountMinor != -40 || r.ReversalOf != x.Locator(b.state.Property.UUID) || x.ReversedBy != r.Locator(b.state.Property.UUID) {
		t.Errorf("reversed late: %+v\n%+v", x, r)
	}
	if diff := cmp.Diff(closed, []daybook.Day{b.row(may(1)), b.row(may(5)), b.row(may(6))}); diff != "" {
		t.Errorf("closed days changed (-was +is):\n%s", diff)
	}
	if row := b.row(may(10)); row.OpeningMinor != 1_040 || row.ClosingMinor != 1_100 || row.Flows.CashReceivedMinor != 60 || row.Flows.EntryCount != 2 {
		t.Errorf("%+v", row)
	}
}

func TestOpeningsMoveThroughTheOpenWindow(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	for n := 4; n <= 10; n += 3 { // May 4, 7, 10
		b.must(owner, revenue(may(n), ledger.Cash, 10))
	}
	b.must(owner, expense(may(5), ledger.Cash, 100)) // a gap day gets a row, with the right opening
	b.must(owner, daybook.SetOpening{OpeningMinor: 2_000})
	var got [][3]int64
	for _, d := range b.state.Days {
		got = append(got, [3]int64{d.Date.Number() % 100, d.OpeningMinor, d.ClosingMinor})
	}
	want := [][3]int64{{1, 2_000, 2_000}, {4, 2_000, 2_010}, {5, 2_010, 1_910}, {7, 1_910, 1_920}, {10, 1_920, 1_930}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOverflowNamesTheDay: the day whose balance cannot be kept is named, also when it is a later
// one, or the variance of a count, and the state stays.
func TestOverflowNamesTheDay(t *testing.T) {
	t.Parallel()
	const hi = int64(math.MaxInt64)
	rows := func(first, second daybook.Day) *book {
		b := unopened(t)
		b.state.Days = []daybook.Day{first, second}
		return b
	}
	level := func(d bizdate.Date, opening, closing int64) daybook.Day {
		return daybook.Day{Date: d, OpeningMinor: opening, ClosingMinor: closing, Version: 1, Flows: daybook.Flows{CashReceivedMinor: closing - opening}}
	}
	full := level(may(9), hi-100, hi-100)
	full.Flows.BankReceivedMinor = hi - 5
	low := level(may(9), 0, 0)
	low.Counted, low.CountedMinor, low.CountVersion = true, hi, 1
	for name, c := range map[string]struct {
		b    *book
		do   daybook.Action
		want bizdate.Date
	}{
		"its own day":            {rows(full, level(may(10), hi-100, hi-100)), revenue(may(9), ledger.Cash, 101), may(9)},
		"a new day":              {rows(full, level(may(10), hi-100, hi-100)), revenue(may(11), ledger.Cash, 101), may(11)},
		"a bank flow":            {rows(full, level(may(10), hi-100, hi-100)), revenue(may(9), ledger.Card, 6), may(9)},
		"a later day":            {rows(level(may(9), 0, 0), level(may(10), 0, hi-3)), revenue(may(9), ledger.Cash, 4), may(10)},
		"a later day by opening": {rows(level(may(1), 5, 5), level(may(10), 5, hi)), daybook.SetOpening{OpeningMinor: 6}, may(10)},
		"the variance":           {rows(low, level(may(10), 0, 0)), expense(may(8), ledger.Cash, 1), may(9)},
	} {
		if name == "the variance" {
			c.b.state.Days = append([]daybook.Day{{Date: may(7)}}, c.b.state.Days...)
		}
		before := c.b.state.Days
		_, err := c.b.do(owner, c.do)
		if !errors.Is(err, money.ErrOverflow) || fault.From(err).Params["businessDate"] != c.want.String() {
			t.Errorf("%s: %v %+v", name, err, fault.From(err))
		}
		if diff := cmp.Diff(before, c.b.state.Days); diff != "" {
			t.Errorf("%s: the state changed:\n%s", name, diff)
		}
	}
	// to the last cent
	b := rows(full, level(may(10), hi-100, hi-100))
	b.must(owner, revenue(may(9), ledger.Cash, 100))
	if got := b.row(may(10)).ClosingMinor; got != hi {
		t.Errorf("closing %d", got)
	}
}

// TestEvolveFailsWithoutChange: a refused event leaves the state as it was.
func TestEvolveFailsWithoutChange(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(desk, revenue(may(10), ledger.Cash, 5))
	s := b.state
	s.Entry = b.entry(0)
	events, err := daybook.Decide(s, daybook.Command{Actor: owner, Do: daybook.Approve{EntryID: b.id(0)}})
	if err != nil {
		t.Fatal(err)
	}
	full := s
	full.Days = append([]daybook.Day(nil), s.Days...)
	full.Days[1].OpeningMinor, full.Days[1].ClosingMinor = math.MaxInt64, math.MaxInt64
	gap := events[0]
	gap.Version++
	unknown := events[0]
	unknown.Data = nil
	for name, c := range map[string]struct {
		s daybook.State
		e daybook.Event
	}{"overflow": {full, events[0]}, "a version skipped": {s, gap}, "an unknown event": {s, unknown}} {
		after, err := daybook.Evolve(c.s, c.e)
		if diff := cmp.Diff(c.s, after, cmp.AllowUnexported(ledger.Chart{})); diff != "" || err == nil {
			t.Errorf("%s: %v (-was +is):\n%s", name, err, diff)
		}
	}
}

// TestSecondCountExpectsWhatCameAfterTheFirst: a count is judged by all that was recorded before it.
func TestSecondCountExpectsWhatCameAfterTheFirst(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(desk, counted(may(10), 1_000))
	b.must(owner, revenue(may(10), ledger.Cash, 300))
	b.must(owner, movement(may(10), ledger.Over, 9))
	got := b.must(desk, counted(may(10), 1_290)).Data.(daybook.CashCounted)
	if got.ExpectedMinor != 1_300 || got.VarianceMinor != -10 || b.variance(may(10)) != -10 {
		t.Errorf("%+v, variance %d", got, b.variance(may(10)))
	}
}
