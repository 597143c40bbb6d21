// Package cache remembers results: in the memory of one instance, and the answers of reports in a second
// level that all instances share.
//
// It owns bounds, age, the rule that a key is loaded once at a time, and when a remembered answer counts.
// It knows no report. What may be remembered and for how long is the caller's to know.
package cache

import (
	"context"
	"errors"
	"time"
)

// Options of a Memo. Size and one of TTL and TTLOf are required.
type Options[K comparable, V any] struct {
	Size  int                                // the most entries that are kept
	TTL   time.Duration                      // from loading on
	TTLOf func(key K, value V) time.Duration // overrides TTL; not positive: not kept
	Now   func() time.Time                   // the clock; the machine's when nil
	// Bytes is what a value takes. With it all values together take at most MaxBytes; a larger one is not kept.
	Bytes    func(value V) int
	MaxBytes int
}

// Memo remembers the results of loads by key. It is safe for concurrent use.
type Memo[K comparable, V any] struct {
	entries *entries[K, V]
	flights flights[K, V]
}

// NewMemo makes an empty Memo. It panics without a positive size or without an age.
func NewMemo[K comparable, V any](o Options[K, V]) *Memo[K, V] {
	e, err := newEntries(o)
	if err != nil || o.TTL <= 0 && o.TTLOf == nil {
		panic("cache: a memo needs a size and an age")
	}
	return &Memo[K, V]{entries: e}
}

// Get is the value of key: the one remembered, or what load gives. Calls for one key share one load
// at a time; one whose ctx has ended stops waiting, and a load that failed because its own caller
// gave up is done again for the others. Errors are not remembered. Every load of a key must mean
// the same, whoever calls.
func (m *Memo[K, V]) Get(ctx context.Context, key K, load func(context.Context) (V, error)) (V, error) {
	v, _, err := m.Find(ctx, key, Want[V]{}, load)
	return v, err
}

// Want says which values a call takes. The zero value takes every one.
type Want[V any] struct {
	Good func(V) bool // nil: all are
	// Due says that a good value should be loaded anew before it is no longer good: the call that asks
	// first does so and waits for it, while all others go on with the value that is there.
	Due func(V) bool
}

func (w Want[V]) good(v V) bool { return w.Good == nil || w.Good(v) }
func (w Want[V]) due(v V) bool  { return w.Due != nil && w.Due(v) }

// How a value was found.
type How int

// The ways.
const (
	Kept   How = iota // it was remembered
	Loaded            // this call has loaded it
	Joined            // another call was loading it
)

// Find is Get for a call that does not take every value. What the call itself loads it takes as it is;
// what another one has loaded meanwhile is judged as well, and loaded again where it is not good.
func (m *Memo[K, V]) Find(ctx context.Context, key K, w Want[V], load func(context.Context) (V, error)) (v V, how How, err error) {
	for how = Kept; ; how = Joined {
		kept, has := m.entries.get(key)
		has = has && w.good(kept)
		if has && !w.due(kept) {
			return kept, how, nil
		}
		f, first := m.flights.board(key)
		if first {
			return m.lead(ctx, key, w, f, load)
		}
		if has {
			return kept, how, nil
		}
		if v, err = f.wait(ctx); err != nil && !errors.Is(err, errAbandoned) {
			return v, Joined, err
		}
		if err == nil && w.good(v) {
			return v, Joined, nil
		}
	}
}

// lead is Find for the call that has to load.
func (m *Memo[K, V]) lead(ctx context.Context, key K, w Want[V], f *flight[V], load func(context.Context) (V, error)) (V, How, error) {
	kept, has := m.entries.get(key) // again: a flight may have landed in between
	has = has && w.good(kept)
	if has && !w.due(kept) {
		f.value = kept
		m.flights.land(key, f)
		return kept, Kept, nil
	}
	v, err := m.load(ctx, key, f, load)
	if err != nil && has {
		return kept, Kept, nil
	}
	return v, Loaded, err
}

// load makes the value of a flight, and remembers it unless it was forgotten meanwhile.
func (m *Memo[K, V]) load(ctx context.Context, key K, f *flight[V], load func(context.Context) (V, error)) (V, error) {
	f.abandoned = true // as long as load has not returned: it may panic
	defer m.flights.land(key, f)
	f.value, f.err = load(ctx)
	f.abandoned = f.err != nil && ctx.Err() != nil
	if f.err == nil {
		m.flights.ifAloft(key, f, func() { m.entries.set(key, f.value) })
	}
	return f.value, f.err
}

// Kept says whether the value of key is remembered.
func (m *Memo[K, V]) Kept(key K) bool {
	_, has := m.entries.get(key)
	return has
}

// Put remembers a value. A load of the key that is under way may replace it.
func (m *Memo[K, V]) Put(key K, v V) { m.entries.set(key, v) }

// Forget drops key. A load of it that is under way will not be remembered.
func (m *Memo[K, V]) Forget(key K) {
	m.flights.ground(key, func() { m.entries.remove(key) })
}
