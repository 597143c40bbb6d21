package route

import (
	"context"
	"slices"
	"time"
)

// Lease is the right to one call along a route, from the pool until Done.
type Lease struct {
	*Route
	pool  *Pool
	read  bool // it could have gone elsewhere
	epoch int  // of the route's phase when it was given
	done  bool
}

// wait is a call that has no route yet.
type wait struct {
	leader bool
	skip   []*Route
	given  chan *Lease // one lease, by who frees a route
}

// Leader is a lease of the leader, for a strong read or a write. It waits as long as all of the leader's
// calls are taken; the error is ctx's.
func (p *Pool) Leader(ctx context.Context) (*Lease, error) { return p.lease(ctx, &wait{leader: true}) }

// Read is a lease of the best route but those that have failed this read already; the leader is never
// among those. It waits as long as all are taken; the error is ctx's.
func (p *Pool) Read(ctx context.Context, skip ...*Route) (*Lease, error) {
	return p.lease(ctx, &wait{skip: skip})
}

func (p *Pool) lease(ctx context.Context, w *wait) (*Lease, error) {
	p.mu.Lock()
	p.probeDue(ctx)
	if l := p.give(w); l != nil {
		p.mu.Unlock()
		return l, nil
	}
	w.given = make(chan *Lease, 1)
	p.waits = append(p.waits, w)
	p.mu.Unlock()
	select {
	case l := <-w.given:
		return l, nil
	case <-ctx.Done():
		p.giveUp(w)
		return nil, ctx.Err()
	}
}

// giveUp ends a wait. A lease that came at the same moment goes to the next.
func (p *Pool) giveUp(w *wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits = slices.DeleteFunc(p.waits, func(x *wait) bool { return x == w })
	select {
	case l := <-w.given:
		p.free(l)
		p.serve()
	default:
	}
}

// give takes a route for w; nil when none is free.
func (p *Pool) give(w *wait) *Lease {
	r := p.choose(w)
	if r == nil {
		return nil
	}
	l := &Lease{Route: r, pool: p, read: !w.leader, epoch: r.epoch}
	r.inUse++
	if l.read && r.Index == 0 {
		r.spilled++
	}
	return l
}

// free ends a lease's hold on its route.
func (p *Pool) free(l *Lease) {
	l.inUse--
	if l.read && l.Index == 0 {
		l.spilled--
	}
}

// serve gives free routes to those that wait, the first that can be helped first.
func (p *Pool) serve() {
	p.waits = slices.DeleteFunc(p.waits, func(w *wait) bool {
		l := p.give(w)
		if l != nil {
			w.given <- l
		}
		return l != nil
	})
}

// choose is the route for w. Where none that has a share is free, reads go to the leader.
func (p *Pool) choose(w *wait) *Route {
	leader := p.routes[0]
	if w.leader {
		if leader.inUse < leader.Limit {
			return leader
		}
		return nil
	}
	var best *Route
	for _, r := range p.routes {
		if r.Weight > 0 && p.open(r) && !slices.Contains(w.skip, r) && (best == nil || p.before(r, best)) {
			best = r
		}
	}
	switch {
	case best != nil:
		turn := max(best.turn, p.turn)
		p.turn, best.turn = turn, turn+stride/int64(best.Weight)
		return best
	case p.open(leader):
		return leader
	}
	return nil
}

// open reports whether a route takes one more read.
func (p *Pool) open(r *Route) bool {
	switch {
	case r.inUse >= r.Limit:
		return false
	case r.Index == 0:
		return r.spilled < p.o.Spill
	}
	return r.phase == Serving || r.phase == Trial && r.inUse == 0
}

// stride is a turn of weight 1; weights are small beside it.
const stride = 1 << 20

// before reports whether a read should rather take r than q: r has less load for its weight. Equally
// loaded routes take turns by their weights, and one that was away does not make up for what it missed.
func (p *Pool) before(r, q *Route) bool {
	a, b := r.inUse*q.Weight, q.inUse*r.Weight
	if a != b {
		return a < b
	}
	return max(r.turn, p.turn) < max(q.turn, p.turn)
}

// Result is how a call went.
type Result struct {
	// FirstRow is how long a read's first row took, or its end where it had none; 0 where it is not known,
	// as of a read that its caller gave up.
	FirstRow time.Duration
	// Failed is what the route did wrong; nil for nothing. A refusal of the call itself is nothing.
	Failed error
}

// Done ends the lease and judges its route. Later calls do nothing.
func (l *Lease) Done(ctx context.Context, res Result) {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.done {
		return
	}
	l.done = true
	p.free(l)
	p.judge(ctx, l, res)
	p.serve()
}

// Blame judges a route for a read whose lease has ended, when it turns out that another route answers it.
func (l *Lease) Blame(ctx context.Context, err error) {
	p := l.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judge(ctx, l, Result{Failed: err})
	p.serve()
}
