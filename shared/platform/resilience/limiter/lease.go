package limiter

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"innkeep.internal/shared/platform/resilience/priority"
)

// ErrMoved means that another instance wrote the record meanwhile.
var ErrMoved = errors.New("limiter: the record has moved")

// Version is a state of a record; the zero value means that there is none.
type Version struct{ At time.Time }

// Ledger keeps the windows that instances share. Its methods end with their context, and are safe for
// concurrent use.
type Ledger interface {
	// Load reads the record of key; there being none is a zero Version and no error.
	Load(ctx context.Context, key string) (Record, Version, error)
	// Store writes the record where version is still its latest, else it is ErrMoved. keep is for how
	// long anybody needs it.
	Store(ctx context.Context, key string, r Record, version Version, keep time.Duration) (Version, error)
}

const (
	tries = 6                    // to write a record that others write as well
	step  = 5 * time.Millisecond // by which the longest pause between tries grows
	// sulk is for how long a key does without a ledger that failed.
	sulk = time.Second
)

// charge sees to it that the debt of a key is charged: at once when the last time is a sub-bucket ago,
// else then. The caller does not wait for it.
func (l *Limiter) charge(ctx context.Context, s *shard, e *entry, now time.Time) {
	if e.flight == nil {
		l.fly(ctx, s, e, max(0, l.width-now.Sub(e.settled)))
	}
}

// fly begins a round of the ledger for a key, after a while, or joins the one that is under way. A
// round that is still to begin is not waited for: who waits makes it begin.
func (l *Limiter) fly(ctx context.Context, s *shard, e *entry, after time.Duration) <-chan struct{} {
	if e.flight != nil {
		if after == 0 && e.hurry != nil {
			close(e.hurry)
			e.hurry = nil
		}
		return e.flight
	}
	e.flight = make(chan struct{})
	if after > 0 {
		e.hurry = make(chan struct{})
	}
	go l.round(context.WithoutCancel(ctx), s, e, e.hurry, after)
	return e.flight
}

// round asks the ledger once, with tries.
func (l *Limiter) round(ctx context.Context, s *shard, e *entry, hurry <-chan struct{}, after time.Duration) {
	if after > 0 {
		timer := time.NewTimer(after)
		select {
		case <-timer.C:
		case <-hurry:
		}
		timer.Stop()
	}
	ctx, cancel := context.WithTimeout(ctx, l.options.Timeout)
	defer cancel()
	s.mu.Lock()
	e.hurry = nil
	s.mu.Unlock()
	err := l.lease(ctx, s, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	e.settled = time.Now()
	e.waiting = [priority.Classes]int{}
	if err != nil {
		s.counts.Failures++
		e.alone = e.settled.Add(sulk)
	} else {
		s.counts.Leases++
	}
	close(e.flight)
	e.flight = nil
	l.tell(ctx, err)
}

// lease charges what is owed and takes what is wanted.
func (l *Limiter) lease(ctx context.Context, s *shard, e *entry) (err error) {
	stale := false // what is known of the record is not its latest
	for n := range tries {
		if stale {
			if err := l.pause(ctx, n); err != nil {
				return err
			}
			if err := l.load(ctx, s, e); err != nil {
				return err
			}
		}
		s.mu.Lock()
		o := l.order(e)
		s.mu.Unlock()
		if o.nothing() {
			return nil
		}
		version, err := l.options.Ledger.Store(ctx, e.key, o.next.record(), o.version, 2*l.options.Window)
		if stale = errors.Is(err, ErrMoved); stale {
			continue
		}
		if err != nil {
			return err
		}
		s.mu.Lock()
		e.settle(o, version)
		s.mu.Unlock()
		return nil
	}
	return nil // the ledger is well, and others were faster: who waits asks again
}

// pause keeps instances that want one record from being in step.
func (l *Limiter) pause(ctx context.Context, n int) error {
	timer := time.NewTimer(rand.N(time.Duration(n) * step)) //nolint:gosec // G404: a pause is no secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Limiter) load(ctx context.Context, s *shard, e *entry) error {
	r, version, err := l.options.Ledger.Load(ctx, e.key)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.shared, e.version, e.known = read(r, l.bucket(time.Now())), version, true
	return nil
}

// order is what one try asks of the ledger.
type order struct {
	next    window // as it shall be
	version Version
	debt    int
	own     window
	grant   int
	expires time.Time
}

func (o order) nothing() bool { return o.debt+o.own.sum+o.grant == 0 }

// order is made of what the entry owes and of what its callers want: those who wait, and as many calls
// as there were in a sub-bucket, each class within its room and the highest first.
func (l *Limiter) order(e *entry) order {
	b := l.bucket(time.Now())
	e.own.advance(b)
	e.shared.advance(max(b, e.own.newest))
	e.own.advance(e.shared.newest)
	e.count(b)
	o := order{next: e.shared, version: e.version, debt: e.debt, own: e.own}
	o.next.merge(&o.own)
	o.next.add(o.debt)
	for _, c := range priority.All() {
		if e.waiting[c] == 0 {
			continue // nobody waits: nothing is taken that may lapse
		}
		want := max(e.waiting[c], e.demand[0][c], e.demand[1][c])
		o.grant += min(want, max(0, c.Room(e.limit)-o.next.sum-o.grant))
	}
	o.next.add(o.grant)
	o.expires = time.Unix(0, (o.next.newest+2)*int64(l.width))
	return o
}

// settle notes that the ledger took an order.
func (e *entry) settle(o order, version Version) {
	left := e.tokens
	e.shared, e.version, e.known = o.next, version, true
	e.debt -= o.debt
	e.own.less(o.own)
	if e.tokens = o.grant; left > 0 && time.Now().Before(e.expires) {
		e.tokens += left // the earlier end holds for both
		return
	}
	e.expires = o.expires
}

// tell logs the first failure after a success and the first success after a failure, and counts.
func (l *Limiter) tell(ctx context.Context, err error) {
	leased(ctx, l.options.Name, err)
	if was := l.failing.Swap(err != nil); was == (err != nil) {
		return
	}
	if err != nil {
		slog.WarnContext(ctx, "the limiter's ledger does not answer: this instance decides alone",
			slog.String("limiter", l.options.Name), slog.Any("error", err))
		return
	}
	slog.InfoContext(ctx, "the limiter's ledger answers again", slog.String("limiter", l.options.Name))
}
