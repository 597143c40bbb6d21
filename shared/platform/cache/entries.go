package cache

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// entries keeps values by key, within the bounds of its options: what was asked for the longest ago goes
// first (decision 31). A value that is too old is not given; it goes like all others.
type entries[K comparable, V any] struct {
	Options[K, V]
	mu    sync.Mutex
	kept  *simplelru.LRU[K, entry[V]]
	taken int // the bytes of all values
}

type entry[V any] struct {
	value V
	until time.Time // from then on it is too old
	bytes int
}

func newEntries[K comparable, V any](o Options[K, V]) (*entries[K, V], error) {
	e := &entries[K, V]{Options: o}
	if e.Now == nil {
		e.Now = time.Now
	}
	var err error
	e.kept, err = simplelru.NewLRU(o.Size, func(_ K, gone entry[V]) { e.taken -= gone.bytes })
	return e, err
}

func (e *entries[K, V]) get(key K) (v V, has bool) {
	now := e.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	kept, has := e.kept.Get(key)
	if !has || !now.Before(kept.until) {
		return v, false
	}
	return kept.value, true
}

func (e *entries[K, V]) set(key K, v V) {
	age, bytes := e.TTL, 0
	if e.TTLOf != nil {
		age = e.TTLOf(key, v)
	}
	if e.Bytes != nil {
		bytes = e.Bytes(v)
	}
	until := e.Now().Add(age)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kept.Remove(key) // an Add in its place would not tell of the bytes that go
	if age <= 0 || e.Bytes != nil && bytes > e.MaxBytes {
		return
	}
	e.kept.Add(key, entry[V]{v, until, bytes})
	for e.taken += bytes; e.Bytes != nil && e.taken > e.MaxBytes; {
		e.kept.RemoveOldest()
	}
}

func (e *entries[K, V]) remove(key K) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kept.Remove(key)
}
