package daybook_test

import (
	"fmt"
	"strings"
	"testing"

	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

func closing(n int) func(*book) { return func(b *book) { b.must(owner, daybook.Close{Date: may(n)}) } }

func TestDecideCount(t *testing.T) {
	t.Parallel()
	count := func(n int) func(*book) daybook.Action { return do(counted(may(n), 50_000)) }
	decide(t, []decision{
		{"today", nil, desk, count(10), "2024-05-10/1 CashCounted", nil},
		{"an earlier open day", nil, desk, count(4), "2024-05-04/1 CashCounted", nil},
		{"the go-live day", nil, desk, count(1), "2024-05-01/2 CashCounted", nil},
		{"again", func(b *book) { b.must(desk, counted(may(10), 1)) }, desk, count(10), "2024-05-10/2 CashCounted", nil},
		{"tomorrow", nil, desk, count(11), "", daybook.ErrDateInFuture},
		{"before go-live", nil, desk, count(0), "", daybook.ErrBeforeGoLive},
		{"a closed day", closing(5), desk, count(5), "", daybook.ErrDayClosed},
		{"a service", nil, service, count(10), "", approval.ErrForbidden},
		{"an auditor", nil, auditor, count(10), "", approval.ErrForbidden},
		{"unknown role", nil, nobody, count(10), "", approval.ErrForbidden},
	})
}

func TestDecideClose(t *testing.T) {
	t.Parallel()
	end := func(n int) func(*book) daybook.Action { return do(daybook.Close{Date: may(n)}) }
	some := func(b *book) {
		b.must(desk, revenue(may(3), ledger.Cash, 5))
		b.must(desk, revenue(may(7), ledger.Cash, 5))
	}
	decide(t, []decision{
		{"with every earlier open day, in order", some, manager, end(7), "2024-05-01/2 DayClosed, 2024-05-03/2 DayClosed, 2024-05-07/2 DayClosed", nil},
		{"a day without row", some, accountant, end(5), "2024-05-01/2 DayClosed, 2024-05-03/2 DayClosed, 2024-05-05/1 DayClosed", nil},
		{"go-live", some, service, end(1), "2024-05-01/2 DayClosed", nil},
		{"after a closed day", func(b *book) { some(b); closing(3)(b) }, owner, end(10), "2024-05-07/2 DayClosed, 2024-05-10/1 DayClosed", nil},
		{"twice", closing(5), owner, end(5), "", daybook.ErrDayClosed},
		{"a gap day of closed days", closing(5), owner, end(3), "", daybook.ErrDayClosed},
		{"tomorrow", nil, owner, end(11), "", daybook.ErrDateInFuture},
		{"before go-live", nil, owner, end(0), "", daybook.ErrBeforeGoLive},
		{"the desk", nil, desk, end(10), "", approval.ErrForbidden},
		{"an auditor", nil, auditor, end(10), "", approval.ErrForbidden},
		{"unknown role", nil, nobody, end(10), "", approval.ErrForbidden},
	})
}

// TestCloseOfManyDays: a commit closes the oldest MaxCloses days; the same command goes on until the
// date itself is closed.
func TestCloseOfManyDays(t *testing.T) {
	t.Parallel()
	const days = daybook.MaxCloses*2 + 30
	b := opened(t, 50_000)
	b.state.Today = may(days)
	for n := 2; n < days; n++ { // the last day itself has no row yet
		b.must(owner, revenue(may(n), ledger.Cash, 1))
	}
	for i, want := range []int{daybook.MaxCloses, daybook.MaxCloses, 30} {
		events, err := b.do(manager, daybook.Close{Date: may(days)})
		if err != nil || len(events) != want {
			t.Fatalf("commit %d closes %d days, want %d: %v", i, len(events), want, err)
		}
		first, last := events[0].Stream, events[len(events)-1].Stream
		if first != may(i*daybook.MaxCloses+1) || last != first.AddDays(want-1) {
			t.Fatalf("commit %d closes %v to %v", i, first, last)
		}
		if complete := last == may(days); complete != (i == 2) {
			t.Fatalf("commit %d: complete %v", i, complete)
		}
	}
	if got := b.row(may(days)).ClosingMinor; got != 50_000+days-2 {
		t.Errorf("closing %d", got)
	}
}

func TestDecideReopen(t *testing.T) {
	t.Parallel()
	reopen := func(n int) func(*book) daybook.Action {
		return do(daybook.Reopen{Date: may(n), Reason: "forgotten invoice"})
	}
	twice := func(b *book) { closing(3)(b); closing(7)(b) }
	decide(t, []decision{
		{"the last closed day", twice, owner, reopen(7), "2024-05-07/2 DayReopened", nil},
		{"an earlier one", twice, owner, reopen(3), "", daybook.ErrNotLastClosed},
		{"a gap day", twice, owner, reopen(5), "", daybook.ErrNotLastClosed},
		{"an open day", twice, owner, reopen(8), "", daybook.ErrNotLastClosed},
		{"when none is closed", nil, owner, reopen(1), "", daybook.ErrNotLastClosed},
		{"no date when none is closed", nil, owner, do(daybook.Reopen{}), "", daybook.ErrNotLastClosed},
		{"twice", func(b *book) { closing(7)(b); b.must(owner, reopen(7)(b)) }, owner, reopen(7), "", daybook.ErrNotLastClosed},
		{"in order", func(b *book) { twice(b); b.must(owner, reopen(7)(b)) }, owner, reopen(3), "2024-05-03/2 DayReopened", nil},
		{"a manager", twice, manager, reopen(7), "", approval.ErrForbidden},
		{"an accountant", twice, accountant, reopen(7), "", approval.ErrForbidden},
		{"unknown role", twice, nobody, reopen(7), "", approval.ErrForbidden},
		{"then gap days take entries", func(b *book) { twice(b); b.must(owner, reopen(7)(b)) }, owner, do(revenue(may(5), ledger.Cash, 1)), "2024-05-05/1 EntryRecorded+legs", nil},
		{"but not those of closed rows", func(b *book) { twice(b); b.must(owner, reopen(7)(b)) }, owner, do(revenue(may(2), ledger.Cash, 1)), "", daybook.ErrDayClosed},
	})
}

func TestDecideSetOpening(t *testing.T) {
	t.Parallel()
	set := do(daybook.SetOpening{OpeningMinor: 70_000})
	decide(t, []decision{
		{"while go-live is open", nil, owner, set, "2024-05-01/2 OpeningSet+legs", nil},
		{"with later days", func(b *book) { b.must(owner, revenue(may(8), ledger.Cash, 5)) }, owner, set, "2024-05-01/2 OpeningSet+legs", nil},
		{"go-live closed", closing(1), owner, set, "", daybook.ErrOpeningClosed},
		{"closed with a later day", closing(6), owner, set, "", daybook.ErrOpeningClosed},
		{"reopened", func(b *book) {
			closing(1)(b)
			b.must(owner, daybook.Reopen{Date: may(1), Reason: "x"})
		}, owner, set, "2024-05-01/4 OpeningSet+legs", nil},
		{"a manager", nil, manager, set, "", approval.ErrForbidden},
		{"unknown role", nil, nobody, set, "", approval.ErrForbidden},
	})
}

func TestDecideGrant(t *testing.T) {
	t.Parallel()
	grant := do(daybook.Grant{Subject: manager.Subject})
	table := []decision{
		{"today", nil, owner, grant, "2024-05-10/1 DailyGranted", nil},
		{"today closed", closing(10), owner, grant, "2024-05-11/1 DailyGranted", nil},
		{"before go-live", func(b *book) { b.state.Today = may(-3) }, owner, grant, "2024-05-01/2 DailyGranted", nil},
	}
	for _, by := range actors {
		if by.Role != approval.OwnerAdmin {
			table = append(table, decision{fmt.Sprintf("by %s", by.Role), nil, by, grant, "", approval.ErrForbidden})
		}
	}
	decide(t, table)
}

// TestNothingBeforeTheOpening: a property without its first row posts nothing and does not panic.
func TestNothingBeforeTheOpening(t *testing.T) {
	t.Parallel()
	for _, a := range []daybook.Action{
		revenue(may(10), ledger.Cash, 1), counted(may(10), 1), daybook.Close{Date: may(10)},
		daybook.Reopen{Date: may(10)}, daybook.Grant{Subject: "x"}, nil,
	} {
		b := unopened(t)
		if events, err := b.do(owner, a); err == nil {
			t.Errorf("%T: %s", a, told(events))
		}
	}
	b := unopened(t)
	e := b.must(owner, daybook.SetOpening{OpeningMinor: 7})
	if e.Stream != may(1) || e.Version != 1 || b.row(may(1)).ClosingMinor != 7 || !strings.Contains(e.Raw.Data, `"openingMinor":7,"previousMinor":0`) {
		t.Errorf("%+v, %+v", e, b.row(may(1)))
	}
}
