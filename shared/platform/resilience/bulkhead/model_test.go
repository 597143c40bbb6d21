package bulkhead

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"innkeep.internal/shared/platform/resilience/priority"
)

// call is one in the model: a plain list, searched through.
type call struct {
	id     int
	class  priority.Class
	cancel context.CancelFunc
	done   chan error
}

// model is a bulkhead as the documentation has it, without a thought for speed.
type model struct {
	o       Options
	running int
	queue   []*call // in the order of coming
}

// enter says whether the call is let in at once, waits, or is shed, and who is shed for it.
func (m *model) enter(c *call) (in bool, shed *call) {
	switch {
	case m.running < c.class.Places(m.o.Concurrent) && !slices.ContainsFunc(m.queue, func(w *call) bool { return w.class >= c.class }):
		m.running++
		return true, nil
	case len(m.queue) < m.o.Queue:
		m.queue = append(m.queue, c)
		return false, nil
	}
	low := c
	for _, w := range m.queue {
		if w.class < low.class || w.class == low.class && low != c {
			low = w
		}
	}
	if low != c {
		m.remove(low)
		m.queue = append(m.queue, c)
	}
	return false, low
}

func (m *model) remove(c *call) {
	m.queue = slices.DeleteFunc(m.queue, func(w *call) bool { return w == c })
}

// leave gives the calls that come in.
func (m *model) leave() (in []*call) {
	m.running--
	for {
		var best *call
		for _, w := range m.queue {
			if m.running < w.class.Places(m.o.Concurrent) && (best == nil || w.class > best.class) {
				best = w
			}
		}
		if best == nil {
			return in
		}
		m.remove(best)
		m.running++
		in = append(in, best)
	}
}

func TestBulkheadIsItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(*testing.T) { compare(r) })
	})
}

func compare(r *rapid.T) {
	o := Options{Concurrent: rapid.IntRange(1, 8).Draw(r, "concurrent"), Queue: rapid.IntRange(0, 5).Draw(r, "queue"), Wait: time.Hour}
	b, m := New(o), &model{o: o}
	must := func(c *call, want bool) {
		select {
		case err := <-c.done:
			if (err == nil) != want {
				r.Fatalf("call %d of class %s: %v, want in: %v", c.id, c.class, err, want)
			}
		default:
			r.Fatalf("call %d of class %s waits; want in: %v", c.id, c.class, want)
		}
	}
	for id := range rapid.IntRange(1, 60).Draw(r, "steps") {
		switch what := rapid.IntRange(0, 9).Draw(r, "what"); {
		case what < 6:
			c := &call{id: id, class: priority.Class(rapid.IntRange(0, 4).Draw(r, "class")), done: make(chan error, 1)}
			ctx, cancel := context.WithCancel(context.Background())
			c.cancel = cancel
			defer cancel() //nolint:revive // until the model ends
			go func() { c.done <- b.Enter(ctx, c.class) }()
			synctest.Wait()
			if in, shed := m.enter(c); in {
				must(c, true)
			} else if shed != nil {
				must(shed, false)
			}
		case what < 9 && m.running > 0:
			b.Leave()
			synctest.Wait()
			for _, c := range m.leave() {
				must(c, true)
			}
		case len(m.queue) > 0:
			c := m.queue[rapid.IntRange(0, len(m.queue)-1).Draw(r, "who")]
			c.cancel()
			synctest.Wait()
			m.remove(c)
			must(c, false)
		}
		waiting := 0
		s := b.State()
		for _, n := range s.Waiting {
			waiting += n
		}
		if s.Running != m.running || waiting != len(m.queue) {
			r.Fatalf("%d work and %d wait, want %d and %d", s.Running, waiting, m.running, len(m.queue))
		}
	}
	for _, c := range m.queue {
		c.cancel()
	}
	synctest.Wait()
}
