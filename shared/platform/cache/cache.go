// Package cache remembers results in the memory of one instance.
//
// It owns bounds, age and the rule that a key is loaded once at a time. What may be remembered and
// for how long is the caller's to know; other instances do not hear of Forget.
package cache

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
)

// Options of a Memo. Size and one of TTL and TTLOf are required.
type Options[K comparable, V any] struct {
	Size  int                                // the most entries that are kept
	TTL   time.Duration                      // from loading on
	TTLOf func(key K, value V) time.Duration // overrides TTL; not positive: not kept
	Now   func() time.Time                   // the clock; the machine's when nil
}

// Memo remembers the results of loads by key. It is safe for concurrent use.
type Memo[K comparable, V any] struct{ entries *otter.Cache[K, V] }

// NewMemo makes an empty Memo. It panics without a positive size or without an age.
func NewMemo[K comparable, V any](o Options[K, V]) *Memo[K, V] {
	if o.Size <= 0 || o.TTL <= 0 && o.TTLOf == nil {
		panic("cache: a memo needs a size and an age")
	}
	options := otter.Options[K, V]{
		MaximumSize: o.Size,
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[K, V]) time.Duration {
			if o.TTLOf == nil {
				return o.TTL
			}
			return max(o.TTLOf(e.Key, e.Value), 1) // otter takes 0 for ever
		}),
	}
	if o.Now != nil {
		options.Clock = clock(o.Now)
	}
	return &Memo[K, V]{otter.Must(&options)}
}

// Get is the value of key: the one remembered, or what load gives. Calls for one key share one load
// at a time; one whose ctx has ended stops waiting, and a load that failed because its own caller
// gave up is done again for the others. Errors are not remembered. Every load of a key must mean
// the same, whoever calls.
func (m *Memo[K, V]) Get(ctx context.Context, key K, load func(context.Context) (V, error)) (V, error) {
	return m.entries.Get(ctx, key, otter.LoaderFunc[K, V](func(ctx context.Context, _ K) (V, error) {
		return load(ctx)
	}))
}

// Forget drops key. A load of it that is under way will not be remembered.
func (m *Memo[K, V]) Forget(key K) { m.entries.Invalidate(key) }

// clock is a source of time for otter, without the ticks that would clean up in the background.
type clock func() time.Time

func (c clock) NowNano() int64                      { return c().UnixNano() }
func (c clock) Tick(time.Duration) <-chan time.Time { return nil }
