package route_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/spannerdb/route"
)

// modelled is what the model holds of a replica: its rules told again, without slowness.
type modelled struct {
	phase    route.Phase
	failures int
	trial    int
	rest     time.Duration
	until    time.Time
	heard    time.Time
	began    int // the step in which the phase began
}

// caller is a call that has a lease, or waits for one.
type caller struct {
	leader bool
	got    chan *route.Lease
	cancel context.CancelFunc
	lease  *route.Lease
	since  int // the step in which it got its lease
}

type model struct {
	*house
	rng      *rand.Rand
	replicas map[string]*modelled
	configs  map[string]route.Config
	spill    int
	calls    []*caller
	step     int
}

// TestModel drives a pool with calls, results, refused probes and time, in random order, and holds it
// against the model: phases and rests, no limit passed, nothing given to a route that is out, the least
// loaded taken, nobody waiting while there is room.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			configs := []route.Config{
				{Name: "leader", Weight: rng.IntN(2), Limit: 4}, {Name: "a", Weight: 1, Limit: 1 + rng.IntN(3)}, {Name: "b", Weight: 1 + rng.IntN(3), Limit: 1 + rng.IntN(3)},
			}
			m := &model{rng: rng, replicas: map[string]*modelled{}, configs: map[string]route.Config{}, spill: 2}
			m.house = newHouse(t, route.Options{Spill: m.spill, Failures: 2, TrialReads: 2}, configs[0], configs[1:]...)
			for i, c := range configs {
				m.configs[c.Name] = c
				if i > 0 {
					m.replicas[c.Name] = &modelled{phase: route.Serving, heard: time.Now()}
				}
			}
			for m.step = 1; m.step <= 300 && !t.Failed(); m.step++ {
				m.act()
				m.check()
			}
			m.end()
			if t.Failed() {
				t.Logf("seed %d, step %d", seed, m.step)
			}
		})
	}
}

func (m *model) act() {
	switch n := m.rng.IntN(10); {
	case n < 4:
		m.probed() // each call starts what is due
		m.call(n == 0)
	case n < 8:
		m.finish()
	case n == 8:
		name := []string{"a", "b"}[m.rng.IntN(2)]
		m.sick[name] = !m.sick[name]
	default:
		<-time.After(time.Duration(m.rng.IntN(4000)) * time.Millisecond)
	}
	synctest.Wait()
	m.collect()
}

func (m *model) call(leader bool) {
	ctx, cancel := context.WithCancel(m.t.Context())
	c := &caller{leader: leader, got: make(chan *route.Lease, 1), cancel: cancel}
	m.calls = append(m.calls, c)
	go func() {
		take := func() (*route.Lease, error) { return m.Read(ctx) }
		if leader {
			take = func() (*route.Lease, error) { return m.Leader(ctx) }
		}
		if l, err := take(); err == nil {
			c.got <- l
		}
	}()
}

// finish ends a call: one that has a lease with a result, one that waits by giving up.
func (m *model) finish() {
	if len(m.calls) == 0 {
		return
	}
	i := m.rng.IntN(len(m.calls))
	c := m.calls[i]
	m.calls = slices.Delete(m.calls, i, i+1)
	c.cancel()
	if c.lease == nil {
		return
	}
	res := []route.Result{{FirstRow: quick}, {FirstRow: quick}, {Failed: errDead}, {}}[m.rng.IntN(4)]
	m.result(c, res)
	c.lease.Done(m.t.Context(), res)
}

func (m *model) result(c *caller, res route.Result) {
	r := m.replicas[c.lease.Name]
	switch {
	case r == nil || c.since <= r.began:
	case res.Failed != nil:
		if r.failures++; r.failures >= 2 || r.phase == route.Trial {
			r.eject(m.step)
		}
	case res.FirstRow > 0:
		r.failures, r.heard = 0, time.Now()
		if r.phase == route.Trial {
			if r.trial++; r.trial == 2 {
				*r = modelled{phase: route.Serving, heard: r.heard, began: m.step}
			}
		}
	}
}

func (r *modelled) eject(step int) {
	rest := min(max(2*r.rest, 5*time.Second), time.Minute)
	*r = modelled{phase: route.Resting, rest: rest, until: time.Now().Add(rest), heard: r.heard, began: step}
}

// probed is what the probes that are due come to.
func (m *model) probed() {
	for name, r := range m.replicas {
		sick := m.sick[name]
		switch now := time.Now(); {
		case r.phase == route.Resting && !now.Before(r.until) && sick:
			r.rest = min(2*r.rest, time.Minute)
			r.until = now.Add(r.rest)
		case r.phase == route.Resting && !now.Before(r.until):
			*r = modelled{phase: route.Trial, rest: r.rest, heard: now, began: m.step}
		case r.phase == route.Serving && now.Sub(r.heard) >= 10*time.Second:
			r.heard = now
			if !sick {
				break
			}
			if r.failures++; r.failures >= 2 {
				r.eject(m.step)
			}
		}
	}
}

// collect notes the leases that were given in this step and judges where they lead.
func (m *model) collect() {
	for _, c := range m.calls {
		select {
		case c.lease = <-c.got:
			// A trial that began beside the call may have given it a place, too.
			c.since = m.step + 1
			if r := m.replicas[c.lease.Name]; r != nil && r.phase == route.Resting && r.began < m.step {
				m.t.Errorf("a read was given to %s, which rests", c.lease.Name)
			}
			if c.leader && c.lease.Name != "leader" {
				m.t.Errorf("a write was given to %s", c.lease.Name)
			}
		default:
		}
	}
}

func (m *model) check() {
	inUse, spilled, waiting := map[string]int{}, 0, 0
	readWaits, writeWaits := false, false
	for _, c := range m.calls {
		switch {
		case c.lease != nil:
			inUse[c.lease.Name]++
			if c.lease.Name == "leader" && !c.leader {
				spilled++
			}
		case c.leader:
			writeWaits, waiting = true, waiting+1
		default:
			readWaits, waiting = true, waiting+1
		}
	}
	for _, s := range m.States() {
		if s.InUse != inUse[s.Name] || s.InUse > s.Limit {
			m.t.Errorf("%s: %d in use, the model has %d, limit %d", s.Name, s.InUse, inUse[s.Name], s.Limit)
		}
		r := m.replicas[s.Name]
		if r == nil {
			if s.Waiting != waiting || spilled > m.spill {
				m.t.Errorf("%d wait, the model has %d; %d reads at the leader", s.Waiting, waiting, spilled)
			}
			if room := s.InUse < s.Limit; writeWaits && room || readWaits && room && spilled < m.spill {
				m.t.Error("somebody waits for the leader, which has room")
			}
			continue
		}
		if s.Phase != r.phase || s.Phase == route.Resting && !s.NextProbe.Equal(r.until) {
			m.t.Errorf("%s: %s until %v, the model has %s until %v", s.Name, s.Phase, s.NextProbe, r.phase, r.until)
		}
		if readWaits && (r.phase == route.Serving && s.InUse < s.Limit || r.phase == route.Trial && s.InUse == 0) {
			m.t.Errorf("a read waits, and %s has room", s.Name)
		}
	}
}

// end gives everything back.
func (m *model) end() {
	for len(m.calls) > 0 {
		c := m.calls[0]
		m.calls = m.calls[1:]
		c.cancel()
		if c.lease != nil {
			c.lease.Done(m.t.Context(), route.Result{})
		}
		synctest.Wait()
		m.collect()
	}
	for _, s := range m.States() {
		if s.InUse != 0 || s.Waiting != 0 {
			m.t.Errorf("at the end: %+v", s)
		}
	}
}
