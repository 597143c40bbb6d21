package daybookstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

// A call that hangs holds up the others of its property for a second; then they go beside it. Whoever
// leaves the queue before is told that nothing has happened.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Store{groups: newGroups()}
		d, c := Desk{Book: tenant.Book{Org: "o", Property: "p"}}, command{Command: daybook.Command{Do: daybook.Close{}}}
		ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
		defer cancel()
		if s.groups.enter(ctx, d, c) != nil {
			t.Fatal("who finds nobody under way waits")
		}
		leaving, leave := context.WithTimeout(ctx, patience/2)
		defer leave()
		gone, patient, later := s.groups.enter(leaving, d, c), s.groups.enter(ctx, d, c), s.groups.enter(ctx, d, c)
		began := time.Now()
		if a := s.wait(gone); !errors.Is(a.Err, ErrUnavailable) || time.Since(began) != patience/2 {
			t.Errorf("%v after %v, want ErrUnavailable when the caller leaves", a.Err, time.Since(began))
		}
		for i, x := range []*ticket{patient, later} { // acts on days do not share: one turn each
			if a := s.wait(x); !errors.Is(a.Err, errTurn) {
				t.Errorf("ticket %d: %v, want the turn", i, a.Err)
			}
		}
		if waited := time.Since(began); waited != patience/2+2*patience {
			t.Errorf("the turns came after %v", waited)
		}
		for range 3 {
			s.handOver(d.Book)
		}
		if s.Lanes() != 0 {
			t.Error("a lane stands although all have gone")
		}
	})
}

// A group's transaction lasts as long as one of its callers waits, and no longer than the last of them
// would.
func TestAllCallersLeave(t *testing.T) {
	t.Parallel()
	s := &Store{groups: newGroups()}
	d, c := Desk{Book: tenant.Book{Org: "o", Property: "p"}}, command{Command: daybook.Command{Do: daybook.Record{}}}
	short, leave := context.WithTimeout(t.Context(), time.Minute)
	long, leaveLater := context.WithTimeout(t.Context(), time.Hour)
	defer leaveLater()
	s.groups.enter(long, d, c)
	one, two := s.groups.enter(short, d, c), s.groups.enter(long, d, c)
	if group := s.groups.leave(d.Book); len(group) != 2 {
		t.Fatalf("a group of %d, want 2", len(group))
	}
	end, _ := one.flight.ctx.Deadline()
	if want, _ := long.Deadline(); !end.Equal(want) {
		t.Errorf("the transaction ends at %v, want %v", end, want)
	}
	leave()
	if a := s.wait(one); !errors.Is(a.Err, ErrOutcomeUnknown) || one.flight.ctx.Err() != nil {
		t.Errorf("the first has left: %v, transaction %v", a.Err, one.flight.ctx.Err())
	}
	leaveLater()
	if a := s.wait(two); !errors.Is(a.Err, ErrOutcomeUnknown) || two.flight.ctx.Err() == nil {
		t.Errorf("all have left: %v, and the transaction goes on", a.Err)
	}
}

// What is decided by another setup, or concerns a whole day, shares no transaction; a hundred are the
// most.
func TestWhoSharesATransaction(t *testing.T) {
	t.Parallel()
	g := newGroups()
	d := Desk{Book: tenant.Book{Org: "o", Property: "p"}}
	other, granting := d, d
	other.Policy.Version = 7
	granting.Policy.DailyGrant = true
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	g.enter(ctx, d, command{})
	record := command{Command: daybook.Command{Do: daybook.Record{}}}
	for range maxGroup {
		g.enter(ctx, d, record)
		g.enter(ctx, other, record)
	}
	g.enter(ctx, d, command{Command: daybook.Command{Do: daybook.Count{}}})
	g.enter(ctx, granting, record)
	g.enter(ctx, d, record)
	var sizes []int
	for len(g.lanes[d.Book].waiting) > 0 {
		n := len(g.lanes[d.Book].waiting)
		g.leave(d.Book)
		sizes = append(sizes, n-len(g.lanes[d.Book].waiting))
	}
	want := []int{maxGroup, maxGroup, 1, 1, 1}
	if len(sizes) != len(want) {
		t.Fatalf("groups of %v, want %v", sizes, want)
	}
	for i := range want {
		if sizes[i] != want[i] {
			t.Fatalf("groups of %v, want %v", sizes, want)
		}
	}
}
