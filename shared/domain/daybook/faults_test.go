package daybook_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// The tests of this file are named for DOMAIN.md's list of what went wrong in systems of this kind.

// TestFault01OneFormula: money in a bank and a count do not move the closing, cash does.
func TestFault01OneFormula(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	d := may(10)
	b.must(owner, counted(d, 123))
	for _, mode := range ledger.PaymentModes {
		if mode != ledger.Cash {
			b.must(owner, revenue(d, mode, 500))
			b.must(owner, expense(d, mode, 70))
		}
	}
	if got := b.row(d); got.ClosingMinor != 1_000 || got.Flows.BankReceivedMinor != 3_500 || got.Flows.BankExpensesMinor != 490 {
		t.Fatalf("%+v", got)
	}
	for _, step := range []struct {
		do   daybook.Record
		want int64
	}{
		{revenue(d, ledger.Cash, 100), 1_100}, {expense(d, ledger.Cash, 30), 1_070}, {movement(d, ledger.FloatIn, 5), 1_075},
		{movement(d, ledger.SafeDrop, 50), 1_025}, {movement(d, ledger.Over, 2), 1_027}, {movement(d, ledger.Short, 1), 1_026},
	} {
		b.must(owner, step.do)
		if got := b.row(d).ClosingMinor; got != step.want {
			t.Fatalf("%+v: closing %d, want %d", step.do, got, step.want)
		}
	}
}

func TestFault02RejectPendingMovesNothing(t *testing.T) {
	t.Parallel()
	for _, end := range []func(b *book) (approval.Actor, daybook.Action){
		func(b *book) (approval.Actor, daybook.Action) { return owner, daybook.Reject{EntryID: b.id(0)} },
		func(b *book) (approval.Actor, daybook.Action) { return desk, daybook.Withdraw{EntryID: b.id(0)} },
	} {
		b := opened(t, 1_000)
		b.must(desk, revenue(may(10), ledger.Cash, 100))
		before := b.row(may(10))
		by, action := end(b)
		b.must(by, action)
		after := b.row(may(10))
		if after.Flows != before.Flows || after.ClosingMinor != 1_000 || after.Flows != (daybook.Flows{}) {
			t.Errorf("%T moved %+v to %+v", action, before, after)
		}
		if _, err := b.do(by, action); !errors.Is(err, daybook.ErrNotPending) || b.row(may(10)) != after {
			t.Errorf("%T a second time: %v", action, err)
		}
	}
}

// TestFault03DecisionsCarryTheMoney: an approval moves the day, and its event alone says by how much.
func TestFault03DecisionsCarryTheMoney(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(desk, revenue(may(8), ledger.Card, 100, 10))
	b.must(owner, daybook.Close{Date: may(8)})
	e := b.must(owner, daybook.Approve{EntryID: b.id(0)})
	data := e.Data.(daybook.EntryApproved)
	want := daybook.Decision{
		EntryID: b.id(0), Kind: ledger.Revenue, BusinessDate: may(8), AmountMinor: 100, Currency: "EUR", Mode: ledger.Card,
		Category: "ROOM", Recorded: daybook.Position{Stream: may(8), Version: 1}, CreatedBy: desk.Subject,
	}
	if diff := cmp.Diff(want, data.Decision); diff != "" || len(data.Legs) != 3 {
		t.Errorf("%v (-want +got):\n%s", data.Legs, diff)
	}
	alone, err := daybook.Evolve(daybook.State{Days: []daybook.Day{{Date: may(10)}}}, e)
	if err != nil || alone.Days[0].Flows != b.row(may(10)).Flows || alone.Days[0].Flows.BankReceivedMinor != 100 {
		t.Errorf("%v: the event alone gives %+v, the row has %+v", err, alone.Days[0].Flows, b.row(may(10)).Flows)
	}
}

// TestFault04UndoingKeepsTheDay: what undoes an entry leaves the day's row, its opening and its count.
func TestFault04UndoingKeepsTheDay(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	d := may(10)
	b.must(owner, revenue(d, ledger.Cash, 100))
	b.must(desk, counted(d, 1_090))
	b.must(owner, daybook.Reverse{EntryID: b.id(0), Reason: "wrong room"})
	row := b.row(d)
	if row.OpeningMinor != 1_000 || row.ClosingMinor != 1_000 || !row.Counted || row.CountedMinor != 1_090 || row.Flows.EntryCount != 2 {
		t.Errorf("%+v", row)
	}
	if x := b.entry(0); x.AmountMinor != 100 || x.PostedDate != d || len(x.Legs) != 2 {
		t.Errorf("the original changed: %+v", x)
	}
}

