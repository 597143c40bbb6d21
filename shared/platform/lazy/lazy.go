// Package lazy opens a value on first use, once an instance, and tries again when that failed.
//
// sync.OnceValues keeps a first error for ever; an instance whose first request met a database
// that was away would stay broken until it is replaced.
package lazy

import (
	"context"
	"fmt"
	"sync"
)

// Value is opened by the first Get. It is safe for concurrent use.
type Value[T any] struct {
	open    func(context.Context) (T, error)
	mu      sync.Mutex
	opened  bool
	value   T
	attempt *attempt[T]
}

type attempt[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// New is a value that open opens. Its context carries what the first caller's does, but not his
// deadline: clients keep the context that they are opened with. open bounds itself.
func New[T any](open func(context.Context) (T, error)) *Value[T] { return &Value[T]{open: open} }

// Get is the value. Callers who come while it is being opened share that attempt and its error; the
// next one after a failure tries again. A caller whose ctx ends stops waiting. A panic in open is
// an error.
func (v *Value[T]) Get(ctx context.Context) (T, error) {
	v.mu.Lock()
	if v.opened {
		defer v.mu.Unlock()
		return v.value, nil
	}
	a := v.attempt
	if a == nil {
		a = &attempt[T]{done: make(chan struct{})}
		v.attempt = a
		go v.run(context.WithoutCancel(ctx), a)
	}
	v.mu.Unlock()
	select {
	case <-a.done:
		return a.value, a.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

func (v *Value[T]) run(ctx context.Context, a *attempt[T]) {
	defer func() {
		if r := recover(); r != nil {
			a.err = fmt.Errorf("lazy: open panicked: %v", r)
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.attempt = nil; a.err == nil {
			v.value, v.opened = a.value, true
		}
		close(a.done)
	}()
	a.value, a.err = v.open(ctx)
}
