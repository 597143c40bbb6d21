package daybookstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// crowdOf are n records and n approvals.
func crowdOf(t testing.TB, h house, n int) []daybookstore.Order {
	t.Helper()
	var orders []daybookstore.Order
	for i := range n {
		id := h.waiting(t, fmt.Sprint("w-", i), todayText, 10)
		orders = append(orders, record(fmt.Sprint("r-", i), revenue(todayText, 10)), approve(fmt.Sprint("a-", i), id))
	}
	return orders
}

// The crowd's commit is applied and its acknowledgement lost, or never sent: all are answered as if
// nothing had been, and so are their repetitions (I8).
func TestCrowdLostAcknowledgement(t *testing.T) {
	t.Parallel()
	for name, lost := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := &rpc.Faults{}
			db := testkit.Spanner(t, faults.Options()...)
			for _, rule := range []func() *rpc.Rule{
				func() *rpc.Rule { return faults.On("Commit").LoseWith(lost) },
				func() *rpc.Rule { return faults.On("Commit").FailWith(lost) },
			} {
				crowdsLose(t, db, faults, rule)
			}
		})
	}
}

// crowdsLose breaks one commit of each sort of crowd.
func crowdsLose(t *testing.T, db *spannerdb.DB, faults *rpc.Faults, rule func() *rpc.Rule) {
	t.Helper()
	for _, what := range []string{"records and acts", "acts"} {
		faults.Clear()
		h := newHouse(t, db, "2026-03-01", 0)
		orders := crowdOf(t, h, 5)
		if what == "acts" { // whose second coming is refused, where a record's meets a row
			orders = slices.DeleteFunc(orders, func(o daybookstore.Order) bool { return o.Entry == ids.Entry{} })
		}
		var broken *rpc.Rule
		first := crowd(t, h, faults, orders, nil, func() { broken = rule() })
		sound(t, what, first, false)
		if broken.Hits() != 1 {
			t.Fatal("no answer was lost")
		}
		h.do(t, closeDay("between", todayText))
		equal(t, what, first, replayAll(t, h, orders))
	}
}

// A database in trouble is told to each of the crowd, and each may send again.
func TestCrowdDoubtsEnd(t *testing.T) {
	t.Parallel()
	for code, want := range map[codes.Code]error{codes.Unknown: daybookstore.ErrOutcomeUnknown, codes.PermissionDenied: nil} {
		faults := &rpc.Faults{}
		h := newHouse(t, testkit.Spanner(t, faults.Options()...), "2026-03-01", 0)
		orders := crowdOf(t, h, 3)
		got := crowd(t, h, faults, orders, nil, func() { faults.On("Commit").Times(rpc.Always).Fail(code) })
		for i, a := range got {
			if a.Err == nil || want != nil && !errors.Is(a.Err, want) {
				t.Errorf("%s: answer %d = %v, want %v", code, i, a.Err, want)
			}
		}
		faults.Clear()
		for _, o := range orders {
			h.do(t, o)
		}
	}
}

// Each caller's own end holds. He who leaves the queue has done nothing; he who leaves on the way does
// not know; the first of the crowd is no more than the others; and when all have gone it ends.
func TestCrowdCallersLeave(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), "2026-03-01", 0)
	orders := crowdOf(t, h, 4)
	callers, leave := make([]context.Context, len(orders)), make([]context.CancelFunc, len(orders))
	for i := range orders {
		callers[i], leave[i] = context.WithCancel(testkit.Context(t))
		t.Cleanup(leave[i])
	}
	caller := func(i int) context.Context { return callers[i] }
	var held *rpc.Held
	done := make(chan struct{})
	got := crowd(t, h, faults, orders, caller, func() {
		leave[7]() // from the queue
		for h.Waiting(h.desk.Book) != 7 {
			runtime.Gosched()
		}
		held = faults.On("Commit").Hold()
		go func() {
			defer close(done)
			<-held.Reached()
			leave[0]() // on the way
			leave[3]()
			held.Release()
		}()
	})
	<-done
	for i, a := range got {
		switch i {
		case 7:
			if !errors.Is(a.Err, daybookstore.ErrUnavailable) {
				t.Errorf("he left the queue: %v, want ErrUnavailable", a.Err)
			}
		case 0, 3:
			if a.Err != nil && !errors.Is(a.Err, daybookstore.ErrOutcomeUnknown) {
				t.Errorf("he left on the way: %v, want ErrOutcomeUnknown", a.Err)
			}
		default:
			sound(t, "he stayed", got[i:i+1], false)
		}
	}
	for i, o := range orders {
		if r := h.do(t, o); r.Replayed == (i == 7) {
			t.Errorf("%d sent again: replayed %v", i, r.Replayed)
		}
	}
}

// When all have gone away the group's transaction ends with them.
func TestCrowdAllLeave(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), "2026-03-01", 0)
	orders := crowdOf(t, h, 2)
	ctx, leave := context.WithCancel(testkit.Context(t))
	before := h.day(t, todayText).Flows
	got := crowd(t, h, faults, orders, func(int) context.Context { return ctx }, func() {
		held := faults.On("Commit").Hold() // never released
		go func() {
			<-held.Reached()
			leave()
		}()
	})
	for i, a := range got {
		if !errors.Is(a.Err, daybookstore.ErrOutcomeUnknown) {
			t.Errorf("answer %d = %v, want ErrOutcomeUnknown", i, a.Err)
		}
	}
	for h.Lanes() != 0 { // the transaction ends by itself
		runtime.Gosched()
	}
	if after := h.day(t, todayText).Flows; after.CashReceivedMinor != before.CashReceivedMinor+1 { // of the one ahead
		t.Errorf("flows %+v, before the crowd %+v", after, before)
	}
}
