package warm

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/feed"
)

const (
	// name is the consumer's key in FeedCursors and ParkedEvents, and part of who reads.
	name = "warm"
	// batchEvents of which only the type, the place and the time are looked at.
	batchEvents = 500
	// auditAge is how old the end of a night audit may be that is still worth warming for: an import, or a
	// consumer that has been away, warms nothing.
	auditAge = 6 * time.Hour
	// auditDays is how long before its own recording a date may lie that was closed: the audit of the night.
	auditDays = 3
	// most is how many properties wait at most; what comes in beyond is left out, and counted.
	most = 1000
	// pause is between two properties: five a second an instance, three reports each.
	pause = 200 * time.Millisecond
	// budget is how long one call warms; the rest waits for the next. With the time-outs of the reports it
	// stays below the service's 5 s.
	budget = 3 * time.Second
	// busiest is for how many properties a sweep makes today's reports.
	busiest = 10
	// shardsAtOnce is how many shards are looked at side by side in a sweep.
	shardsAtOnce = 8
)

// target is whose reports are to be made, and of which date.
type target struct {
	book tenant.Book
	date bizdate.Date
	at   time.Time // the reports are not older
}

// Warmer remembers what the feed told, in the memory of one instance: who loses it is no worse off than
// without.
type Warmer struct {
	now    func() time.Time
	create func(context.Context, target) error
	runner *feed.Runner
	turn   chan struct{} // holds one token: who warms

	mu      sync.Mutex
	waiting []target
	counts  map[tenant.Book]count
}

// count is how much a property has posted lately.
type count struct {
	events int // halved by each sweep
	date   bizdate.Date
	at     time.Time
}

// NewWarmer makes a warmer on a backend that source gives too.
func NewWarmer(b *api.Backend, source api.Source) *Warmer {
	return newWarmer(b.DB, b.Now, maker{source}.make)
}

func newWarmer(db *spannerdb.DB, now func() time.Time, create func(context.Context, target) error) *Warmer {
	w := &Warmer{now: now, create: create, turn: make(chan struct{}, 1), counts: map[tenant.Book]count{}}
	w.turn <- struct{}{}
	w.runner = feed.New(db, feed.Consumer{Name: name, Batch: batchEvents, Unhurried: true, Handle: w.handle}, now)
	return w
}

// handle takes note of what has been posted and closed.
func (w *Warmer) handle(ctx context.Context, b *feed.Batch) (feed.Effect, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	oldest := w.now().Add(-auditAge)
	for _, e := range b.Events {
		date, err := bizdate.Parse(e.Stream)
		if err != nil || e.At.Before(oldest) || date.AddDays(auditDays).Time().Before(e.At.Add(-24*time.Hour)) {
			continue
		}
		c := w.counts[e.Book]
		c.events++
		if date >= c.date {
			c.date, c.at = date, e.At
		}
		w.counts[e.Book] = c
		if e.Type == daybook.TypeDayClosed {
			w.add(ctx, target{e.Book, date, e.At})
		}
	}
	return nil, nil
}

// add has a property wait, once: of several dates that were closed the last one counts.
func (w *Warmer) add(ctx context.Context, t target) {
	i := slices.IndexFunc(w.waiting, func(x target) bool { return x.book == t.book })
	switch {
	case i >= 0:
		if t.date >= w.waiting[i].date {
			w.waiting[i] = t
		}
	case len(w.waiting) == most:
		leftOut.Add(ctx, 1)
	default:
		w.waiting = append(w.waiting, t)
	}
}

// Drain is feed.Runner's, and warms what waits.
func (w *Warmer) Drain(ctx context.Context, shard int64, at time.Time) error {
	if err := w.runner.Drain(ctx, shard, at); err != nil {
		return err
	}
	w.warm(ctx)
	return nil
}

// Sweep drains all shards, and warms what waits and then the busiest properties.
func (w *Warmer) Sweep(ctx context.Context) error {
	var g errgroup.Group
	g.SetLimit(shardsAtOnce)
	errs := make([]error, tenant.Shards)
	for shard := range errs {
		g.Go(func() error {
			if err := w.runner.Drain(ctx, int64(shard), time.Time{}); !errors.Is(err, feed.ErrBusy) {
				errs[shard] = err
			}
			return nil
		})
	}
	_ = g.Wait()
	w.addBusiest(ctx)
	w.warm(ctx)
	return errors.Join(errs...)
}

// addBusiest has the properties wait that have posted most, after those whose audit is done.
func (w *Warmer) addBusiest(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	books := slices.SortedFunc(maps.Keys(w.counts), func(a, b tenant.Book) int {
		return cmp.Or(cmp.Compare(w.counts[b].events, w.counts[a].events), cmp.Compare(a.Org, b.Org), cmp.Compare(a.Property, b.Property))
	})
	for i, b := range books {
		c := w.counts[b]
		if i < busiest && !slices.ContainsFunc(w.waiting, func(x target) bool { return x.book == b }) {
			w.add(ctx, target{b, c.date, c.at})
		}
		if c.events /= 2; c.events == 0 {
			delete(w.counts, b)
		} else {
			w.counts[b] = c
		}
	}
}

// warm makes reports of what waits, one property after the other with pauses, until its time is over. One
// call does it at a time; a failure is counted and told, and nothing more.
func (w *Warmer) warm(ctx context.Context) {
	select {
	case <-w.turn:
		defer func() { w.turn <- struct{}{} }()
	default:
		return
	}
	end := time.Now().Add(budget)
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	for ctx.Err() == nil && time.Now().Before(end) {
		t, ok := w.next()
		if !ok {
			return
		}
		if err := w.create(ctx, t); err != nil {
			slog.WarnContext(ctx, "reports were not made ahead", "org", string(t.book.Org), "property", string(t.book.Property), "error", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

func (w *Warmer) next() (t target, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) == 0 {
		return t, false
	}
	t, w.waiting = w.waiting[0], w.waiting[1:]
	return t, true
}

// idle is the function where nothing is kept.
type idle struct{}

// Drain does nothing.
func (idle) Drain(context.Context, int64, time.Time) error { return nil }

// Sweep does nothing.
func (idle) Sweep(context.Context) error { return nil }
