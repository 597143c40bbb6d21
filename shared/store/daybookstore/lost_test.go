package daybookstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// losses are the ways in which an answer goes missing. The client itself sends again after the
// first, and runs the transaction's function again after the last.
var losses = map[string]error{
	"unavailable":   status.Error(codes.Unavailable, "lost"),
	"deadline":      status.Error(codes.DeadlineExceeded, "lost"),
	"unknown":       status.Error(codes.Unknown, "lost"),
	"internal":      status.Error(codes.Internal, "lost"),
	"broken stream": status.Error(codes.Internal, "stream terminated by RST_STREAM with error code: INTERNAL_ERROR"),
}

// everyAct runs f for every act, each on books of its own in one database whose client has faults.
func everyAct(t *testing.T, f func(t *testing.T, a act, h house, faults *rpc.Faults)) {
	t.Helper()
	faults := &rpc.Faults{}
	db := testkit.Spanner(t, faults.Options()...)
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			faults.Clear()
			f(t, a, newHouse(t, db, "2026-03-01", 50_000), faults)
		})
	}
}

// The commit is applied and its acknowledgement lost: the call answers as if nothing had been, and
// so does its repetition, also after the world has gone on (I8).
func TestLostAcknowledgement(t *testing.T) {
	t.Parallel()
	for name, lost := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
				orders := a.orders(t, h)
				rule := faults.On("Commit").LoseWith(lost)
				first := a.call(testkit.Context(t), h, orders)
				sound(t, "the call", first, false)
				if rule.Hits() != 1 {
					t.Fatal("no answer was lost")
				}
				again := a.call(testkit.Context(t), h, orders)
				sound(t, "repeated", again, true)
				equal(t, "repeated", first, again)
				a.between(t, h, orders)
				later := a.call(testkit.Context(t), h, orders)
				sound(t, "repeated later", later, true)
				equal(t, "repeated later", first, later)
			})
		})
	}
}

// The commit never leaves: the call goes on by itself.
func TestCommitNeverSent(t *testing.T) {
	t.Parallel()
	for name, lost := range losses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
				orders := a.orders(t, h)
				faults.On("Commit").FailWith(lost)
				first := a.call(testkit.Context(t), h, orders)
				sound(t, "the call", first, false)
				again := a.call(testkit.Context(t), h, orders)
				sound(t, "repeated", again, true)
				equal(t, "repeated", first, again)
			})
		})
	}
}

// The caller goes away exactly between the commit and its answer: the outcome is unknown to him,
// and the same key is safe, whatever has happened in between.
func TestCallerLeavesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
		orders := a.orders(t, h)
		ctx, leave := context.WithCancel(testkit.Context(t))
		held := faults.On("Commit").HoldReply()
		go func() {
			<-held.Reached()
			leave()
		}()
		for i, x := range a.call(ctx, h, orders) {
			if !errors.Is(x.Err, daybookstore.ErrOutcomeUnknown) {
				t.Errorf("answer %d = %v, want ErrOutcomeUnknown", i, x.Err)
			}
		}
		a.between(t, h, orders)
		first := a.call(testkit.Context(t), h, orders)
		sound(t, "sent again", first, true)
		again := a.call(testkit.Context(t), h, orders)
		equal(t, "and again", first, again)
	})
}

// The caller goes away before the commit is sent: sent again, the command takes effect then.
func TestCallerLeavesBeforeTheCommit(t *testing.T) {
	t.Parallel()
	everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
		orders := a.orders(t, h)
		ctx, leave := context.WithCancel(testkit.Context(t))
		held := faults.On("Commit").Hold()
		go func() {
			<-held.Reached()
			leave()
		}()
		for i, x := range a.call(ctx, h, orders) {
			if !errors.Is(x.Err, daybookstore.ErrOutcomeUnknown) && !errors.Is(x.Err, daybookstore.ErrUnavailable) {
				t.Errorf("answer %d = %v, want that nobody knows, or that nothing happened", i, x.Err)
			}
		}
		sound(t, "sent again", a.call(testkit.Context(t), h, orders), false)
	})
}

// Spanner aborts ten times, and then no more.
func TestAbortedStorm(t *testing.T) {
	t.Parallel()
	everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
		orders := a.orders(t, h)
		rule := faults.On("Commit").Times(10).Fail(codes.Aborted)
		first := a.call(testkit.Context(t), h, orders)
		sound(t, "the call", first, false)
		if rule.Hits() != 10 {
			t.Errorf("%d commits were aborted, want 10", rule.Hits())
		}
		equal(t, "repeated", first, a.call(testkit.Context(t), h, orders))
	})
}

// Spanner aborts for longer than the caller waits: nothing has happened, and he is told so.
func TestAbortedPastTheDeadline(t *testing.T) {
	t.Parallel()
	everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
		orders := a.orders(t, h)
		before := h.events(t)
		faults.On("Commit").Times(rpc.Always).Fail(codes.Aborted)
		ctx, cancel := context.WithTimeout(testkit.Context(t), 100*time.Millisecond)
		defer cancel()
		for i, x := range a.call(ctx, h, orders) {
			if !errors.Is(x.Err, daybookstore.ErrUnavailable) {
				t.Errorf("answer %d = %v, want ErrUnavailable", i, x.Err)
			}
		}
		if after := h.events(t); after != before {
			t.Errorf("%d events, before the call %d", after, before)
		}
		faults.Clear()
		sound(t, "sent again", a.call(testkit.Context(t), h, orders), false)
	})
}

// events counts what the day rows say has happened.
func (h house) events(t testing.TB) int64 {
	t.Helper()
	var n int64
	for _, d := range h.rows(t) {
		n += d.Version
	}
	return n
}

// rows are the day rows of the year up to tomorrow.
func (h house) rows(t testing.TB) []daybook.Day {
	t.Helper()
	rows, err := h.Days(testkit.Context(t), h.desk.Book, today.AddDays(-364), today.AddDays(1))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
