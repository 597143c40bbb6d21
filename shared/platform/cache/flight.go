package cache

import (
	"context"
	"errors"
	"sync"
)

// errAbandoned is what those get who waited for a load that its own caller has left.
var errAbandoned = errors.New("cache: the load was abandoned")

// flights are the loads that are under way, one a key.
type flights[K comparable, V any] struct {
	mu    sync.Mutex
	aloft map[K]*flight[V]
}

// flight is one load. Its fields are whoever made it's until it has landed, and fixed from then on.
type flight[V any] struct {
	landed    chan struct{}
	value     V
	err       error
	abandoned bool // its caller gave up: it says nothing to the others
}

// board is the flight of a key; first says that the caller is the one to load it.
func (s *flights[K, V]) board(key K) (f *flight[V], first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f = s.aloft[key]; f != nil {
		return f, false
	}
	if s.aloft == nil {
		s.aloft = map[K]*flight[V]{}
	}
	f = &flight[V]{landed: make(chan struct{})}
	s.aloft[key] = f
	return f, true
}

// wait is what a flight has loaded; an error where ctx ends before.
func (f *flight[V]) wait(ctx context.Context) (v V, err error) {
	select {
	case <-ctx.Done():
		return v, ctx.Err()
	case <-f.landed:
	}
	if f.abandoned {
		return v, errAbandoned
	}
	return f.value, f.err
}

// ifAloft does something while the key's flight is this one.
func (s *flights[K, V]) ifAloft(key K, f *flight[V], do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aloft[key] == f {
		do()
	}
}

// land ends a flight.
func (s *flights[K, V]) land(key K, f *flight[V]) {
	s.ifAloft(key, f, func() { delete(s.aloft, key) })
	close(f.landed)
}

// ground makes whoever comes next load the key anew, and does something before he can.
func (s *flights[K, V]) ground(key K, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.aloft, key)
	do()
}
