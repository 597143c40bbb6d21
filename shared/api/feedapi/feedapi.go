// Package feedapi makes functions of the consumers of the feed: a nudge drains its shard, the
// scheduler's sweep all of them.
package feedapi

import (
	"context"
	"net/http"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/lazy"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/store/feed"
)

// Drainer takes what the feed has: feed.Runner is one.
type Drainer interface {
	Drain(ctx context.Context, shard int64, at time.Time) error
	Sweep(ctx context.Context) error
}

// maxAhead is how far ahead of the clock a nudge's commit may be: what clocks differ by.
const maxAhead = time.Second

// New makes the function of a consumer, on the backend that source gives, opened on first use.
func New(name string, source api.Source, consumer func(*api.Backend) (feed.Consumer, error)) http.Handler {
	return NewDrainer(name, api.Events(priority.Feed), source, func(b *api.Backend) (Drainer, error) {
		c, err := consumer(b)
		if err != nil {
			return nil, err
		}
		return feed.New(b.DB, c, b.Now), nil
	})
}

// NewDrainer is New for what is more than one consumer, or is of another service than events: terms are
// the service's.
func NewDrainer(name string, terms api.Terms, source api.Source, build func(*api.Backend) (Drainer, error)) http.Handler {
	drainer := lazy.New(func(ctx context.Context) (Drainer, error) {
		b, err := source(ctx)
		if err != nil {
			return nil, err
		}
		return build(b)
	})
	return pushfn.New(name, pushfn.Options{
		Timeout: terms.Timeout,
		Guard:   terms.Guard(name),
		Push: func(ctx context.Context, m pushfn.Message) error {
			shard, at, err := feed.ParseNudge(m.Attributes)
			if err != nil {
				return err
			}
			d, err := drainer.Get(ctx)
			if err != nil {
				return err
			}
			// A time far ahead would make the read wait for it.
			if ahead := time.Now().Add(maxAhead); at.After(ahead) {
				at = ahead
			}
			return d.Drain(ctx, shard, at)
		},
		Sweep: func(ctx context.Context) error {
			d, err := drainer.Get(ctx)
			if err != nil {
				return err
			}
			return d.Sweep(ctx)
		},
	})
}
