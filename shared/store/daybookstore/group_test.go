package daybookstore_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// crowd sends the orders while a record of the same property is under way, so that they go together;
// caller gives the context of each. prepare runs when all wait.
func crowd(t testing.TB, h house, faults *rpc.Faults, orders []daybookstore.Order, caller func(int) context.Context, prepare func()) []daybookstore.Answer {
	t.Helper()
	ahead := record("ahead of the crowd "+ids.NewUUID().String(), revenue(todayText, 1))
	return crowdBehind(t, h, faults, append([]daybookstore.Order{ahead}, orders...), caller, prepare)[1:]
}

// crowdBehind is crowd behind the first order, which must come to a commit. Each of the others is sent
// when the one before waits.
func crowdBehind(t testing.TB, h house, faults *rpc.Faults, orders []daybookstore.Order, caller func(int) context.Context, prepare func()) []daybookstore.Answer {
	t.Helper()
	answers := make([]daybookstore.Answer, len(orders))
	h.Patient(time.Minute) // the crowd may be slow to come
	held := faults.On("Commit").Hold()
	var wg sync.WaitGroup
	for i, o := range orders {
		ctx := testkit.Context(t)
		if caller != nil && i > 0 {
			ctx = caller(i - 1)
		}
		wg.Go(func() { answers[i].Receipt, answers[i].Err = h.Execute(ctx, h.desk, o) })
		if i == 0 {
			<-held.Reached()
		}
		for h.Waiting(h.desk.Book) < i {
			runtime.Gosched()
		}
	}
	prepare()
	held.Release()
	wg.Wait()
	return answers
}

func nothing() {}

// A crowd of 64 records is one transaction of two RPCs, one of acts of three; each command has its own
// answer and effect.
func TestCrowdIsOneTransaction(t *testing.T) {
	t.Parallel()
	var calls rpc.Counter
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, append(calls.Options(), faults.Options()...)...), "2026-03-01", 0)
	var records, acts []daybookstore.Order
	for i := range 64 {
		o := record(fmt.Sprint("it-", i), revenue(today.AddDays(-i%3).String(), int64(i+1)))
		o.Actor = manager
		records = append(records, o)
		acts = append(acts, approve(fmt.Sprint("it-", i), h.made(o)))
	}
	for _, tt := range []struct {
		name   string
		orders []daybookstore.Order
		want   map[string]int
	}{
		{"records", records, map[string]int{"StreamingRead": 1, "Commit": 1}},
		{"acts", acts, map[string]int{"StreamingRead": 2, "Commit": 1}},
	} {
		before := h.events(t)
		got := crowd(t, h, faults, tt.orders, nil, calls.Reset) // what is under way has sent its commit
		sound(t, tt.name, got, false)
		if diff := cmp.Diff(tt.want, calls.Calls()); diff != "" {
			t.Errorf("calls for %s (-want +got):\n%s", tt.name, diff)
		}
		if after := h.events(t); after != before+65 {
			t.Errorf("%s: %d events, want 65", tt.name, after-before)
		}
		equal(t, tt.name+" repeated alone", got, replayAll(t, h, tt.orders))
	}
	if h.Lanes() != 0 {
		t.Error("a lane stands although all have gone")
	}
}

// replayAll sends the orders again, one after the other; all must have taken effect before.
func replayAll(t *testing.T, h house, orders []daybookstore.Order) []daybookstore.Answer {
	t.Helper()
	out := make([]daybookstore.Answer, len(orders))
	for i, o := range orders {
		out[i].Receipt, out[i].Err = h.Execute(testkit.Context(t), h.desk, o)
	}
	sound(t, "repeated", out, true)
	return out
}

// Whatever goes wrong with one of a crowd is told to him as if he had come alone, and the others take
// effect.
func TestCrowdBadOneHarmsNoOther(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), "2026-03-01", 0)
	taken := revenue(todayText, 1)
	taken.External = &daybook.ExternalRef{System: "pos", ID: "1"}
	h.do(t, record("taken", taken))
	twice := revenue(todayText, 2)
	twice.External = &daybook.ExternalRef{System: "pos", ID: "2"}
	unknown := revenue(todayText, 1)
	unknown.Category = "NOBODY_KNOWS"
	waits, decided := h.waiting(t, "w", todayText, 10), h.waiting(t, "d", todayText, 20)
	h.do(t, reject("r", decided))
	missing := h.made(record("never sent", revenue(todayText, 5)))
	old := record("old", revenue("2026-03-03", 7))
	h.do(t, old)
	h.do(t, closeDay("close", "2026-03-03"))
	bad := []struct {
		order    daybookstore.Order
		want     error
		replayed bool
	}{
		{record("b1", revenue("2026-03-02", 1)), daybook.ErrDayClosed, false},
		{record("b2", unknown), ledger.ErrUnknownSource, false},
		{record("b3", taken), daybookstore.ErrExternalRef, false},
		{record("b4", revenue("2026-02-28", 1)), daybook.ErrBeforeGoLive, false},
		{old, nil, true}, // closed since: the answer is the first one
		{record("old", revenue("2026-03-03", 8)), daybookstore.ErrKeyReused, false},
		{approve("b5", waits), nil, false}, {reject("b6", waits), daybook.ErrNotPending, false},
		{approve("b7", decided), daybook.ErrNotPending, false}, {approve("b8", missing), fault.ErrNotFound, false},
		{count("b9", todayText, 5), nil, false}, {closeDay("b10", "2026-03-04"), nil, false},
		{record("b11", twice), nil, false}, {record("b12", twice), daybookstore.ErrExternalRef, false},
		{record("b13", revenue(todayText, 3)), nil, false}, {record("b13", revenue(todayText, 3)), nil, true},
		{record("b13", revenue(todayText, 4)), daybookstore.ErrKeyReused, false},
	}
	var orders []daybookstore.Order
	for i, b := range bad {
		orders = append(orders, b.order, record(fmt.Sprint("good-", i), revenue(todayText, 10)))
	}
	got := crowd(t, h, faults, orders, nil, nothing)
	for i, b := range bad {
		if a := got[2*i]; !errors.Is(a.Err, b.want) || a.Err == nil && a.Replayed != b.replayed {
			t.Errorf("%d: %v, replayed %v; want %v, %v", i, a.Err, a.Replayed, b.want, b.replayed)
		}
		sound(t, "good", got[2*i+1:2*i+2], false)
	}
	if n, want := h.day(t, todayText).ClosingMinor, int64(1+7+10*len(bad)+10+2+3+1); n != want {
		t.Errorf("closing %d, want %d", n, want)
	}
}

// A policy of daily grants is judged by one person's entries: nobody shares, and all is as it was.
func TestCrowdUnderDailyGrant(t *testing.T) {
	t.Parallel()
	var calls rpc.Counter
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, append(calls.Options(), faults.Options()...)...), "2026-03-01", 0)
	h.waiting(t, "before", "2026-03-05", 10)
	h.desk.Policy.DailyGrant = true
	mine, theirs := record("mine", revenue(todayText, 1)), record("theirs", revenue(todayText, 1))
	mine.Actor, theirs.Actor = manager, accountant
	got := crowd(t, h, faults, []daybookstore.Order{theirs, mine}, nil, calls.Reset)
	if got[0].Err != nil || !errors.Is(got[1].Err, approval.ErrGrantNeeded) || calls.Count("Commit") != 1 {
		t.Errorf("%v, %v in %d commits; want the one recorded and ErrGrantNeeded", got[0].Err, got[1].Err, calls.Count("Commit"))
	}
}
