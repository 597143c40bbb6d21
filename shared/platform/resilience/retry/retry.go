// Package retry makes calls again that may pass the next time: a few, with pauses of full jitter, within
// the caller's deadline, and no more than a tenth as many as there are calls, so that a dependency in
// trouble is not given more to do by those who want it to get well.
//
// One layer retries: who calls with a Retrier calls what does not. The same state machine stands behind
// Do and behind gax, which has no limit of attempts itself.
package retry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
)

// Options of a Retrier.
type Options struct {
	Name     string        // the dependency, in metrics
	Attempts int           // in all, 3 to 5
	First    time.Duration // the longest pause after the first attempt; it doubles
	Most     time.Duration // the longest pause
	Within   time.Duration // from the first attempt to the last at most, 10 to 30 s; less where ctx ends sooner
	// Passes says whether an error may pass; Passing when nil.
	Passes func(error) bool
}

// The budget, in tenths of a retry: each call pays one, each retry costs ten. A dependency that was
// well may be tried a few times again before the tenth holds.
const (
	callPays   = 1
	retryCosts = 10
	budgetMost = 10 * retryCosts
)

// Retrier is one dependency's. It is safe for concurrent use.
type Retrier struct {
	options Options
	mu      sync.Mutex
	budget  int
}

// New makes a Retrier. It panics on options out of their range.
func New(o Options) *Retrier {
	if o.Passes == nil {
		o.Passes = Passing
	}
	if o.Attempts < 1 || o.Attempts > 5 || o.First <= 0 || o.Most < o.First || o.Within <= 0 || o.Within > 30*time.Second {
		panic(fmt.Sprintf("retry: options out of range: %+v", o))
	}
	return &Retrier{options: o, budget: budgetMost}
}

// Passing says that an error may pass by itself: the dependency was away, busy, or ended an attempt
// that another one beat to it. A time-out may pass as far as there is time left. What may have taken
// effect is among them: a call that is made with a Retrier can be repeated.
func Passing(err error) bool {
	if e := fault.From(err); e != nil {
		return e.Kind == fault.Unavailable || e.Kind == fault.OutcomeUnknown || e.Kind == fault.Limited
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.ResourceExhausted, codes.DeadlineExceeded, codes.Internal, codes.Unknown:
		return true
	}
	return false
}

// Do makes the call until it succeeds, or an attempt is not to be repeated; the error is the last
// attempt's.
func (r *Retrier) Do(ctx context.Context, call func(context.Context) error) error {
	a := r.Begin(ctx)
	for {
		err := call(ctx)
		if err == nil {
			return nil
		}
		pause, again := a.Retry(err)
		if !again {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// Begin is the first attempt of a call. It is a gax.Retryer:
//
//	gax.WithRetry(func() gax.Retryer { return r.Begin(ctx) })
func (r *Retrier) Begin(ctx context.Context) *Attempts {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.budget = min(budgetMost, r.budget+callPays)
	return &Attempts{retrier: r, ctx: ctx, end: time.Now().Add(r.options.Within)}
}

// Attempts are those of one call. Only one goroutine uses them.
type Attempts struct {
	retrier *Retrier
	ctx     context.Context //nolint:containedctx // a gax.Retryer is not given one
	end     time.Time
	failed  int
	last    error
	passes  bool
}

var _ gax.Retryer = (*Attempts)(nil)

// Retry judges the error of an attempt, and says after which pause there is another one.
func (a *Attempts) Retry(err error) (pause time.Duration, again bool) {
	o := a.retrier.options
	a.failed++
	a.note(err)
	outcome := ""
	switch {
	case !a.passes, a.ctx.Err() != nil:
		return 0, false
	case a.failed >= o.Attempts:
		outcome = "attempts"
	default:
		pause = jitter(o, a.failed)
		if !a.fits(pause) {
			outcome = "time"
		} else if !a.retrier.pay() {
			outcome = "budget"
		}
	}
	if outcome != "" {
		counted(a.ctx, o.Name, outcome)
		return 0, false
	}
	counted(a.ctx, o.Name, "again")
	return pause, true
}

// note keeps the error that says most: when the deadline ends an attempt, the one before it.
func (a *Attempts) note(err error) {
	a.passes = a.retrier.options.Passes(err)
	if c := status.Code(err); a.last == nil || c != codes.DeadlineExceeded && c != codes.Canceled {
		a.last = err
	}
}

// Last is the error that says most of the attempts; nil when none failed.
func (a *Attempts) Last() error { return a.last }

// Passes says whether the last error was one that may pass.
func (a *Attempts) Passes() bool { return a.passes }

// fits says whether a pause ends in time for an attempt.
func (a *Attempts) fits(pause time.Duration) bool {
	then := time.Now().Add(pause)
	end, ok := a.ctx.Deadline()
	return then.Before(a.end) && (!ok || then.Before(end))
}

// jitter is a pause of up to First, doubled with each attempt that failed.
func jitter(o Options, failed int) time.Duration {
	most := min(o.Most, o.First<<(failed-1))
	return rand.N(most) + 1 //nolint:gosec // G404: a pause is no secret
}

// pay takes a retry out of the budget; false when it is not there.
func (r *Retrier) pay() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.budget < retryCosts {
		return false
	}
	r.budget -= retryCosts
	return true
}
