package intake

import (
	"context"
	"sync"
)

const (
	// maxHeld bounds the lines that are read but not judged, in bytes: about 60,000 usual
	// lines. The process is about three times as large, with the collector's headroom and the calls.
	maxHeld = 64 << 20
	// maxBody bounds the lines of one call: 1 MiB below the 8 MiB that the server takes.
	maxBody = 7 << 20
)

// lanes line the items up by property: batches of one property are taken one after another, in the
// file's order, those of different properties at once.
type lanes struct {
	batch, workers int
	maxHeld        int64

	mu         sync.Mutex
	changed    *sync.Cond
	byProperty map[string]*lane // only those that hold something
	ready      []*lane          // have a full batch and no call under way
	held       int64            // bytes added and not yet judged
	calls      int              // under way
	finished   bool
}

// lane is one property's items.
type lane struct {
	property string
	open     []*item // still growing
	openBody int
	full     [][]*item
	busy     bool // a call is under way
}

// newLanes is empty lanes; whoever waits on them is woken when ctx ends.
func newLanes(ctx context.Context, batch, workers int) *lanes {
	l := &lanes{batch: batch, workers: workers, maxHeld: maxHeld, byProperty: map[string]*lane{}}
	l.changed = sync.NewCond(&l.mu)
	context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})
	return l
}

// add appends an item to its property's lane. While too much is held it waits, and meanwhile gives
// idle workers the longest open batches. Its only error is the context's.
func (l *lanes) add(ctx context.Context, it *item) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.held > 0 && l.held+it.cost() > l.maxHeld && ctx.Err() == nil {
		if len(l.ready)+l.calls >= l.workers || !l.sealLongest() {
			l.changed.Wait()
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l.held += it.cost()
	code := it.posting.PropertyCode
	at := l.byProperty[code]
	if at == nil {
		at = &lane{property: code}
		l.byProperty[code] = at
	}
	if at.openBody+len(it.body) > maxBody {
		l.seal(at)
	}
	at.open = append(at.open, it)
	at.openBody += len(it.body) + 1
	if len(at.open) >= l.batch {
		l.seal(at)
	}
	return nil
}

// seal ends the lane's open batch.
func (l *lanes) seal(at *lane) {
	if len(at.open) == 0 {
		return
	}
	at.full = append(at.full, at.open)
	at.open, at.openBody = nil, 0
	if !at.busy && len(at.full) == 1 {
		l.ready = append(l.ready, at)
	}
	l.changed.Broadcast()
}

// sealLongest ends the longest open batch of a lane that waits for more lines only; false when there
// is none.
func (l *lanes) sealLongest() bool {
	var longest *lane
	for _, at := range l.byProperty {
		idle := !at.busy && len(at.full) == 0
		if idle && len(at.open) > 0 && (longest == nil || len(at.open) > len(longest.open)) {
			longest = at
		}
	}
	if longest == nil {
		return false
	}
	l.seal(longest)
	return true
}

// finish says that nothing more is added.
func (l *lanes) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, at := range l.byProperty {
		l.seal(at)
	}
	l.finished = true
	l.changed.Broadcast()
}

// take waits for a batch; ok is false when there will be none. The caller gives the lane back with done.
func (l *lanes) take(ctx context.Context) (at *lane, batch []*item, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.ready) == 0 {
		if ctx.Err() != nil || l.finished && len(l.byProperty) == 0 {
			return nil, nil, false
		}
		l.changed.Wait()
	}
	if ctx.Err() != nil {
		return nil, nil, false
	}
	at = l.ready[0]
	l.ready = l.ready[1:]
	batch, at.full = at.full[0], at.full[1:]
	at.busy = true
	l.calls++
	return at, batch, true
}

// done says that the lane's batch was judged.
func (l *lanes) done(at *lane, batch []*item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, it := range batch {
		l.held -= it.cost()
	}
	l.calls--
	at.busy = false
	switch {
	case len(at.full) > 0:
		l.ready = append(l.ready, at)
	case len(at.open) == 0:
		delete(l.byProperty, at.property)
	}
	l.changed.Broadcast()
}
