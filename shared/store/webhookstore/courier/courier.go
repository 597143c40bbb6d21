// Package courier sends what webhookstore has due: it claims deliveries endpoint by endpoint, signs and
// sends them, and has it written down what came of each. One endpoint that is slow or fails takes its
// own share of the sending and no other's.
//
// Sending is at least once: a process that ends between an answer and its commit leaves a lease that
// runs out, and the message is sent again with the same id.
package courier

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/webhookstore"
)

const (
	maxSends    = 64 // messages under way in one instance: connections and buffers, little of either
	perEndpoint = 4  // of them to one endpoint, which may be a small machine
	maxLanes    = 32 // endpoints that one call is at: so many slow ones it takes to hold up another
	claimed     = 25 // deliveries that an endpoint's lane takes at a time: what is sent again when a process ends

	// settleTime is kept at the end of a call to write down answers, with room for a transaction that is
	// repeated.
	settleTime = 1500 * time.Millisecond
	// shortSend is what a message must have of time at least, or it is not begun: nearly all receivers answer
	// in less. One that is cut off by the end of the call counts as not sent.
	shortSend = 2 * time.Second
)

// Courier sends. It is safe for concurrent use; an instance has one, so that its limits hold.
type Courier struct {
	store  *webhookstore.Store
	send   func(ctx context.Context, url string, h http.Header, body []byte) webhook.Answer
	render Render
	sends  chan struct{}
	settle time.Duration // settleTime
	short  time.Duration // shortSend

	mu    sync.Mutex
	limit map[webhookstore.Target]*share
}

// Render is the id and the body of an event's message: eventapi.ID and eventapi.JSON.
type Render func(eventlog.Stored) (id string, body []byte, err error)

// New is a courier.
func New(s *webhookstore.Store, send func(ctx context.Context, url string, h http.Header, body []byte) webhook.Answer, r Render) *Courier {
	return &Courier{
		store: s, send: send, render: r, sends: make(chan struct{}, maxSends), settle: settleTime, short: shortSend,
		limit: map[webhookstore.Target]*share{},
	}
}

// Deliver sends what is due in a shard to the endpoints, as far as ctx, which has a deadline, gives time.
func (c *Courier) Deliver(ctx context.Context, shard int64, to []webhookstore.Target) (err error) {
	defer fault.Wrap(&err, "courier.Deliver(%d)", shard)
	var lanes errgroup.Group // without its context: one endpoint's failure ends no other's messages
	lanes.SetLimit(maxLanes)
	var faults faults
	for _, t := range to {
		lanes.Go(func() error {
			faults.add(c.lane(ctx, shard, t))
			return nil
		})
	}
	_ = lanes.Wait()
	return faults.join()
}

// Sweep sends what is due in all shards, as far as ctx gives time.
func (c *Courier) Sweep(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "courier.Sweep")
	const atOnce = 4
	var g errgroup.Group
	g.SetLimit(atOnce)
	var faults faults
	for shard := range int64(tenant.Shards) {
		g.Go(func() error {
			faults.add(c.sweep(ctx, shard))
			return nil
		})
	}
	_ = g.Wait()
	return faults.join()
}

func (c *Courier) sweep(ctx context.Context, shard int64) error {
	var at webhookstore.Target
	for {
		if !c.enough(ctx) {
			return nil // the next sweep goes on
		}
		found, next, err := c.store.DueTargets(ctx, shard, at)
		if err == nil {
			err = c.Deliver(ctx, shard, found)
		}
		if err != nil || next == (webhookstore.Target{}) {
			return err
		}
		at = next
	}
}

// enough reports whether there is time for another message.
func (c *Courier) enough(ctx context.Context) bool {
	at, bounded := ctx.Deadline()
	return ctx.Err() == nil && (!bounded || time.Until(at) > c.settle+c.short)
}

// faults gathers errors from several goroutines.
type faults struct {
	mu  sync.Mutex
	all []error
}

func (f *faults) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.all = append(f.all, err)
	}
}

func (f *faults) join() error { return errors.Join(f.all...) }

// share is an endpoint's part of the sending in this instance, in all shards together.
type share struct {
	slots chan struct{}
	users int
}

// enter waits for a place among the endpoint's messages and then for one among all; false when ctx ends
// before.
func (c *Courier) enter(ctx context.Context, t webhookstore.Target) (leave func(), ok bool) {
	c.mu.Lock()
	s := c.limit[t]
	if s == nil {
		s = &share{slots: make(chan struct{}, perEndpoint)}
		c.limit[t] = s
	}
	s.users++
	c.mu.Unlock()
	forget := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if s.users--; s.users == 0 {
			delete(c.limit, t)
		}
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		forget()
		return nil, false
	}
	select {
	case c.sends <- struct{}{}:
	case <-ctx.Done():
		<-s.slots
		forget()
		return nil, false
	}
	return func() {
		<-c.sends
		<-s.slots
		forget()
	}, true
}
