package route_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/platform/spannerdb/route"
)

func TestSharesFollowWeights(t *testing.T) {
	t.Parallel()
	h := newHouse(t, route.Options{}, leader, a, b, c)
	if diff := cmp.Diff(map[string]int{"a": 10, "b": 10, "c": 20}, h.reads(40, well)); diff != "" {
		t.Errorf("one after the other (-want +got):\n%s", diff)
	}
	held := map[string]int{}
	for range 40 {
		held[h.read().Name]++
	}
	if diff := cmp.Diff(map[string]int{"a": 10, "b": 10, "c": 20}, held); diff != "" {
		t.Errorf("all at once (-want +got):\n%s", diff)
	}
	with := newHouse(t, route.Options{}, route.Config{Name: "leader", Weight: 1, Limit: 100}, c)
	if diff := cmp.Diff(map[string]int{"leader": 10, "c": 20}, with.reads(30, well)); diff != "" {
		t.Errorf("a leader with a share (-want +got):\n%s", diff)
	}
}

func TestTheLeastLoadedIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t, route.Options{}, leader, a, b)
	slow := h.read()
	for range 9 {
		if l := h.read(); l.Name == slow.Name {
			t.Fatalf("the route with a read under way was taken, not the idle one")
		} else {
			l.Done(t.Context(), well(l))
		}
	}
}

// A full route's reads go to the next, at last to the leader, which keeps room for its own.
func TestFullRoutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, route.Options{Spill: 2}, route.Config{Name: "leader", Limit: 3}, route.Config{Name: "a", Weight: 1, Limit: 2})
		held := []*route.Lease{h.read(), h.read(), h.read(), h.read()}
		if h.state("a").InUse != 2 || h.state("leader").InUse != 2 {
			t.Fatalf("in use: %d and %d, want 2 and 2", h.state("a").InUse, h.state("leader").InUse)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := h.Read(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("a fifth read: %v after %v, want to wait until its deadline", err, time.Since(began))
		}
		write, err := h.Leader(t.Context())
		if err != nil {
			t.Fatal("a write waits for a report:", err)
		}
		got := make(chan *route.Lease, 2)
		for range 2 {
			go func() { got <- h.read() }()
			synctest.Wait()
		}
		write.Done(t.Context(), route.Result{}) // reads may not have its place
		synctest.Wait()
		if h.state("leader").Waiting != 2 {
			t.Errorf("%d wait, want 2", h.state("leader").Waiting)
		}
		held[0].Done(t.Context(), well(held[0]))
		held[0].Done(t.Context(), well(held[0]))
		if l := <-got; l.Name != held[0].Name || h.state("leader").Waiting != 1 {
			t.Errorf("one that waited got %s, %d wait; want %s and 1", l.Name, h.state("leader").Waiting, held[0].Name)
		}
		held[1].Done(t.Context(), well(held[1]))
		<-got
	})
}

func TestFailuresTakeARouteOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, route.Options{}, leader, a, b)
		h.sick["a"] = true
		dead := func(l *route.Lease) route.Result {
			if l.Name == "a" {
				return route.Result{Failed: errDead}
			}
			return well(l)
		}
		// Five failures in a row; one answer begins the row anew.
		h.reads(8, dead)
		h.reads(2, well)
		if h.reads(8, dead); h.state("a").Phase != route.Serving {
			t.Fatal("four failures took the route out")
		}
		h.reads(2, dead)
		if s := h.state("a"); s.Phase != route.Resting || s.Why != "failures" || s.Ejections != 1 || s.LastError != errDead.Error() || time.Until(s.NextProbe) != 5*time.Second {
			t.Fatalf("after five failures: %+v", s)
		}
		if got := h.reads(10, dead); got["a"] != 0 {
			t.Errorf("a route that rests took %d reads", got["a"])
		}
		// Its probes fail: after 5, 10, 20 and 40 s, then every 60 s.
		for i, rest := range []int{5, 10, 20, 40, 60, 60} {
			<-time.After(time.Duration(rest)*time.Second - 1)
			h.reads(1, dead)
			synctest.Wait()
			if h.probes["a"] != i {
				t.Fatalf("%d probes before the rest of %d s is over, want %d", h.probes["a"], rest, i)
			}
			<-time.After(1)
			h.reads(1, dead)
			synctest.Wait()
		}
		h.sick["a"] = false
		<-time.After(time.Minute)
		h.reads(1, dead)
		synctest.Wait()
		if h.state("a").Phase != route.Trial {
			t.Fatalf("after a good probe: %+v", h.state("a"))
		}
		// One read at a time, five of them; then it serves, with its share.
		first, others := h.read(), []*route.Lease{h.read(), h.read()}
		if first.Name != "a" || others[0].Name != "b" || others[1].Name != "b" {
			t.Error("a trial is one read at a time")
		}
		for _, l := range append(others, first) {
			l.Done(t.Context(), well(l))
		}
		h.reads(8, well)
		if got := h.reads(20, well); h.state("a").Phase != route.Serving || got["a"] < 9 || got["a"] > 11 {
			t.Errorf("after the trial: %s, %d of 20 reads", h.state("a").Phase, got["a"])
		}
		if diff := cmp.Diff([]string{"a RESTING failures", "a TRIAL failures", "a SERVING "}, h.phases); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
	})
}

