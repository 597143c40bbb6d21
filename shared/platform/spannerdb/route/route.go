// Package route chooses the route of each call to a database: the leader, which takes strong reads and
// writes, or one of the replicas that may serve a read at a timestamp. Each route has a limit of calls
// at a time; the least loaded one by its weight is taken; one that fails or is slow is left out, probed,
// tried and taken back. It sends nothing itself and knows no Spanner.
//
// Nothing runs beside calls: an instance that nobody calls has no processor to probe with, so each call
// starts what is due.
package route

import (
	"context"
	"sync"
	"time"
)

// Config is a route.
type Config struct {
	Name   string
	Weight int // its share of reads beside the others'; 0: only where nothing else can take one
	Limit  int // calls at a time, positive
}

// Options are how routes are judged. What is zero is Default's.
type Options struct {
	// Spill is how many of the leader's calls may be reads that could have gone elsewhere: the rest is
	// for strong reads and writes, which never wait for a report.
	Spill int
	// Failures in a row take a route out.
	Failures int
	// A read is slow when its first row takes longer than SlowLimit, or more than SlowFactor times what
	// reads of the fastest other route take on average, and at least SlowFloor. Slow reads count up,
	// others count down to 0; SlowReads take a route out. Of reads of one mix, whatever their sizes, at
	// most one in SlowFactor takes so long (Markov), so a route that is as fast as another stays.
	SlowFactor           int
	SlowFloor, SlowLimit time.Duration
	SlowReads            int
	// Rest is how long a route is left alone before it is probed, and twice as long each time that it is
	// taken out again before it served, up to MaxRest.
	Rest, MaxRest time.Duration
	// TrialReads are given to a route one at a time after a good probe, before it serves again.
	TrialReads int
	// ProbeEvery is how long a serving route may be unheard of before a call has it probed.
	ProbeEvery   time.Duration
	ProbeTimeout time.Duration
	// Probe asks a replica for a sign of life. Required where there are replicas.
	Probe func(context.Context, *Route) error
	// Changed hears of every change of a replica's phase. It must not call the pool.
	Changed func(ctx context.Context, r *Route, to Phase, why string)
}

// Default is how routes are judged. Five failures are the owner's number for a breaker, 60 s its rest.
var Default = Options{
	Spill: 50, Failures: 5, SlowFactor: 4, SlowFloor: 50 * time.Millisecond, SlowLimit: time.Second, SlowReads: 10,
	Rest: 5 * time.Second, MaxRest: 60 * time.Second, TrialReads: 5, ProbeEvery: 10 * time.Second, ProbeTimeout: 2 * time.Second,
	Probe: func(context.Context, *Route) error { return nil }, Changed: func(context.Context, *Route, Phase, string) {},
}

func (o *Options) fill() {
	d := Default
	orInt(&o.Spill, d.Spill)
	orInt(&o.Failures, d.Failures)
	orInt(&o.SlowFactor, d.SlowFactor)
	orInt(&o.SlowReads, d.SlowReads)
	orInt(&o.TrialReads, d.TrialReads)
	orInt(&o.SlowFloor, d.SlowFloor)
	orInt(&o.SlowLimit, d.SlowLimit)
	orInt(&o.Rest, d.Rest)
	orInt(&o.MaxRest, d.MaxRest)
	orInt(&o.ProbeEvery, d.ProbeEvery)
	orInt(&o.ProbeTimeout, d.ProbeTimeout)
	if o.Probe == nil {
		o.Probe = d.Probe
	}
	if o.Changed == nil {
		o.Changed = d.Changed
	}
}

func orInt[T int | time.Duration](v *T, otherwise T) {
	if *v == 0 {
		*v = otherwise
	}
}

// Route is one way to the database.
type Route struct {
	Config
	// Index is its place: 0 is the leader, then the replicas as they were given.
	Index int

	// All below is guarded by the pool.
	inUse   int
	spilled int   // of inUse: reads that could have gone elsewhere; the leader's alone
	turn    int64 // of equally loaded routes the one with the least turn is taken; see before
	health
}

// Pool is the routes to one database. It is safe for concurrent use.
type Pool struct {
	o      Options
	mu     sync.Mutex
	routes []*Route // the leader first
	waits  []*wait  // in the order of their coming
	turn   int64    // of the last route that was taken
	probes sync.WaitGroup
	closed bool
}

// New makes the routes of a leader and its replicas, all serving.
func New(leader Config, replicas []Config, o Options) *Pool {
	o.fill()
	p := &Pool{o: o}
	now := time.Now()
	for i, c := range append([]Config{leader}, replicas...) {
		p.routes = append(p.routes, &Route{Config: c, Index: i, health: health{phase: Serving, since: now, heard: now}})
	}
	return p
}

// Close starts no more probes and waits for those that run, ProbeTimeout at most.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.probes.Wait()
}

// Replicas reports whether there are any.
func (p *Pool) Replicas() bool { return len(p.routes) > 1 }

// State is a route as an operator sees it.
type State struct {
	Config
	Leader     bool
	Phase      Phase
	Why        string    // of a route that was taken out
	Since      time.Time // of the phase
	InUse      int
	Waiting    int           // calls that wait for any route, told at the leader
	FirstRow   time.Duration // of reads along the route: a moving average; 0 before the first
	Reads      int64         // that were answered
	Failed     int64         // reads that failed and were repeated elsewhere
	Ejections  int64
	LastError  string
	NextProbe  time.Time // of a route that rests
	LastAnswer time.Time
}

// States are the routes, the leader first.
func (p *Pool) States() []State {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]State, len(p.routes))
	for i, r := range p.routes {
		out[i] = State{
			Config: r.Config, Leader: i == 0, Phase: r.phase, Why: r.why, Since: r.since, InUse: r.inUse, FirstRow: r.average,
			Reads: r.reads, Failed: r.failed, Ejections: r.ejections, LastError: r.lastError, LastAnswer: r.heard,
		}
		if r.phase == Resting {
			out[i].NextProbe = r.until
		}
	}
	out[0].Waiting = len(p.waits)
	return out
}
