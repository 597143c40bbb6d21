package rpc

import (
	"context"
	"sync"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Always makes a rule act on every call from its first one on.
const Always = int(^uint(0) >> 1)

// Faults breaks calls by rules:
//
//	faults.On("Commit").Lose(codes.Unavailable)           // the next one: applied, the answer lost
//	faults.On("Commit").Times(3).Fail(codes.Aborted)      // the next three: never sent
//	faults.On("StreamingRead").Nth(2).Delay(time.Second)  // the one after the next
//	held := faults.On("Commit").Hold()                    // stands until held.Release()
//
// Its zero value breaks nothing; it is safe for concurrent use. Of several rules that match a
// call all count it, and all are applied in the order of their making, up to the first that fails
// or loses it.
type Faults struct {
	mu    sync.Mutex
	rules []*Rule
}

// Rule says which calls it acts on, and what it does to them. It acts once one of Fail, FailWith,
// Lose, LoseWith, Delay, Hold and HoldReply has been called.
type Rule struct {
	faults *Faults
	method string
	when   func(req any) bool
	nth    int
	times  int

	seen   int // calls that matched; guarded by faults.mu
	hits   int // calls that it acted on; guarded by faults.mu
	before func(context.Context) error
	fail   error
	lose   error
	after  func(context.Context) error
}

// On is a rule for the calls of a method, "Commit"; "" for all. Unless Nth or Times say otherwise
// it acts on the first call from now on, and on that alone.
func (f *Faults) On(method string) *Rule {
	return &Rule{faults: f, method: method, nth: 1, times: 1}
}

// When narrows the rule to requests that ok accepts: req is the call's protobuf message.
func (r *Rule) When(ok func(req any) bool) *Rule { r.when = ok; return r }

// Nth is the first matching call that the rule acts on; 1 is the next one.
func (r *Rule) Nth(n int) *Rule { r.nth = n; return r }

// Times is the number of calls that it acts on from there.
func (r *Rule) Times(n int) *Rule { r.times = n; return r }

// Fail answers the call with a code, without sending it.
func (r *Rule) Fail(c codes.Code) *Rule { return r.FailWith(status.Error(c, "refused by the test")) }

// FailWith is Fail with an error of the caller's own: a status with details, for one.
func (r *Rule) FailWith(err error) *Rule { r.fail = err; return r.add() }

// Lose sends the call, waits for its answer, and answers with a code instead of it. When the call
// itself failed, its own error stays.
func (r *Rule) Lose(c codes.Code) *Rule {
	return r.LoseWith(status.Error(c, "answer lost by the test"))
}

// LoseWith is Lose with an error of the caller's own.
func (r *Rule) LoseWith(err error) *Rule { r.lose = err; return r.add() }

// Delay sends the call after d, or ends with the call's context.
func (r *Rule) Delay(d time.Duration) *Rule {
	r.before = func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		}
	}
	return r.add()
}

// Hold keeps the call from being sent until it is released.
func (r *Rule) Hold() *Held {
	h := newHeld()
	r.before = h.wait
	r.add()
	return h
}

// HoldReply sends the call and keeps its answer back until it is released.
func (r *Rule) HoldReply() *Held {
	h := newHeld()
	r.after = h.wait
	r.add()
	return h
}

// Hits is the number of calls that the rule has acted on.
func (r *Rule) Hits() int {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	return r.hits
}

func (r *Rule) add() *Rule {
	r.faults.mu.Lock()
	defer r.faults.mu.Unlock()
	r.faults.rules = append(r.faults.rules, r)
	return r
}

// Held is a call that stands still, or will.
type Held struct {
	reached  chan struct{}
	released chan struct{}
	arrive   func()
	release  func()
}

func newHeld() *Held {
	h := &Held{reached: make(chan struct{}), released: make(chan struct{})}
	h.arrive = sync.OnceFunc(func() { close(h.reached) })
	h.release = sync.OnceFunc(func() { close(h.released) })
	return h
}

// Reached is closed when the first call of the rule stands still.
func (h *Held) Reached() <-chan struct{} { return h.reached }

// Release lets go of all calls of the rule, now and later.
func (h *Held) Release() { h.release() }

func (h *Held) wait(ctx context.Context) error {
	h.arrive()
	select {
	case <-h.released:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

// Clear drops all rules.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// Options attach the faults to a client that is about to be opened.
func (f *Faults) Options() []option.ClientOption {
	return interceptors(
		func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			p := f.plan(method, req)
			if err := p.enter(ctx); err != nil {
				return err
			}
			return p.leave(ctx, invoke(ctx, method, req, reply, cc, opts...))
		}, f.stream)
}

// plan is what the rules want done to one call.
type plan []*Rule

func (f *Faults) plan(method string, req any) plan {
	f.mu.Lock()
	defer f.mu.Unlock()
	var p plan
	decided := false
	for _, r := range f.rules {
		if r.method != "" && r.method != short(method) || r.when != nil && !r.when(req) {
			continue
		}
		r.seen++
		if decided || r.seen < r.nth || r.seen-r.nth >= r.times {
			continue
		}
		r.hits++
		p = append(p, r)
		decided = r.fail != nil || r.lose != nil
	}
	return p
}

// enter does what comes before the sending; with an error the call is not sent.
func (p plan) enter(ctx context.Context) error {
	for _, r := range p {
		if r.before != nil {
			if err := r.before(ctx); err != nil {
				return err
			}
		}
		if r.fail != nil {
			return r.fail
		}
	}
	return nil
}

// leave does what comes after the answer and gives the answer's error.
func (p plan) leave(ctx context.Context, err error) error {
	for _, r := range p {
		if r.after != nil {
			if waitErr := r.after(ctx); waitErr != nil {
				return waitErr
			}
		}
		if r.lose != nil && err == nil {
			err = r.lose
		}
	}
	return err
}
