package deliver

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/store/webhookstore/courier"
)

// drainTime is how much of a call's 10 s the feed may take: the rest is for sending. What a long backlog
// leaves of it is for the next call.
const drainTime = 3 * time.Second

// drainer enqueues what the feed has and sends what it has enqueued.
type drainer struct {
	runner  *feed.Runner
	courier *courier.Courier
	shards  [tenant.Shards]shard
}

// shard is whose turn it is to drain a shard, and the endpoints for which that enqueued something.
type shard struct {
	turn  chan struct{} // holds one token
	fresh map[webhookstore.Target]bool
}

func newDrainer(b *api.Backend, client *webhook.Client) *drainer {
	store := webhookstore.New(b.DB, webhookstore.Options{Now: b.Now, Check: client.Check})
	d := &drainer{courier: courier.New(store, client.Send, render)}
	for i := range d.shards {
		d.shards[i] = shard{turn: make(chan struct{}, 1), fresh: map[webhookstore.Target]bool{}}
		d.shards[i].turn <- struct{}{}
	}
	enqueued := func(n int64, t webhookstore.Target) { d.shards[n].fresh[t] = true } // by whose turn it is
	d.runner = feed.New(b.DB, store.Consumer(enqueued), b.Now)
	return d
}

// render is an event as receivers get it.
func render(e eventlog.Stored) (string, []byte, error) {
	body, err := eventapi.JSON(e)
	return eventapi.ID(e.Position()), body, err
}

// Drain enqueues the news of a shard and sends to the endpoints that got some. What it cannot send now
// is the sweep's.
func (d *drainer) Drain(ctx context.Context, shard int64, at time.Time) error {
	to, err := d.enqueue(ctx, shard, at)
	return errors.Join(err, d.courier.Deliver(ctx, shard, to))
}

// Sweep enqueues the news of all shards, and sends what is due in them: what was enqueued just now, by
// processes that have ended since, and what is to be tried again.
func (d *drainer) Sweep(ctx context.Context) error {
	until, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	var faults []error
	for n := range feed.Shards() {
		if _, err := d.enqueue(until, n, time.Time{}); err != nil && !errors.Is(err, feed.ErrBusy) {
			faults = append(faults, err)
		}
	}
	return errors.Join(append(faults, d.courier.Sweep(ctx))...)
}

// enqueue drains a shard, and gives the endpoints for which it has committed something.
func (d *drainer) enqueue(ctx context.Context, n int64, at time.Time) ([]webhookstore.Target, error) {
	if n < 0 || n >= tenant.Shards {
		return nil, feed.ErrShard
	}
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	s := &d.shards[n]
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, errors.Join(feed.ErrBusy, ctx.Err())
	}
	err := d.runner.Drain(ctx, n, at)
	to := slices.Collect(maps.Keys(s.fresh))
	clear(s.fresh)
	return to, err
}
