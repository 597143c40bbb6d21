package daybookstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// leaveAt is a context that ends when the nth read from now on is sent.
func leaveAt(t *testing.T, faults *rpc.Faults, read int) context.Context {
	t.Helper()
	ctx, leave := context.WithCancel(testkit.Context(t))
	held := faults.On("StreamingRead").Nth(read).Hold()
	go func() {
		<-held.Reached()
		leave()
	}()
	return ctx
}

// leaveAfter is a context that ends soon after its commits begin to fail: the client repeats those
// that failed with ResourceExhausted for as long as the caller waits.
func leaveAfter(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(testkit.Context(t), d)
	t.Cleanup(cancel)
	return ctx
}

// A commit was applied and its answer lost; while the store looks for it, the caller's time ends.
// "Nothing has happened" would be a lie.
func TestDoubtOutlivesTheNextAttempt(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	db := testkit.Spanner(t, faults.Options()...)
	for _, tt := range []struct {
		name  string
		bulk  bool
		reads int // of one attempt
	}{{"alone", false, 1}, {"in bulk", true, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			faults.Clear()
			h := newHouse(t, db, "2026-03-01", 0)
			a := act{bulk: tt.bulk}
			orders := one(record("it", revenue(todayText, 100)))
			ctx := leaveAt(t, faults, tt.reads+1)
			faults.On("Commit").Lose(codes.Unknown)
			got := a.call(ctx, h, orders)
			if !errors.Is(got[0].Err, daybookstore.ErrOutcomeUnknown) {
				t.Errorf("answer = %v, want ErrOutcomeUnknown", got[0].Err)
			}
			faults.Clear()
			sound(t, "sent again", a.call(testkit.Context(t), h, orders), true)
		})
	}
}

// What is known to have taken effect is never answered with "nothing has happened", either.
func TestReplayThatCannotBeReadIsInDoubt(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), "2026-03-01", 0)
	orders := one(record("it", revenue(todayText, 100)))
	sound(t, "first", h.ExecuteAll(testkit.Context(t), h.desk, orders), false)
	got := h.ExecuteAll(leaveAt(t, faults, 2), h.desk, orders) // commands, then the event
	if !errors.Is(got[0].Err, daybookstore.ErrOutcomeUnknown) {
		t.Errorf("answer = %v, want ErrOutcomeUnknown", got[0].Err)
	}
	faults.Clear()
}

// A call gives up after some commits of unknown outcome, rather than storm a database in trouble.
func TestDoubtsEnd(t *testing.T) {
	t.Parallel()
	everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
		orders := a.orders(t, h)
		rule := faults.On("Commit").Times(rpc.Always).Fail(codes.Unknown)
		for i, x := range a.call(testkit.Context(t), h, orders) {
			if !errors.Is(x.Err, daybookstore.ErrOutcomeUnknown) {
				t.Errorf("answer %d = %v, want ErrOutcomeUnknown", i, x.Err)
			}
		}
		if rule.Hits() != 5 {
			t.Errorf("%d commits, want 5 attempts", rule.Hits())
		}
		faults.Clear()
		sound(t, "sent again", a.call(testkit.Context(t), h, orders), false)
	})
}

// openDays are books with n open days up to today, an entry on each but the first.
func openDays(t *testing.T, h house, n int) {
	t.Helper()
	var orders []daybookstore.Order
	for i := range n - 1 {
		orders = append(orders, record(fmt.Sprint("day-", i), revenue(today.AddDays(-i).String(), 10)))
	}
	sound(t, "days", h.ExecuteAll(testkit.Context(t), h.desk, orders), false)
}

// A close of 250 days is three commits. Whichever answer is lost, and wherever the call ends, it
// can be sent again, and closes every day once.
func TestLongCloseIsResumable(t *testing.T) {
	t.Parallel()
	const n = 250
	goLive := today.AddDays(1 - n).String()
	closing := closeDay("close", todayText)
	for _, lost := range []int{1, 2, 3} {
		t.Run(fmt.Sprint("answer lost of commit ", lost), func(t *testing.T) {
			t.Parallel()
			faults := &rpc.Faults{}
			h := newHouse(t, testkit.Spanner(t, faults.Options()...), goLive, 100)
			openDays(t, h, n)
			rule := faults.On("Commit").Nth(lost).Lose(codes.Unknown)
			r := h.do(t, closing)
			if rule.Hits() != 1 || r.Replayed || r.Stream != today {
				t.Errorf("lost %d answers; the close answered %+v", rule.Hits(), r)
			}
			again := h.do(t, closing)
			equal(t, "repeated", []daybookstore.Answer{{Receipt: r}}, []daybookstore.Answer{{Receipt: again}})
			h.closedOnce(t, n)
		})
	}
	t.Run("sent again after more days were reopened than one commit closes", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t, testkit.Spanner(t), goLive, 100)
		openDays(t, h, n)
		first := h.do(t, closing)
		for i := range daybook.MaxCloses + 1 {
			h.do(t, reopen(fmt.Sprint("reopen-", i), today.AddDays(-i).String()))
		}
		before := h.rows(t)
		again := h.do(t, closing)
		equal(t, "repeated", []daybookstore.Answer{{Receipt: first}}, []daybookstore.Answer{{Receipt: again}})
		if diff := cmp.Diff(before, h.rows(t)); diff != "" {
			t.Errorf("the repeated close closed days again (-before +after):\n%s", diff)
		}
	})
	t.Run("the caller left in the middle", func(t *testing.T) {
		t.Parallel()
		faults := &rpc.Faults{}
		h := newHouse(t, testkit.Spanner(t, faults.Options()...), goLive, 100)
		openDays(t, h, n)
		_, err := h.Execute(leaveAt(t, faults, 6), h.desk, closing) // a commit of it reads 4 pages of the window and the command row
		if !errors.Is(err, daybookstore.ErrOutcomeUnknown) {
			t.Errorf("error = %v, want ErrOutcomeUnknown: 100 days are closed", err)
		}
		faults.Clear()
		if r := h.do(t, closing); r.Replayed {
			t.Error("the close had not been complete")
		}
		h.closedOnce(t, n)
	})
}

// closedOnce fails unless the n days of the books are closed, each by one event.
func (h house) closedOnce(t *testing.T, n int) {
	t.Helper()
	rows := h.rows(t)
	for _, d := range rows {
		if !d.Closed || d.Version != 2 { // its opening or its entry, and its end
			t.Errorf("%s: closed %v at version %d", d.Date, d.Closed, d.Version)
		}
	}
	if len(rows) != n {
		t.Errorf("%d rows, want %d", len(rows), n)
	}
}

// More open days than a commit of many commands would have cells for, were each of them to change,
// do not stop a bulk call: it is slower, and right.
func TestBulkOnManyOpenDays(t *testing.T) {
	t.Parallel()
	const n = 340
	h := newHouse(t, testkit.Spanner(t), today.AddDays(1-n).String(), 100)
	openDays(t, h, n)
	orders := one(record("it", revenue(h.desk.Property.GoLive.String(), 1)))
	sound(t, "on the first day", h.ExecuteAll(testkit.Context(t), h.desk, orders), false)
	if got, want := h.day(t, todayText).ClosingMinor, int64(100+10*(n-1)+1); got != want {
		t.Errorf("today closes with %d, want %d", got, want)
	}
}
