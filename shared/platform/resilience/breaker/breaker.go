// Package breaker stops calls to a dependency that fails: after some failures in a row it answers by
// itself, at once, and after a while lets single calls through to see whether the dependency is back.
//
// A breaker is one dependency's and one kind of call's. What counts as a failure of the dependency,
// and what is its answer, says Judge.
package breaker

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"innkeep.internal/shared/core/fault"
)

// ErrOpen means that the dependency failed so often that it is not asked at present. Nothing has
// happened.
var ErrOpen = fault.New(fault.Unavailable, "dependency_unavailable", "a part that this needs does not answer at the moment")

// Mode is what a Breaker does with calls.
type Mode uint8

// The modes.
const (
	Closed   Mode = iota // lets them through
	Open                 // refuses them
	HalfOpen             // lets one at a time through, to see
)

// String is the mode's name.
func (m Mode) String() string { return [...]string{"closed", "open", "half_open"}[m] }

// Verdict is what a call says of the dependency.
type Verdict uint8

// The verdicts.
const (
	Alive  Verdict = iota // it answered, be it with a refusal
	Failed                // it did not
	Silent                // nothing is known: the caller went away
)

// Options of a Breaker.
type Options struct {
	Name     string        // dependency and kind of call, in metrics, the log and State
	Failures int           // in a row, after which it opens; at least 1
	Reset    time.Duration // how long it stays open
	// Patience is how long the dependency must have had for a time-out to count as its failure: a caller
	// who brings little time says nothing of it. 1 s when zero.
	Patience time.Duration
}

// Breaker is safe for concurrent use.
type Breaker struct {
	options Options

	mu         sync.Mutex
	mode       Mode
	failures   int       // in a row, while closed
	probing    bool      // while half-open: a call is through
	since      time.Time // of the mode
	generation uint64    // of the mode: what a call of an earlier one says comes too late
	counts     Counts
}

// Counts is what has happened since the Breaker was made.
type Counts struct {
	Alive, Failed, Silent uint64
	Refused               uint64 // calls that were not made
	Opened                uint64 // times
}

// New makes a closed Breaker. It panics on options that are out of their range.
func New(o Options) *Breaker {
	if o.Patience == 0 {
		o.Patience = time.Second
	}
	if o.Failures < 1 || o.Reset <= 0 || o.Patience < 0 {
		panic(fmt.Sprintf("breaker: options out of range: %+v", o))
	}
	return &Breaker{options: o, since: time.Now()}
}

// Ticket is a call that was let through.
type Ticket struct {
	generation uint64
	began      time.Time
}

// Allow lets a call through, or is ErrOpen. A ticket is given back with Done, once, whatever happens.
// While the Breaker is closed it allocates nothing.
func (b *Breaker) Allow(ctx context.Context) (Ticket, error) {
	now := time.Now()
	b.mu.Lock()
	if b.mode == Closed {
		t := Ticket{b.generation, now}
		b.mu.Unlock()
		return t, nil
	}
	changed := b.mode == Open && now.Sub(b.since) >= b.options.Reset
	if changed {
		b.turn(HalfOpen, now)
	}
	if b.mode == HalfOpen && !b.probing {
		b.probing = true
		t := Ticket{b.generation, now}
		b.mu.Unlock()
		if changed {
			b.tell(ctx, Open, HalfOpen, nil)
		}
		return t, nil
	}
	b.counts.Refused++
	wait := max(time.Second, b.options.Reset-now.Sub(b.since))
	if b.mode == HalfOpen {
		wait = time.Second
	}
	b.mu.Unlock()
	refused(ctx, b.options.Name)
	seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
	return Ticket{}, ErrOpen.With("retryAfterSeconds", seconds)
}

// Done says how a call ended. err is for the log alone.
func (b *Breaker) Done(ctx context.Context, t Ticket, v Verdict, err error) {
	b.mu.Lock()
	b.note(v)
	if t.generation != b.generation {
		b.mu.Unlock()
		return
	}
	from := b.mode
	switch {
	case from == HalfOpen && v == Silent:
		b.probing = false
	case from == HalfOpen && v == Alive:
		b.turn(Closed, time.Now())
	case from == HalfOpen:
		b.turn(Open, time.Now())
	case v == Alive:
		b.failures = 0
	case v == Failed:
		if b.failures++; b.failures >= b.options.Failures {
			b.turn(Open, time.Now())
		}
	}
	to := b.mode
	b.mu.Unlock()
	if from != to {
		b.tell(ctx, from, to, err)
	}
}

func (b *Breaker) note(v Verdict) {
	switch v {
	case Alive:
		b.counts.Alive++
	case Failed:
		b.counts.Failed++
	default:
		b.counts.Silent++
	}
}

func (b *Breaker) turn(to Mode, now time.Time) {
	b.mode, b.since, b.failures, b.probing = to, now, 0, false
	b.generation++
	if to == Open {
		b.counts.Opened++
	}
}

// tell logs and counts a change.
func (b *Breaker) tell(ctx context.Context, from, to Mode, err error) {
	level := slog.LevelInfo
	if to == Open {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("breaker", b.options.Name), slog.String("from", from.String()), slog.String("to", to.String())}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	slog.LogAttrs(ctx, level, "breaker "+to.String(), attrs...)
	turned(ctx, b.options.Name, to)
}

// Do makes a call through the Breaker: ErrOpen, or what call returns, judged by Judge. A panic of call
// says nothing of the dependency.
func (b *Breaker) Do(ctx context.Context, call func(context.Context) error) (err error) {
	t, err := b.Allow(ctx)
	if err != nil {
		return err
	}
	verdict := Silent
	defer func() { b.Done(ctx, t, verdict, err) }()
	err = call(ctx)
	verdict = b.Judge(ctx, t, err)
	return err
}

// State is what a Breaker is at.
type State struct {
	Options
	Counts
	Mode  Mode
	Since time.Time // of the mode
	InRow int       // failures in a row, while closed
}

// State is the present one.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return State{Options: b.options, Counts: b.counts, Mode: b.mode, Since: b.since, InRow: b.failures}
}
