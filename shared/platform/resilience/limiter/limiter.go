// Package limiter keeps the number of calls of a key, an organisation, under a limit in any window of a
// minute, over all instances together, and leaves room for the more valuable calls.
//
// The window slides by sub-buckets of a second. Instances share it in a Ledger. While a key is far from
// its limit an instance lets calls through on credit, 1 % of the limit, and charges them to the ledger
// soon after; near the limit it leases first, as many as it needs now, and what it does not use of a
// lease lapses. What is exhausted is refused without asking: the ledger only ever fills up meanwhile,
// and what leaves it with time is known here too.
//
// When the ledger does not answer an instance goes on with its share of the limit, says so, and
// charges that when the ledger is back.
//
// It knows no HTTP but the headers that its decisions fill, and no organisation.
package limiter

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/platform/resilience/priority"
)

const (
	shards = 16 // locks over which the keys are spread
	// creditPercent of a limit may be let through before they are charged. 10 instances that have never
	// heard of a key add 10 % at most so; half of the limit is free when credit is given to others.
	creditPercent = 1
	rounds        = 4 // of waiting for a lease that others may use up
)

// Options of a Limiter.
type Options struct {
	Name   string        // in metrics, the log and State
	Window time.Duration // a minute when zero
	Keys   int           // that are kept at most; 10,000 when zero. Which is idle for longest goes first
	// Ledger is what instances share. nil: there is one instance.
	Ledger Ledger
	// Timeout of one round of the ledger, its tries included; 300 ms when zero.
	Timeout time.Duration
	// BurstPercent of a limit, and 20 calls at least, may be let through by an instance in one sub-bucket:
	// so a key that has all of its limit left does not push the others aside. 0: no such bound.
	BurstPercent int
	// Instances are how many share a limit where the ledger does not answer; 4 when zero.
	Instances int
}

// Limiter is safe for concurrent use, and made once a process.
type Limiter struct {
	options Options
	width   time.Duration // of a sub-bucket
	seed    maphash.Seed
	failing atomic.Bool                          // the ledger, at last
	limited [priority.Classes][]metric.AddOption // of its metric
	shards  [shards]shard
}

type shard struct {
	mu      sync.Mutex
	entries map[string]*entry
	counts  Counts
}

// Counts is what has happened since the Limiter was made.
type Counts struct {
	Allowed  uint64
	Alone    uint64 // of these without the ledger
	Limited  [priority.Classes]uint64
	Leases   uint64 // rounds of the ledger that ended well
	Failures uint64 // and those that did not
	Evicted  uint64 // keys
}

// New makes a Limiter. It panics on options below zero.
func New(o Options) *Limiter {
	o.Window = or(o.Window, time.Minute)
	o.Keys = or(o.Keys, 10_000)
	o.Timeout = or(o.Timeout, 300*time.Millisecond)
	o.Instances = or(o.Instances, 4)
	if o.Window < buckets*time.Millisecond || o.Keys < shards || o.Timeout < 0 || o.Instances < 1 || o.BurstPercent < 0 {
		panic(fmt.Sprintf("limiter: options out of range: %+v", o))
	}
	l := &Limiter{options: o, width: o.Window / buckets, seed: maphash.MakeSeed(), limited: limitedBy(o.Name)}
	for i := range l.shards {
		l.shards[i].entries = map[string]*entry{}
	}
	return l
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Allow decides about one call of the class for key, which may make limit calls in a window, at least
// 1. It waits only where the limit is near and a lease is needed, for the Timeout at most, and less
// where ctx ends.
func (l *Limiter) Allow(ctx context.Context, key string, limit int, c priority.Class) Decision {
	c, limit = min(c, priority.Post), max(limit, 1)
	s := &l.shards[maphash.String(l.seed, key)%shards]
	for range rounds {
		s.mu.Lock()
		e := s.entry(l, key)
		d, wait := l.decide(ctx, s, e, limit, c)
		s.mu.Unlock()
		if wait == nil {
			l.note(ctx, d, c)
			return d
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	d := Decision{Limit: limit, Reset: l.width, RetryAfter: l.width, window: l.options.Window} // others were faster
	s.mu.Lock()
	s.counts.Limited[c]++
	s.mu.Unlock()
	l.note(ctx, d, c)
	return d
}

func (l *Limiter) note(ctx context.Context, d Decision, c priority.Class) {
	if !d.Allowed {
		limitedCount.Add(ctx, 1, l.limited[c]...)
	}
}

// entry is that of key; a new one takes the place of an idle one when there are too many.
func (s *shard) entry(l *Limiter, key string) *entry {
	e, ok := s.entries[key]
	if ok {
		return e
	}
	if len(s.entries) >= l.options.Keys/shards {
		s.evict()
	}
	e = &entry{key: key}
	s.entries[key] = e
	return e
}

// evict drops the key that is idle for longest among some: Go's maps begin anywhere.
func (s *shard) evict() {
	const looked = 8
	var oldest *entry
	n := 0
	for _, e := range s.entries {
		if e.flight == nil && (oldest == nil || e.used.Before(oldest.used)) {
			oldest = e
		}
		if n++; n >= looked && oldest != nil {
			break
		}
	}
	if oldest != nil {
		delete(s.entries, oldest.key)
		s.counts.Evicted++
	}
}

// State is what a Limiter is at.
type State struct {
	Name   string
	Window time.Duration
	Shared bool // there is a ledger
	Keys   int
	Counts
}

// State is the present one.
func (l *Limiter) State() State {
	out := State{Name: l.options.Name, Window: l.options.Window, Shared: l.options.Ledger != nil}
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		out.Keys += len(s.entries)
		out.Allowed += s.counts.Allowed
		out.Alone += s.counts.Alone
		out.Leases += s.counts.Leases
		out.Failures += s.counts.Failures
		out.Evicted += s.counts.Evicted
		for c, n := range s.counts.Limited {
			out.Limited[c] += n
		}
		s.mu.Unlock()
	}
	return out
}
