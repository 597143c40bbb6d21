package route

import (
	"context"
	"time"
)

// Phase is what a route does.
type Phase string

// The phases of a replica; the leader always serves.
const (
	Serving Phase = "SERVING"
	// Resting takes no reads; a probe is sent when its rest is over.
	Resting Phase = "RESTING"
	// Trial takes one read at a time.
	Trial Phase = "TRIAL"
)

// health is how a route is doing.
type health struct {
	phase   Phase
	why     string
	since   time.Time
	epoch   int       // changes with the phase: a lease of an earlier one says nothing about this one
	heard   time.Time // of the last answer
	until   time.Time // of a rest
	rest    time.Duration
	probing bool

	failures int           // in a row
	slow     int           // slow reads less others, not below 0; in a trial the slow ones
	trial    int           // reads of the trial that were answered
	average  time.Duration // of first rows, moving
	samples  int           // in average, up to enough

	reads, failed, ejections int64
	lastError                string
}

const (
	// enough first rows make an average that others are measured by.
	enough = 20
	// inertia of the average: each first row counts an eighth.
	inertia = 8
)

// judge takes the result of a read into the health of its route.
func (p *Pool) judge(ctx context.Context, l *Lease, res Result) {
	r := l.Route
	if res.Failed != nil {
		r.failed++
		r.lastError = res.Failed.Error()
	} else if res.FirstRow > 0 {
		r.reads++
	}
	switch {
	case r.Index == 0:
		if l.read && res.Failed == nil && res.FirstRow > 0 {
			r.heard = time.Now()
			r.took(res.FirstRow)
		}
	case l.epoch != r.epoch:
	case res.Failed != nil:
		p.failing(ctx, r)
	case res.FirstRow > 0:
		r.heard, r.failures = time.Now(), 0
		slow := p.isSlow(r, res.FirstRow)
		r.took(res.FirstRow)
		if r.phase == Trial {
			p.tried(ctx, r, slow)
		} else {
			p.serving(ctx, r, slow)
		}
	}
}

func (p *Pool) failing(ctx context.Context, r *Route) {
	r.failures++
	if r.phase == Trial || r.failures >= p.o.Failures {
		p.eject(ctx, r, "failures")
	}
}

func (p *Pool) serving(ctx context.Context, r *Route, slow bool) {
	if !slow {
		r.slow = max(0, r.slow-1)
		return
	}
	if r.slow++; r.slow >= p.o.SlowReads {
		p.eject(ctx, r, "slow")
	}
}

// tried ends a trial: the route is taken back unless most of its reads were slow.
func (p *Pool) tried(ctx context.Context, r *Route, slow bool) {
	r.trial++
	if slow {
		r.slow++
	}
	switch {
	case r.trial < p.o.TrialReads:
	case 2*r.slow > r.trial:
		p.eject(ctx, r, "slow")
	default:
		r.rest = 0
		p.enter(ctx, r, Serving, "")
	}
}

// isSlow judges a first row by the fastest other route.
func (p *Pool) isSlow(r *Route, firstRow time.Duration) bool {
	limit := p.o.SlowLimit
	for _, q := range p.routes {
		if q != r && q.phase == Serving && q.samples >= enough {
			limit = min(limit, max(p.o.SlowFloor, time.Duration(p.o.SlowFactor)*q.average))
		}
	}
	return firstRow > limit
}

func (h *health) took(d time.Duration) {
	if h.samples == 0 {
		h.average = d
	} else {
		h.average += (d - h.average) / inertia
	}
	h.samples = min(h.samples+1, enough)
}

// eject takes a route out until it has rested.
func (p *Pool) eject(ctx context.Context, r *Route, why string) {
	r.ejections++
	r.rest = min(max(2*r.rest, p.o.Rest), p.o.MaxRest)
	r.until = time.Now().Add(r.rest)
	p.enter(ctx, r, Resting, why)
}

// enter begins a phase, with nothing held against the route. Its average goes on only while it serves.
func (p *Pool) enter(ctx context.Context, r *Route, to Phase, why string) {
	r.phase, r.why, r.since = to, why, time.Now()
	r.epoch++
	r.failures, r.slow, r.trial = 0, 0, 0
	if to != Serving {
		r.average, r.samples = 0, 0
	}
	p.o.Changed(ctx, r, to, why)
}

// probeDue starts the probes that are due. They outlive the call that starts them.
func (p *Pool) probeDue(ctx context.Context) {
	now := time.Now()
	for _, r := range p.routes[1:] {
		if p.closed || r.probing || !p.due(r, now) {
			continue
		}
		r.probing = true
		epoch := r.epoch
		p.probes.Go(func() { p.probe(context.WithoutCancel(ctx), r, epoch) })
	}
}

func (p *Pool) due(r *Route, now time.Time) bool {
	switch r.phase {
	case Resting:
		return !now.Before(r.until)
	case Serving:
		return now.Sub(r.heard) >= p.o.ProbeEvery
	}
	return false
}

// probe asks for a sign of life. What it says counts where the route is still in the phase that it was asked in.
func (p *Pool) probe(ctx context.Context, r *Route, epoch int) {
	probe, cancel := context.WithTimeout(ctx, p.o.ProbeTimeout)
	defer cancel()
	err := p.o.Probe(probe, r)
	p.mu.Lock()
	defer p.mu.Unlock()
	r.probing = false
	switch now := time.Now(); {
	case r.epoch != epoch:
	case err == nil && r.phase == Resting:
		r.heard = now
		p.enter(ctx, r, Trial, r.why)
	case err == nil:
		r.heard = now
	case r.phase == Resting:
		r.lastError = err.Error()
		r.rest = min(2*r.rest, p.o.MaxRest)
		r.until = now.Add(r.rest)
	default:
		r.heard, r.lastError = now, err.Error() // it was heard of: the next probe has time
		p.failing(ctx, r)
	}
	p.serve()
}