func TestFault05OpeningCarriedOverGapDays(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(owner, revenue(may(3), ledger.Cash, 100))
	b.must(owner, revenue(may(8), ledger.Cash, 10))
	if got := b.row(may(8)); got.OpeningMinor != 1_100 || got.ClosingMinor != 1_110 {
		t.Fatalf("after a gap: %+v", got)
	}
	b.must(owner, daybook.Reverse{EntryID: b.id(0), Reason: "x"}) // an earlier day moves the later ones
	if got := b.row(may(8)); got.OpeningMinor != 1_000 || got.ClosingMinor != 1_010 {
		t.Fatalf("after a correction: %+v", got)
	}
	b.must(owner, daybook.Close{Date: may(8)})
	if day, err := b.state.Day(may(10)); err != nil || day.OpeningMinor != 1_010 || day.ClosingMinor != 1_010 || day.Version != 0 {
		t.Fatalf("a day without row: %+v, %v", day, err)
	}
}

func TestFault08PendingIsNoMoney(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	for _, mode := range ledger.PaymentModes {
		b.must(desk, revenue(may(10), mode, 100))
		b.must(desk, expense(may(10), mode, 100))
	}
	b.must(desk, movement(may(10), ledger.Over, 100))
	for n := range b.order {
		if x := b.entry(n); x.Status != daybook.Pending || x.Legs != nil || !x.PostedDate.IsZero() {
			t.Errorf("%+v", x)
		}
	}
	if row := b.row(may(10)); row.Flows != (daybook.Flows{}) || row.ClosingMinor != 1_000 {
		t.Errorf("%+v", row)
	}
	if got := newModel(may(1), b.events).cash(); got != 1_000 {
		t.Errorf("the drawer's account has %d", got)
	}
}

// TestFault09CountsKeepTheirVariance: neither a late entry nor the over/short that books the
// difference hides that the drawer was short.
func TestFault09CountsKeepTheirVariance(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	d := may(10)
	said := b.must(desk, counted(d, 900)).Data.(daybook.CashCounted)
	b.must(owner, movement(d, ledger.Short, 100))
	b.must(owner, revenue(d, ledger.Cash, 100))
	b.must(owner, daybook.Close{Date: d})
	row := b.row(d)
	if v, _ := row.VarianceMinor(); said.VarianceMinor != -100 || v != -100 || row.CountedMinor != 900 || row.ClosingMinor != 1_000 {
		t.Errorf("said %+v, now %d: %+v", said, v, row)
	}
	if closed := b.events[len(b.events)-1].Data.(daybook.DayClosed); *closed.VarianceMinor != -100 || *closed.CountedMinor != 900 {
		t.Errorf("%+v", closed)
	}
}

// TestFault14ApprovalFailsClosed: without a policy, with an unknown role, nothing is approved; where
// a policy forbids it, administrators do not approve their own entries either.
func TestFault14ApprovalFailsClosed(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]approval.Policy{"none": {}, "an empty rule": {Rules: []approval.Rule{{SelfApproval: true}}}} {
		for _, by := range actors {
			b := opened(t, 1_000)
			b.must(desk, revenue(may(10), ledger.Cash, 100))
			b.must(owner, revenue(may(10), ledger.Cash, 100))
			b.state.Policy = p
			for _, a := range []daybook.Action{
				daybook.Approve{EntryID: b.id(0)}, daybook.Reject{EntryID: b.id(0)}, daybook.Reverse{EntryID: b.id(1)},
			} {
				if events, err := b.do(by, a); err == nil {
					t.Errorf("policy %s, %s: %s", name, by.Role, told(events))
				}
			}
			if events, err := b.do(by, revenue(may(10), ledger.Cash, 100)); err == nil && told(events) != "2024-05-10/3 EntryRecorded" {
				t.Errorf("policy %s, %s: %s", name, by.Role, told(events))
			}
		}
	}

	b := opened(t, 1_000)
	b.state.Policy.Rules = []approval.Rule{{Roles: []approval.Role{approval.OwnerAdmin}}}
	b.must(owner, revenue(may(10), ledger.Cash, 100))
	if x := b.entry(0); x.Status != daybook.Pending {
		t.Errorf("%+v", x)
	}
	for _, a := range []daybook.Action{daybook.Approve{EntryID: b.id(0)}, daybook.Reject{EntryID: b.id(0)}} {
		if _, err := b.do(owner, a); !errors.Is(err, approval.ErrSelfApproval) {
			t.Errorf("%T of an own entry: %v", a, err)
		}
	}
	b.must(owner2, daybook.Approve{EntryID: b.id(0)})
	if _, err := b.do(owner, daybook.Reverse{EntryID: b.id(0)}); !errors.Is(err, approval.ErrSelfApproval) {
		t.Errorf("reversing an own entry: %v", err)
	}
}
