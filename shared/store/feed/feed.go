// Package feed gives every event of the day book, shard by shard and in the order of the commits,
// to consumers that keep a cursor each. Commit timestamps are the outbox: who reads at a time T
// sees every commit up to T, so nothing is missed and nothing has to be published for it.
//
// It owns FeedCursors and ParkedEvents. It knows no consumer and no event's meaning.
package feed

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

// Consumer is something that lives off the feed. Its effects in the database are committed with
// its cursor: each event has them exactly once.
type Consumer struct {
	// Name is its key in FeedCursors and ParkedEvents, at most 40 characters.
	Name string
	// Batch is how many events a commit takes at most.
	Batch int
	// Hold says that a parked event holds the later ones of its stream back, in order; otherwise it
	// alone is left out.
	Hold bool
	// Outside says that Handle has effects outside of the database, which no commit undoes: the
	// shard's lease is taken before, so that two instances do not both work for nothing. Such
	// effects happen at least once.
	Outside bool
	// Unhurried says that the sweep is soon enough: a nudge makes the consumer look twice a minute at
	// most, and does not make it wait.
	Unhurried bool
	// Handle does what is to be done before the commit, and gives what is to be committed with the
	// cursor; nil for nothing. A Poison error parks its event; Handle is called again without it.
	Handle func(context.Context, *Batch) (Effect, error)
	// Reached is told how far the consumer is in a shard, after each commit of the cursor and after a look
	// that found nothing: every event recorded up to at has had its effects, but for the parked ones that
	// wait. It may be nil.
	Reached func(ctx context.Context, shard int64, at time.Time, parked int64)
	// Probe is called at the named Points; tests end the process there. It may be nil.
	Probe func(Point)
}

// Batch is some events of one shard, in the order of the feed.
type Batch struct {
	Shard  int64
	Events []eventlog.Stored
	At     time.Time // what the events were read at: nothing up to it is missing behind them but later batches
	// State shows what the commits of earlier batches have written. When this batch is committed it
	// still stands so: the commit is refused where the cursor has been moved. So what only commits
	// with this cursor write is read here, and not in the transaction.
	State *spannerdb.Snapshot
	// Theirs is when another instance moved the cursor last, as far as this one has seen; the zero time
	// where none has. Its effects outside of the database came before.
	Theirs time.Time
}

// Effect gives what is committed with the cursor. It may run more than once; it may read by tx, and
// set the cursor's Checksum and RowCount.
type Effect func(ctx context.Context, tx *spanner.ReadWriteTransaction, c *Cursor) ([]*spanner.Mutation, error)

// Point is a moment between two steps, at which a process may end.
type Point string

// The points. Whatever ends there, the state that others come to is the same (I9).
const (
	BeforeHandle Point = "before-handle"
	AfterHandle  Point = "after-handle" // effects outside have happened, and nobody has written it down
	BeforeCommit Point = "before-commit"
	AfterCommit  Point = "after-commit"
)

// ErrBusy means that another instance is at this shard for this consumer: try again later.
var ErrBusy = fault.New(fault.Unavailable, "feed_busy", "another instance reads this shard of the feed")

// ErrShard means that a shard is not one of the 16.
var ErrShard = fault.New(fault.Invalid, "no_such_shard", "shards are numbered 0 to 15")

const (
	// batchTimeout bounds one batch with its transaction: less than the events service's 10 s.
	batchTimeout = 8 * time.Second
	// leaseTime is how long a shard belongs to the instance that is at it; each batch renews it. It is
	// longer than a batch may take, and short enough to wait for when an instance died.
	leaseTime = 10 * time.Second
	// pace is the time between two looks at a shard that are due to nudges: many small commits become
	// few large batches, at most 32 a second for all shards, however many events there are. The first
	// nudge after a pause waits for nothing. A nudge of what was taken already needs no look within the
	// pace; a later one is good for a look, since nudges that wait in a queue have newer ones behind them.
	pace = 500 * time.Millisecond
	// idleMove is by how much a watermark may be behind in a shard without news before it is moved: the
	// sweep comes once a minute, and other calls must not write for nothing.
	idleMove = 30 * time.Second
)

// Runner moves one consumer through the feed. In one process it is at a shard once at a time: a
// second call waits, and finds its news taken already or takes them.
type Runner struct {
	db       *spannerdb.DB
	consumer Consumer
	now      func() time.Time
	id       string // of this runner, in leases
	turns    [shards]turn
}

// turn is whose it is to be at a shard, and how the last one left it.
type turn struct {
	token   chan struct{} // holds one token
	drained time.Time     // how far the last look went
	moved   time.Time     // commit time of this runner's last move of the cursor
	theirs  time.Time     // commit time of another runner's move, where this one has found it
	stored  Cursor        // as it was moved or read last
	ahead   Cursor        // stored, and behind events without an effect, which no commit was made for
}

// New is a runner; now is the machine's clock, which decides how far a drain reads and never what
// it misses.
func New(db *spannerdb.DB, c Consumer, now func() time.Time) *Runner {
	r := &Runner{db: db, consumer: c, now: now, id: ids.NewUUID().String()}
	for i := range r.turns {
		r.turns[i].token = make(chan struct{}, 1)
		r.turns[i].token <- struct{}{}
	}
	return r
}

// Sweep drains every shard, one after the other as Shards has them, as far as ctx allows. It goes on after a shard's
// failure, and gives all of them; a shard that another instance is at needs nobody else.
func (r *Runner) Sweep(ctx context.Context) error {
	var faults []error
	for shard := range Shards() {
		if err := r.Drain(ctx, shard, time.Time{}); err != nil && !errors.Is(err, ErrBusy) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// Drain gives the consumer what was committed in the shard up to now, in batches of one commit
// each. at is the commit that somebody knows of: one that was taken already costs nothing, and
// others wait until the last look is half a second ago. The zero time asks to look at once,
// and to write down how far the consumer is. ErrBusy when another instance is at the shard.
func (r *Runner) Drain(ctx context.Context, shard int64, at time.Time) (err error) {
	defer fault.Wrap(&err, "feed.Drain(%s, %d)", r.consumer.Name, shard)
	if shard < 0 || shard >= shards {
		return ErrShard
	}
	t := &r.turns[shard]
	select {
	case <-t.token:
		defer func() { t.token <- struct{}{} }()
	case <-ctx.Done():
		return errors.Join(ErrBusy, ctx.Err())
	}
	if !at.IsZero() {
		early := t.drained.Add(r.pace()).Sub(r.now())
		if early > 0 && (r.consumer.Unhurried || !at.After(t.drained)) {
			return nil
		}
		if err := wait(ctx, early); err != nil {
			return errors.Join(ErrBusy, err)
		}
	}
	// Where our clock is behind a commit that we know of, the read waits until its time has come: the
	// news must be seen, and our own cursor as we have left it.
	until := r.now().UTC()
	for _, known := range []time.Time{at, t.moved} {
		if known.After(until) {
			until = known.UTC()
		}
	}
	if err := r.drain(ctx, t, shard, until, at.IsZero()); err != nil {
		return err
	}
	t.drained = until
	return nil
}

func (r *Runner) pace() time.Duration {
	if r.consumer.Unhurried {
		return idleMove
	}
	return pace
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Runner) probe(p Point) {
	if r.consumer.Probe != nil {
		r.consumer.Probe(p)
	}
}
