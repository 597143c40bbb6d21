package heads

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// A listener that failed is made anew after a pause that doubles from firstPause to longestPause and
// is taken at random between nothing and that: an outage ends for all instances at once.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
)

// board is who watches what in this process. follow tells a name's times until it fails.
type board struct {
	follow func(ctx context.Context, name string, moved func(time.Time)) error
	ctx    context.Context //nolint:containedctx // the listeners' own: they outlive each watcher's
	cancel context.CancelFunc
	ends   sync.WaitGroup

	mu        sync.Mutex
	listeners map[string]*listener
}

// listener is what the watchers of a name share.
type listener struct {
	cancel   context.CancelFunc
	last     time.Time // zero before the first time
	watchers map[chan time.Time]struct{}
}

func newBoard(ctx context.Context, follow func(context.Context, string, func(time.Time)) error) *board {
	b := &board{follow: follow, listeners: map[string]*listener{}}
	b.ctx, b.cancel = context.WithCancel(ctx)
	return b
}

// close ends all listeners and waits for them.
func (b *board) close() {
	b.cancel()
	b.ends.Wait()
}

func (b *board) watch(ctx context.Context, name string) (<-chan time.Time, func()) {
	w := make(chan time.Time, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	l, known := b.listeners[name]
	if !known {
		l = &listener{watchers: map[chan time.Time]struct{}{}}
		var own context.Context
		own, l.cancel = context.WithCancel(b.ctx)
		b.listeners[name] = l
		b.ends.Go(func() { b.listen(own, name, l) })
	}
	l.watchers[w] = struct{}{}
	watchers.Add(ctx, 1)
	if !l.last.IsZero() {
		w <- l.last
	}
	end := sync.OnceFunc(func() { b.leave(context.WithoutCancel(ctx), name, l, w) })
	stop := context.AfterFunc(ctx, end)
	return w, func() {
		stop()
		end()
	}
}

// leave ends a watch, and the listener with its last one.
func (b *board) leave(ctx context.Context, name string, l *listener, w chan time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(l.watchers, w)
	watchers.Add(ctx, -1)
	if len(l.watchers) == 0 {
		l.cancel()
		delete(b.listeners, name)
	}
}

// listen follows a name until its context ends.
func (b *board) listen(ctx context.Context, name string, l *listener) {
	listeners.Add(ctx, 1)
	defer listeners.Add(context.WithoutCancel(ctx), -1)
	pause := firstPause
	for {
		err := b.follow(ctx, name, func(at time.Time) {
			pause = firstPause // it works
			b.tell(ctx, l, at)
		})
		if ctx.Err() != nil {
			return
		}
		failureCount.Add(ctx, 1)
		slog.WarnContext(ctx, "a head is not being followed", slog.String("head", name), slog.Any("error", err))
		wait := time.NewTimer(rand.N(pause)) //nolint:gosec // the moment is no secret
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// tell passes a time on, where it is news.
func (b *board) tell(ctx context.Context, l *listener, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !at.After(l.last) {
		return
	}
	l.last = at
	for w := range l.watchers {
		select {
		case <-w: // the time that nobody has taken yet is old
		default:
		}
		w <- at // there is room: only this function and watch send, both under the lock
		wakeCount.Add(ctx, 1)
	}
}
