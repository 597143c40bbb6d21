package accounttotals

import (
	"context"
	"errors"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/feed"
)

// State is what a rebuild has come to.
type State string

// The states.
const (
	Building  State = "BUILDING"  // the time was up before the end: ask again
	Different State = "DIFFERENT" // built, and the live one is not the same: look, then accept it or leave it
	Swapped   State = "SWAPPED"   // the new generation is live
)

// Rebuilt is how far a rebuild is.
type Rebuilt struct {
	State      State
	Generation int64
	Shards     [tenant.Shards]ShardProgress
	Shown      []Difference // some of those found in this call
	Checksum   Checksum     // of the new generation, all shards added up
	Live       Checksum     // of the one that is compared with it
}

// Events and Differences are the sums over the shards.
func (r *Rebuilt) Events() (n int64) {
	for _, s := range r.Shards {
		n += s.Events
	}
	return n
}

// Differences is how many rows of the live generation are not what the events say.
func (r *Rebuilt) Differences() (n int64) {
	for _, s := range r.Shards {
		n += s.Differences
	}
	return n
}

// Order says how a rebuild is wanted.
type Order struct {
	By         string            // who asks: kept with the swap
	Accept     bool              // swap although the live generation differs
	Generation int64             // the one to go on with; 0: whichever is in the making, or a new one
	Say        func(rb *Rebuilt) // told now and then how far it is; may be nil
}

const (
	// workers is how many shards are walked at a time: a walk waits for Spanner as often as it folds.
	workers = 4
	// reserve is what is left of a deadline when a rebuild stops to say how far it is.
	reserve = time.Second
	// catchUps is how often the new generation is brought up to the live one before they are compared:
	// more tries are for shards in which events come all the time.
	catchUps = 5
)

// Rebuild makes a new generation of all rows from the events, compares it with the live one, and
// puts it in its place: when they are equal, or when the order accepts that they are not. It goes on
// where an earlier call has stopped; when ctx is about to end it says how far it is (Building).
// Nothing that is read changes before the swap, which is one row.
func (p *Projector) Rebuild(ctx context.Context, o Order) (_ *Rebuilt, err error) {
	defer fault.Wrap(&err, "accounttotals.Rebuild")
	if err := DropOld(ctx, p.db); err != nil {
		return nil, err
	}
	m, err := beginRebuild(ctx, p.db, o.Generation)
	if err != nil {
		return nil, err
	}
	if m.Live == o.Generation {
		return &Rebuilt{State: Swapped, Generation: m.Live}, nil
	}
	rb := &rebuild{Projector: p, order: o, model: m, out: &Rebuilt{State: Building, Generation: m.Shadow}}
	if done, err := rb.build(ctx); err != nil || !done {
		return rb.out, err
	}
	equal, err := rb.equal(ctx)
	if err != nil {
		return rb.out, err
	}
	if (!equal || rb.out.Differences() > 0) && !o.Accept {
		rb.out.State = Different
		return rb.out, nil
	}
	if err := swap(ctx, p.db, m, o.By); err != nil {
		return rb.out, err
	}
	rb.out.State = Swapped
	return rb.out, nil
}

// rebuild is one call of Rebuild.
type rebuild struct {
	*Projector
	order   Order
	model   Model
	writing sync.Mutex // on the emulator: one commit at a time
	mu      sync.Mutex
	out     *Rebuilt
}

// build walks the shards that are not done yet. It reports whether all of them are now.
func (rb *rebuild) build(ctx context.Context) (bool, error) {
	soon := ctx
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		soon, cancel = context.WithDeadline(ctx, end.Add(-reserve))
		defer cancel()
	}
	g, gctx := errgroup.WithContext(soon)
	g.SetLimit(workers)
	for shard := range int64(tenant.Shards) {
		g.Go(func() error { return rb.shard(gctx, shard) })
	}
	err := g.Wait()
	if err != nil && ctx.Err() == nil && soon.Err() != nil {
		err = nil // the time was up: what is done is written down
	}
	for _, s := range rb.out.Shards {
		if !s.Done {
			return false, err
		}
	}
	return true, err
}

// note takes a shard's progress, and says it.
func (rb *rebuild) note(s ShardProgress, found Differences) {
	rb.mu.Lock()
	defer rb.mu.Unlock()
	rb.out.Shards[s.Shard] = s
	for _, d := range found.Shown {
		if len(rb.out.Shown) < maxShown {
			rb.out.Shown = append(rb.out.Shown, d)
		}
	}
	if rb.order.Say != nil {
		rb.order.Say(rb.out)
	}
}

// equal brings the new generation up to the live one and compares their checksums, shard by shard,
// where both have taken the same events: the feed has one order, so the same number of events from
// its beginning are the same events.
func (rb *rebuild) equal(ctx context.Context) (bool, error) {
	shadow := feed.New(rb.db, consumer(rb.model.Shadow, nil), rb.now)
	live := feed.New(rb.db, consumer(rb.model.Live, nil), rb.now)
	for range catchUps {
		if err := errors.Join(live.Sweep(ctx), shadow.Sweep(ctx)); err != nil {
			return false, err
		}
		same, ready, err := rb.compare(ctx)
		if err != nil || ready {
			return same, err
		}
	}
	return false, ErrMoving
}

// ErrMoving means that events came all the time while two generations were to be compared.
var ErrMoving = fault.New(fault.Unavailable, "read_model_moving", "events came all the time: ask again")

// compare reads the cursors of both generations at one moment. They are comparable when both have
// taken the same events in every shard.
func (rb *rebuild) compare(ctx context.Context) (same, ready bool, err error) {
	snap := rb.db.SnapshotAt(rb.now())
	live, err := feed.ReadAll(ctx, snap, ConsumerName(rb.model.Live))
	if err != nil {
		return false, false, err
	}
	shadow, err := feed.ReadAll(ctx, snap, ConsumerName(rb.model.Shadow))
	if err != nil {
		return false, false, err
	}
	same, ready = true, true
	rb.out.Checksum, rb.out.Live = Checksum{}, Checksum{}
	for i := range live {
		ready = ready && live[i].Events == shadow[i].Events
		same = same && live[i].Checksum == shadow[i].Checksum && live[i].Rows == shadow[i].Rows
		rb.out.Checksum = rb.out.Checksum.Add(shadow[i].Checksum)
		rb.out.Live = rb.out.Live.Add(live[i].Checksum)
	}
	return same, ready, nil
}

// ErrNoRebuild means that the generation to go on with is not in the making.
var ErrNoRebuild = fault.New(fault.Conflict, "no_such_rebuild", "this generation is not in the making")

// beginRebuild is the model with a generation in the making: the one that was begun, or a new one
// where the caller does not ask for a certain one.
func beginRebuild(ctx context.Context, db *spannerdb.DB, wanted int64) (m Model, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	_, err = db.ReadWrite(ctx, "rebuild/begin", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		m, err = lockedModel(ctx, tx)
		switch {
		case err != nil:
			return err
		case wanted != 0 && (wanted == m.Live || wanted == m.Shadow):
			return nil
		case wanted != 0:
			return ErrNoRebuild
		case m.Shadow != 0:
			return nil
		}
		m.Shadow = max(m.Live, m.Old) + 1
		return tx.BufferWrite([]*spanner.Mutation{m.mutation()})
	})
	return m, err
}
