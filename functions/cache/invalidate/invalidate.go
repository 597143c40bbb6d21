package invalidate

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/feed"
)

const (
	// name is the consumer's key in FeedCursors and ParkedEvents.
	name = "invalidate"
	// batchEvents of one shard are coalesced into moves at a time. A head of it rests for a second at most,
	// and the next batch with it, so that 16 shards take 16,000 events a second.
	batchEvents = 1000
	// markGap is the least time between two writes of a mark: what Firestore bears of one document.
	markGap = time.Second
	// roundGap is the least time between two rounds over the shards without news.
	roundGap = 2 * time.Second
	// roundTimeout bounds a round: a shard's news never wait for those that have none.
	roundTimeout = 2 * time.Second
	// shardsAtOnce is how many shards are looked at side by side in a round or a sweep.
	shardsAtOnce = 8
	// askedAgain is how many parked events of a shard a sweep has tried again.
	askedAgain = 100
)

// mover is moves.Mover.
type mover interface {
	Move(ctx context.Context, all []moves.News) error
	Mark(ctx context.Context, shard int64, at time.Time) error
	Marks(ctx context.Context) ([]time.Time, error)
}

// Invalidator tells the heads what the feed has.
type Invalidator struct {
	db     *spannerdb.DB
	mover  mover
	now    func() time.Time
	runner *feed.Runner
	marks  [tenant.Shards]mark
	rounds chan struct{} // holds one token
	round  time.Time     // when the last one began; the token's
}

// mark is what this process knows of a shard's. It belongs to whoever has the shard's turn in the runner.
type mark struct {
	at      time.Time // as it was written last
	written time.Time // when
}

// NewInvalidator makes the invalidator on the day book's feed; now is the machine's clock. Tests have a
// probe of the feed's points, others nil.
func NewInvalidator(db *spannerdb.DB, m mover, now func() time.Time, probe func(feed.Point)) *Invalidator {
	v := &Invalidator{db: db, mover: m, now: now, rounds: make(chan struct{}, 1)}
	v.rounds <- struct{}{}
	v.runner = feed.New(db, feed.Consumer{
		Name: name, Batch: batchEvents, Outside: true, Handle: v.handle, Reached: v.reached, Probe: probe,
	}, now)
	return v
}

// handle moves the heads of a batch before its cursor moves. An event of a head that is refused for itself
// parks; where Firestore takes none the batch comes again.
func (v *Invalidator) handle(ctx context.Context, b *feed.Batch) (feed.Effect, error) {
	err := v.mover.Move(ctx, news(b.Events, b.Theirs))
	var refused *moves.RefusedError
	if errors.Is(err, moves.ErrUnavailable) || !errors.As(err, &refused) {
		return nil, err
	}
	for _, e := range b.Events {
		if cachedoc.HeadID(e.Book) == refused.Head {
			return nil, feed.Poison(e, refused)
		}
	}
	return nil, err
}

// reached marks a shard. While an event is parked in it the mark stands still: its head was not moved, and
// what is read from the cache may be older than it.
func (v *Invalidator) reached(ctx context.Context, shard int64, at time.Time, parked int64) {
	m := &v.marks[shard]
	now := v.now()
	if parked > 0 || !at.After(m.at) || now.Sub(m.written) < markGap {
		return
	}
	m.written = now
	if err := v.mover.Mark(ctx, shard, at); err != nil {
		slog.WarnContext(ctx, "a mark of the cache was not moved", "shard", shard, "error", err)
		return
	}
	m.at = at
}

// Drain is feed.Runner's. Afterwards the shards without news are marked too: whoever is awake keeps all
// marks young, so that an installation in which nothing happens costs nothing.
func (v *Invalidator) Drain(ctx context.Context, shard int64, at time.Time) error {
	if err := v.runner.Drain(ctx, shard, at); err != nil {
		return err
	}
	v.mark(ctx)
	return nil
}

// mark looks at the shards whose marks are old; once in two seconds, over all instances if it can.
func (v *Invalidator) mark(ctx context.Context) {
	select {
	case <-v.rounds:
		defer func() { v.rounds <- struct{}{} }()
	default:
		return
	}
	if now := v.now(); now.Sub(v.round) < roundGap {
		return
	}
	v.round = v.now()
	ctx, cancel := context.WithTimeout(ctx, roundTimeout)
	defer cancel()
	marks, err := v.mover.Marks(ctx)
	if err == nil {
		err = eachShard(ctx, func(ctx context.Context, shard int64) error {
			if v.now().Sub(marks[shard]) < roundGap {
				return nil
			}
			return v.runner.Drain(ctx, shard, v.now())
		})
	}
	if err != nil && !errors.Is(err, feed.ErrBusy) {
		slog.WarnContext(ctx, "shards without news were not marked", "error", err)
	}
}

// Sweep drains every shard, and has what is parked tried again: a head that was refused for a while is as
// good as any, and its whole shard is without a mark.
func (v *Invalidator) Sweep(ctx context.Context) error {
	return eachShard(ctx, func(ctx context.Context, shard int64) error {
		if err := v.ask(ctx, shard); err != nil {
			return err
		}
		if err := v.runner.Drain(ctx, shard, time.Time{}); !errors.Is(err, feed.ErrBusy) {
			return err
		}
		return nil // another instance is at it
	})
}

// ask has the parked events of a shard tried again, in the drain that follows.
func (v *Invalidator) ask(ctx context.Context, shard int64) error {
	snap := v.db.Snapshot()
	c, err := feed.ReadCursor(ctx, snap, name, shard)
	if err != nil || c.Parked == 0 {
		return err
	}
	parked, err := feed.ListParked(ctx, snap, name, true)
	if err != nil {
		return err
	}
	asked := 0
	for _, p := range parked {
		if p.Book.Shard() != shard || p.Status != feed.StatusParked || p.Wanted != "" || asked == askedAgain {
			continue
		}
		asked++
		err := feed.Ask(ctx, v.db, name, feed.Place{Book: p.Book, Stream: p.Stream, Version: p.Version}, feed.StatusRetried, asker)
		if err != nil && !errors.Is(err, feed.ErrNotParked) {
			return err
		}
	}
	return nil
}

// asker is who has parked events tried again by himself.
const asker = "innkeep:invalidator"

// eachShard does the same for every shard, some at a time, whatever becomes of the others.
func eachShard(ctx context.Context, do func(context.Context, int64) error) error {
	var g errgroup.Group
	g.SetLimit(shardsAtOnce)
	errs := make([]error, tenant.Shards)
	for shard := range errs {
		g.Go(func() error {
			errs[shard] = do(ctx, int64(shard))
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(errs...)
}