// A route that fails in its trial rests twice as long; what its reads of before say no longer counts.
func TestATrialFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, route.Options{Failures: 1}, leader, a)
		old := []*route.Lease{h.read(), h.read()}
		h.reads(1, func(*route.Lease) route.Result { return route.Result{Failed: errDead} })
		<-time.After(5 * time.Second)
		h.reads(1, well)
		synctest.Wait()
		old[0].Done(t.Context(), route.Result{Failed: errDead})
		old[1].Done(t.Context(), well(old[1]))
		if h.state("a").Phase != route.Trial {
			t.Fatalf("a read of before the trial ended it: %+v", h.state("a"))
		}
		h.reads(1, func(*route.Lease) route.Result { return route.Result{Failed: errDead} })
		if s := h.state("a"); s.Phase != route.Resting || time.Until(s.NextProbe) != 10*time.Second {
			t.Errorf("after a failed trial: %s until %v, want a rest of 10 s", s.Phase, time.Until(s.NextProbe))
		}
		if got := h.reads(3, well); got["leader"] != 3 {
			t.Errorf("the only replica is out: %v, want the leader", got)
		}
	})
}

func TestSlownessTakesARouteOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, route.Options{}, leader, a, b)
		h.reads(60, well)
		slow := func(l *route.Lease) route.Result {
			if l.Name == "a" {
				return route.Result{FirstRow: 300 * time.Millisecond}
			}
			return well(l)
		}
		h.reads(18, slow)
		if h.state("a").Phase != route.Serving {
			t.Fatal("nine slow reads took the route out")
		}
		h.reads(2, well) // one that is not slow takes one back
		if h.reads(2, slow); h.state("a").Phase != route.Serving {
			t.Fatal("nine slow reads took the route out")
		}
		if h.reads(2, slow); h.state("a").Phase != route.Resting || h.state("a").Why != "slow" {
			t.Fatalf("after ten slow reads: %+v", h.state("a"))
		}
		<-time.After(5 * time.Second)
		h.reads(1, slow)
		synctest.Wait()
		h.reads(10, slow)
		if s := h.state("a"); s.Phase != route.Resting || time.Until(s.NextProbe) != 10*time.Second {
			t.Errorf("a trial of slow reads: %s until %v, want a rest of 10 s", s.Phase, time.Until(s.NextProbe))
		}
		// All slow alike is the database's way, up to a second.
		for _, c := range []struct {
			firstRow time.Duration
			phase    route.Phase
		}{{900 * time.Millisecond, route.Serving}, {1100 * time.Millisecond, route.Resting}} {
			alike := newHouse(t, route.Options{}, leader, a, b)
			alike.reads(200, func(*route.Lease) route.Result { return route.Result{FirstRow: c.firstRow} })
			if alike.state("a").Phase != c.phase || alike.state("b").Phase != c.phase {
				t.Errorf("all take %v: %s and %s, want %s", c.firstRow, alike.state("a").Phase, alike.state("b").Phase, c.phase)
			}
		}
	})
}

// One replica is measured by others, not by what it did before.
func TestALoneReplicaIsNotSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, route.Options{SlowReads: 2}, leader, a)
	h.reads(60, well)
	h.reads(4, func(*route.Lease) route.Result { return route.Result{FirstRow: 300 * time.Millisecond} })
	if s := h.state("a"); s.Phase != route.Serving {
		t.Errorf("%s, %s", s.Phase, s.Why)
	}
}

// A place that comes to a call in the moment in which it gives up goes to the next.
func TestAPlaceIsNotLost(t *testing.T) {
	t.Parallel()
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, route.Options{}, route.Config{Name: "leader", Limit: 1})
			held, err := h.Leader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, giveUp := context.WithCancel(t.Context())
			for _, ctx := range []context.Context{ctx, t.Context()} {
				go func() {
					if l, err := h.Leader(ctx); err == nil {
						l.Done(t.Context(), route.Result{})
					}
				}()
				synctest.Wait()
			}
			giveUp()
			held.Done(t.Context(), route.Result{})
			synctest.Wait()
			if s := h.state("leader"); s.InUse != 0 || s.Waiting != 0 {
				t.Fatalf("%d in use, %d wait", s.InUse, s.Waiting)
			}
		})
	}
}

// A route that nobody has heard of is asked, beside a call of whatever kind.
func TestIdleRoutesAreProbed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, route.Options{Failures: 2}, leader, a)
		h.sick["a"] = true
		for range 2 {
			<-time.After(10 * time.Second)
			for range 3 {
				l, err := h.Leader(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				l.Done(t.Context(), route.Result{})
			}
			synctest.Wait()
		}
		if h.probes["a"] != 2 || h.state("a").Phase != route.Resting {
			t.Errorf("%d probes, phase %s; want 2 and RESTING", h.probes["a"], h.state("a").Phase)
		}
	})
}

// A refusal is blamed on a route once another one has answered the same read.
func TestBlame(t *testing.T) {
	t.Parallel()
	h := newHouse(t, route.Options{Failures: 1}, leader, a)
	l := h.read()
	l.Done(t.Context(), route.Result{})
	if h.state("a").Phase != route.Serving || h.state("a").Reads != 0 {
		t.Errorf("a read of which nothing is known: %+v", h.state("a"))
	}
	other := h.read(l.Route)
	if other.Name != "leader" {
		t.Errorf("the route that refused was taken again: %s", other.Name)
	}
	other.Done(t.Context(), well(other))
	l.Blame(t.Context(), errDead)
	if h.state("a").Phase != route.Resting || h.state("a").Failed != 1 {
		t.Errorf("blamed: %+v", h.state("a"))
	}
}
