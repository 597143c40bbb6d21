// Package visible measures how long a commit takes to be visible in the read model AccountTotals: it is
// when the model's cursor has the commit's time behind it.
package visible

import (
	"context"
	"sync"
	"time"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/feed"
)

// New is a watcher that looks every so often: what its times are good to.
func New(db *spannerdb.DB, every time.Duration) *Watcher {
	return &Watcher{db: db, every: every, waiting: map[int64][]time.Time{}}
}

// Watcher looks at the cursors of the read model and notes when commits are behind them.
type Watcher struct {
	db      *spannerdb.DB
	every   time.Duration
	mu      sync.Mutex
	waiting map[int64][]time.Time // commits that are not visible yet, by shard
	times   []time.Duration
	err     error
}

// Committed tells of a commit in a shard, by its commit time.
func (w *Watcher) Committed(shard int64, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting[shard] = append(w.waiting[shard], at)
}

// Left is how many commits have not been seen.
func (w *Watcher) Left() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, all := range w.waiting {
		n += len(all)
	}
	return n
}

// Look looks until ctx ends, or a look fails.
func (w *Watcher) Look(ctx context.Context) {
	for tick := time.NewTicker(w.every); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		now := time.Now()
		all, err := feed.ReadAll(ctx, w.db.SnapshotAt(now), accounttotals.ConsumerName(1))
		if err != nil && ctx.Err() == nil {
			w.failed(err)
			return
		}
		w.seen(now, all)
	}
}

func (w *Watcher) failed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

// seen takes the commits that the cursors have behind them; they were, at the latest, at now.
func (w *Watcher) seen(now time.Time, all []feed.Cursor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range all {
		var still []time.Time
		for _, at := range w.waiting[c.Shard] {
			if at.After(c.Watermark()) {
				still = append(still, at)
			} else {
				w.times = append(w.times, max(0, now.Sub(at)))
			}
		}
		w.waiting[c.Shard] = still
	}
}

// Taken gives the times that have been measured since it was called last, and the error that has ended
// the looking.
func (w *Watcher) Taken() ([]time.Duration, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.times
	w.times = nil
	return out, w.err
}
