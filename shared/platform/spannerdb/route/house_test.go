package route_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/platform/spannerdb/route"
)

var errDead = errors.New("no answer")

// quick is a first row of a healthy route.
const quick = 2 * time.Millisecond

// house is a pool whose probes succeed for the replicas that are well.
type house struct {
	*route.Pool
	t      *testing.T
	mu     sync.Mutex
	sick   map[string]bool
	probes map[string]int
	phases []string // "a RESTING failures"
}

func newHouse(t *testing.T, o route.Options, leader route.Config, replicas ...route.Config) *house {
	h := &house{t: t, sick: map[string]bool{}, probes: map[string]int{}}
	o.Probe = func(_ context.Context, r *route.Route) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.probes[r.Name]++
		if h.sick[r.Name] {
			return errDead
		}
		return nil
	}
	o.Changed = func(_ context.Context, r *route.Route, to route.Phase, why string) {
		h.phases = append(h.phases, r.Name+" "+string(to)+" "+why)
	}
	h.Pool = route.New(leader, replicas, o)
	t.Cleanup(h.Close)
	return h
}

func (h *house) read(skip ...*route.Route) *route.Lease {
	h.t.Helper()
	l, err := h.Read(h.t.Context(), skip...)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

// state is a route by its name.
func (h *house) state(name string) route.State {
	h.t.Helper()
	for _, s := range h.States() {
		if s.Name == name {
			return s
		}
	}
	h.t.Fatal("no route", name)
	return route.State{}
}

// reads are n reads, one after the other; how gives each one's result. It counts them by route.
func (h *house) reads(n int, how func(*route.Lease) route.Result) map[string]int {
	h.t.Helper()
	got := map[string]int{}
	for range n {
		l := h.read()
		got[l.Name]++
		l.Done(h.t.Context(), how(l))
	}
	return got
}

func well(*route.Lease) route.Result { return route.Result{FirstRow: quick} }

var (
	leader = route.Config{Name: "leader", Limit: 100}
	a      = route.Config{Name: "a", Weight: 1, Limit: 50}
	b      = route.Config{Name: "b", Weight: 1, Limit: 50}
	c      = route.Config{Name: "c", Weight: 2, Limit: 50}
)
