package daybook_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// audited is what rows and events of a book say, as a store would read them.
func (b *book) audited() daybook.Audit {
	a := daybook.Audit{Property: b.state.Property}
	for _, d := range b.state.Days {
		a.Rows = append(a.Rows, daybook.Row{Day: d, Currency: "EUR"})
		s := daybook.NewStream(d.Date)
		for _, e := range b.events {
			if e.Stream == d.Date {
				s = s.Next(e)
			}
		}
		a.Streams = append(a.Streams, s)
		if s.Close != nil {
			a.LastClosed = d.Date
		}
	}
	return a
}

// kept is a book of four days: the first is closed, the second counted.
func kept(t testing.TB) *book {
	b := opened(t, 1_000)
	for d := 1; d <= 4; d++ {
		b.must(owner, revenue(may(d), ledger.Cash, int64(100*d)))
	}
	b.must(owner, daybook.Close{Date: may(1)})
	b.must(owner, counted(may(2), 1_250))
	b.must(owner, expense(may(2), ledger.Cash, 30))
	return b
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	type is struct {
		date   int
		cause  daybook.CorrectionCause
		closed bool
	}
	shift := func(r *daybook.Row, by int64) { r.OpeningMinor, r.ClosingMinor = r.OpeningMinor+by, r.ClosingMinor+by }
	for _, tt := range []struct {
		name   string
		damage func(a *daybook.Audit)
		want   []is
	}{
		{"nothing", func(*daybook.Audit) {}, nil},
		{"a moved chain", func(a *daybook.Audit) { shift(&a.Rows[2], 5); shift(&a.Rows[3], 5) }, []is{{3, daybook.StaleChain, false}}},
		{"a closing that the next day follows", func(a *daybook.Audit) {
			a.Rows[1].Flows.CashReceivedMinor += 7
			a.Rows[1].ClosingMinor += 7
			shift(&a.Rows[2], 7)
			shift(&a.Rows[3], 7)
		}, []is{{2, daybook.WrongFlow, false}}},
		{"an arithmetic", func(a *daybook.Audit) { a.Rows[2].ClosingMinor++ }, []is{{3, daybook.WrongClosing, false}}},
		{"the first open day", func(a *daybook.Audit) { shift(&a.Rows[1], 5) }, []is{{2, daybook.WrongOpening, false}}},
		{"the closed day, and the first open one after it", func(a *daybook.Audit) { shift(&a.Rows[0], 5); shift(&a.Rows[1], 5) },
			[]is{{1, daybook.WrongOpening, true}, {2, daybook.WrongOpening, false}}},
		{"a count and more", func(a *daybook.Audit) { a.Rows[1].CountedMinor, a.Rows[1].Flows.EntryCount = 1, 9 }, []is{{2, daybook.WrongFlow, false}}},
		{"a count", func(a *daybook.Audit) { a.Rows[1].CountVersion = 1 }, []is{{2, daybook.WrongCount, false}}},
		{"what came after it", func(a *daybook.Audit) { a.Rows[1].AfterCountMinor = 1 }, []is{{2, daybook.WrongFlow, false}}},
		{"a currency", func(a *daybook.Audit) { a.Rows[3].Currency = "USD" }, []is{{4, daybook.WrongCurrency, false}}},
		{"all rows gone", func(a *daybook.Audit) { a.Rows = nil }, []is{{1, daybook.MissingRow, true}, {2, daybook.MissingRow, false}, {3, daybook.MissingRow, false}, {4, daybook.MissingRow, false}}},
		{"a row from nowhere", func(a *daybook.Audit) { a.Rows = append(a.Rows, daybook.Row{Day: daybook.Day{Date: may(6)}}) }, []is{{6, daybook.ExtraRow, false}}},
		{"events lost at the end", func(a *daybook.Audit) { a.Streams = a.Streams[:3] }, []is{{4, daybook.EventsDamaged, false}}},
		{"a broken chain", func(a *daybook.Audit) { a.Streams[2] = a.Streams[2].Broken(daybook.ErrChainBroken) }, []is{{3, daybook.EventsDamaged, false}}},
		{"the opening event lost", func(a *daybook.Audit) { a.LastClosed, a.Rows, a.Streams = 0, a.Rows[1:], a.Streams[1:] }, []is{{2, daybook.EventsDamaged, false}}},
		{"an open day before a closed one", func(a *daybook.Audit) { a.LastClosed = may(2) }, []is{{2, daybook.EventsDamaged, true}, {3, daybook.EventsDamaged, false}}},
	} {
		a := kept(t).audited()
		tt.damage(&a)
		var got []is
		for _, d := range a.Differences() {
			n := int(d.Date) % 100
			got = append(got, is{n, d.Cause, d.Closed})
			if (d.Damage != nil) != (d.Cause == daybook.EventsDamaged) || !slices.Contains(daybook.CorrectionCauses, d.Cause) {
				t.Errorf("%s: %+v", tt.name, d)
			}
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(is{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestRepairMovesWhatFollowed: the rows after a repair are those that never were damaged, but for the
// version that the evidence adds to one of them.
func TestRepairMovesWhatFollowed(t *testing.T) {
	t.Parallel()
	b := kept(t)
	sound, a := b.audited(), b.audited()
	a.Rows[1].Flows.CashReceivedMinor += 7
	a.Rows[1].ClosingMinor += 7
	for i := 2; i < 4; i++ {
		a.Rows[i].OpeningMinor, a.Rows[i].ClosingMinor = a.Rows[i].OpeningMinor+7, a.Rows[i].ClosingMinor+7
	}
	d := a.Differences()[0]
	r, err := a.Repair(b.state.Book, d, d.Repaired(), may(10), daybook.Corrector, daybook.Hash{9})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(sound.Rows[1:])
	want[0].Version, want[0].Chain = want[0].Version+1, r.Event.Chain
	if diff := cmp.Diff(want, r.Rows); diff != "" || !r.Remove.IsZero() {
		t.Errorf("%v (-want +got):\n%s", r.Remove, diff)
	}
	e := r.Event.Data.(daybook.BalanceCorrected)
	if r.Event.Stream != may(2) || e.Before.CashReceivedMinor != 207 || e.After.CashReceivedMinor != 200 || e.BusinessDate != may(2) {
		t.Errorf("%+v", e)
	}
	before := sound.Streams[1].Day
	after, err := daybook.FoldDay(before, r.Event)
	before.Version, before.Chain = r.Event.Version, r.Event.Chain
	if err != nil || after != before {
		t.Errorf("a fold takes more of the evidence than version and chain: %+v, %v", after, err)
	}
}

// TestRepairElsewhere: the evidence about a closed day stands in the open day, which gets a row with
// the balance that the events carry; an open day that is wrong itself comes first.
func TestRepairElsewhere(t *testing.T) {
	t.Parallel()
	b := kept(t)
	a := b.audited()
	a.Rows[0].ClosingMinor, a.Rows[0].OpeningMinor = 5, 5
	d := a.Differences()[0]
	r, err := a.Repair(b.state.Book, d, d.After, may(10), owner, daybook.Hash{9})
	if err != nil || len(r.Rows) != 2 || r.Rows[0].ClosingMinor != 1_100 || r.Rows[0].Version != b.row(may(1)).Version {
		t.Fatalf("%+v, %v", r, err)
	}
	if e := r.Rows[1]; e.Date != may(10) || e.OpeningMinor != b.row(may(4)).ClosingMinor || e.Version != 1 || r.Event.Stream != may(10) {
		t.Errorf("%+v", e)
	}
	a.Rows[3].Flows.EntryCount++
	if _, err := a.Repair(b.state.Book, d, d.After, may(4), owner, daybook.Hash{9}); !errors.Is(err, daybook.ErrHomeWrong) {
		t.Errorf("%v", err)
	}
}

// TestRepairOverflows: a balance that no int64 holds is no balance to write.
func TestRepairOverflows(t *testing.T) {
	t.Parallel()
	b := kept(t)
	a := b.audited()
	a.Rows[1].Flows.CashReceivedMinor = -math.MaxInt64 // so that what follows it is far below
	a.Rows[1].ClosingMinor = math.MinInt64 + 100
	a.Rows[2].OpeningMinor = math.MinInt64 + 100
	a.Rows[2].Flows.CashReceivedMinor = math.MaxInt64
	d := a.Differences()[0]
	if _, err := a.Repair(b.state.Book, d, d.Repaired(), may(10), daybook.Corrector, daybook.Hash{9}); err == nil {
		t.Error("an overflow was written")
	}
}

// TestStreamsThatCannotBe: what a stream may not hold is damage, and its fold ends there.
func TestStreamsThatCannotBe(t *testing.T) {
	t.Parallel()
	b := kept(t)
	first := slices.DeleteFunc(slices.Clone(b.events), func(e daybook.Event) bool { return e.Stream != may(1) })
	fold := func(events []daybook.Event) daybook.Stream {
		s := daybook.NewStream(may(1))
		for _, e := range events {
			s = s.Next(e)
		}
		return s
	}
	if s := fold(first); s.Damage != nil || s.Close == nil || *s.Opening != 1_000 {
		t.Fatalf("%+v", s)
	}
	last := first[len(first)-1]
	other := last.Data.(daybook.DayClosed)
	other.ClosingMinor++
	after := first[0]
	after.Version = last.Version + 1
	with := func(e daybook.Event, d daybook.Data) daybook.Event { e.Data = d; return e }
	for name, tt := range map[string]struct {
		events []daybook.Event
		want   error
	}{
		"an event after the close": {append(slices.Clone(first), after), daybook.ErrAfterClose},
		"a close of other figures": {append(slices.Clone(first[:len(first)-1]), with(last, other)), daybook.ErrCloseOther},
	} {
		if s := fold(tt.events); !errors.Is(s.Damage, tt.want) {
			t.Errorf("%s: %v", name, s.Damage)
		}
	}
	if s := fold(slices.Delete(slices.Clone(first), 1, 2)); s.Damage == nil || s.Day.Version != 1 {
		t.Errorf("a gap: %+v", s)
	}
	if s := fold(append(slices.Clone(first), with(after, daybook.DayReopened{Reason: "r"}))); s.Damage != nil || s.Close != nil {
		t.Errorf("a reopened day: %+v", s)
	}
}
