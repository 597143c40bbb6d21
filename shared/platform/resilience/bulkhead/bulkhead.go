// Package bulkhead bounds how many calls work at once, lets a bounded number wait for that, the most
// valuable first, and refuses the rest at once: the cheapest answer while there is too much to do.
//
// It knows no dependency and no HTTP: what is refused is a fault of kind Unavailable that says when to
// come again.
package bulkhead

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/resilience/priority"
)

// ErrShed means that there is more to do than can be done, and that this call was among the least
// valuable, or had waited for too long. Nothing has happened.
var ErrShed = fault.New(fault.Unavailable, "overloaded", "there is more to do than can be done at the moment")

// shed is ErrShed by class, with the seconds after which to come again: who is shed first, last. They
// are made once: to refuse is to cost little.
var shed = func() (errs [priority.Classes]error) {
	for c, seconds := range [priority.Classes]int{10, 5, 2, 1, 1} {
		errs[c] = ErrShed.With("retryAfterSeconds", strconv.Itoa(seconds))
	}
	return errs
}()

// Options of a Bulkhead.
type Options struct {
	Name       string        // in metrics and in State
	Concurrent int           // calls that work at once, at least 1
	Queue      int           // calls that wait at most; 0: none
	Wait       time.Duration // how long one waits at most, above 0 where there is a queue
}

// standing is which part of Wait calls below posts may wait once the queue has not been empty for as
// long as Wait. While there is too much to do for long, a long queue serves nobody more than a short
// one: it makes everybody wait, and is still there when the rush is over.
const standing = 10

// Bulkhead is safe for concurrent use.
//
// A class fills its room of Concurrent alone (priority.Class.Places); the rest stays free for those above.
// Of those who wait the highest class goes first, and inside of a class who came first. When the queue
// is full the lowest class in it gives way to a higher one, its last comer first; nobody gives way to
// his own class.
type Bulkhead struct {
	options Options
	rooms   [priority.Classes]int

	mu      sync.Mutex
	running int
	waiting int
	since   time.Time // when the first of those who wait came; the queue was not empty since then
	lines   [priority.Classes]line
	counts  Counts
	shed    [priority.Classes][]metric.AddOption // of its metric
}

// Counts is what has happened since the Bulkhead was made.
type Counts struct {
	Entered   uint64 // calls that came to work
	Refused   uint64 // shed at the door: the queue was full of calls as valuable
	Displaced uint64 // shed from the queue by a higher class
	TimedOut  uint64 // shed after Wait
	Left      uint64 // gave up by themselves
}

// New makes a Bulkhead. It panics on options that are out of their range.
func New(o Options) *Bulkhead {
	if o.Concurrent < 1 || o.Queue < 0 || o.Queue > 0 && o.Wait <= 0 {
		panic(fmt.Sprintf("bulkhead: options out of range: %+v", o))
	}
	b := &Bulkhead{options: o, shed: shedBy(o.Name)}
	for _, c := range priority.All() {
		b.rooms[c] = c.Places(o.Concurrent)
	}
	return b
}

// Enter waits until the call may work; after a nil error Leave must be called, once. The error is
// ErrShed, also where ctx ended first (its cause is in the chain then). Without a wait it allocates nothing.
func (b *Bulkhead) Enter(ctx context.Context, c priority.Class) error {
	c = min(c, priority.Post)
	b.mu.Lock()
	if b.running < b.rooms[c] { // then nobody of c or above waits
		b.running++
		b.counts.Entered++
		b.mu.Unlock()
		return nil
	}
	w, err := b.queue(c)
	b.mu.Unlock()
	if err != nil {
		shedCount.Add(ctx, 1, b.shed[c]...)
		return err
	}
	return b.wait(ctx, w)
}

// Leave ends the work of a call that has entered.
func (b *Bulkhead) Leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running == 0 {
		panic("bulkhead: Leave without Enter")
	}
	b.running--
	b.admit()
}

// admit lets in who waits, as far as there is room.
func (b *Bulkhead) admit() {
	for _, c := range priority.All() {
		for b.lines[c].first != nil && b.running < b.rooms[c] {
			w := b.lines[c].first
			b.take(w)
			b.running++
			b.counts.Entered++
			w.settle("entered", nil)
		}
	}
}

// queue puts a call of the class into the queue; one of a lower class gives way to it where need be.
func (b *Bulkhead) queue(c priority.Class) (*waiter, error) {
	if b.options.Queue == 0 {
		b.counts.Refused++
		return nil, shed[c]
	}
	if b.waiting >= b.options.Queue {
		low := b.lowest()
		if low >= c {
			b.counts.Refused++
			return nil, shed[c]
		}
		out := b.lines[low].last
		b.take(out)
		b.counts.Displaced++
		out.settle("displaced", shed[low])
	}
	now := time.Now()
	if b.waiting == 0 {
		b.since = now
	}
	w := &waiter{class: c, wait: b.options.Wait, settled: make(chan struct{})}
	if c < priority.Post && now.Sub(b.since) > b.options.Wait {
		w.wait /= standing
	}
	b.lines[c].add(w)
	b.waiting++
	return w, nil
}

// lowest is the lowest class that waits; the queue is not empty.
func (b *Bulkhead) lowest() priority.Class {
	for c := range b.lines {
		if b.lines[c].first != nil {
			return priority.Class(c)
		}
	}
	return priority.Post
}

func (b *Bulkhead) take(w *waiter) {
	b.lines[w.class].remove(w)
	b.waiting--
}

// wait ends with the first of: room, a higher class that needs the place, the time-out, ctx.
func (b *Bulkhead) wait(ctx context.Context, w *waiter) error {
	began := time.Now()
	timer := time.NewTimer(w.wait)
	defer timer.Stop()
	select {
	case <-w.settled:
	case <-timer.C:
		b.giveUp(w, "timed_out", &b.counts.TimedOut, shed[w.class])
	case <-ctx.Done():
		b.giveUp(w, "left", &b.counts.Left, fmt.Errorf("%w: %w", shed[w.class], context.Cause(ctx)))
	}
	waited(ctx, b.options.Name, w.class, w.outcome, time.Since(began))
	if w.err != nil {
		shedCount.Add(ctx, 1, b.shed[w.class]...)
	}
	return w.err
}

// giveUp takes who still waits out of the queue; who was let in meanwhile stays in.
func (b *Bulkhead) giveUp(w *waiter, outcome string, counter *uint64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w.outcome != "" {
		return
	}
	b.take(w)
	*counter++
	w.settle(outcome, err)
}

// Name is that of Options.
func (b *Bulkhead) Name() string { return b.options.Name }

// State is what a Bulkhead is at.
type State struct {
	Options
	Counts
	Running int
	Waiting [priority.Classes]int // by class
}

// State is the present one.
func (b *Bulkhead) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{Options: b.options, Counts: b.counts, Running: b.running}
	for c := range b.lines {
		s.Waiting[c] = b.lines[c].length
	}
	return s
}
