package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

// drain is one walk through a shard up to a time.
type drain struct {
	*Runner
	turn   *turn
	shard  int64
	until  time.Time
	record bool                // how far it goes is written down in any case
	snap   *spannerdb.Snapshot // at until: every commit up to it is seen, and no other
	cursor Cursor              // how far the walk is
	waits  map[stream]bool     // streams with a parked event
}

func (r *Runner) drain(ctx context.Context, t *turn, shard int64, until time.Time, record bool) (err error) {
	d := drain{Runner: r, turn: t, shard: shard, until: until, record: record, snap: r.db.SnapshotAt(until), waits: map[stream]bool{}}
	if err := d.begin(ctx); err != nil {
		return err
	}
	for more := true; more; {
		events, err := eventlog.Page(ctx, d.snap, shard, d.cursor.Position, until, r.consumer.Batch)
		if err != nil {
			return err
		}
		if len(events) == 0 && d.idle() {
			d.reached(ctx, d.until)
			return nil
		}
		more = len(events) == r.consumer.Batch
		if err := d.take(ctx, events, more); err != nil {
			return err
		}
	}
	return nil
}

// begin reads where the consumer is, and does what was asked for.
func (d *drain) begin(ctx context.Context) error {
	stored, err := ReadCursor(ctx, d.snap, d.consumer.Name, d.shard)
	if err != nil {
		return err
	}
	if stored.leasedByAnother(d.id, d.now()) {
		return ErrBusy
	}
	if first := d.turn.stored.Consumer == ""; first || !stored.same(d.turn.stored) {
		d.turn.stored, d.turn.ahead = stored, stored // another instance has been here
		d.turn.theirs = stored.MovedAt
	}
	d.cursor = d.turn.ahead
	if d.cursor.Parked > 0 {
		return d.asked(ctx)
	}
	return nil
}

// idle reports whether nothing is to be written where nothing has happened.
func (d *drain) idle() bool {
	known := d.cursor.same(d.turn.stored) || !d.record
	return known && d.turn.stored.LeaseHolder == "" && d.until.Sub(d.turn.stored.Watermark()) < idleMove
}

// take gives the consumer one batch and moves the cursor behind it.
func (d *drain) take(ctx context.Context, events []eventlog.Stored, more bool) error {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if d.consumer.Outside && len(events) > 0 && d.cursor.LeaseHolder != d.id {
		if err := d.commit(ctx, d.lease(d.cursor), nil, nil); err != nil {
			return err
		}
	}
	next := d.cursor
	next.Position, next.Events = eventlog.End(d.until), next.Events+int64(len(events))
	if more {
		next.Position = events[len(events)-1].Position()
		next = d.lease(next)
	} else {
		next.LeaseHolder, next.LeaseUntil = "", time.Time{}
	}
	events, aside := d.held(events)
	for {
		taken := next
		taken.Parked += int64(len(aside))
		err := d.handle(ctx, taken, events, aside)
		var p *poison
		if !errors.As(err, &p) {
			return err
		}
		var out []eventlog.Stored
		if events, out = d.without(events, p.event); len(out) == 0 {
			return err // the consumer names an event that it was not given
		}
		aside = append(aside, parked(out, p.cause)...)
	}
}

func (d *drain) handle(ctx context.Context, next Cursor, events []eventlog.Stored, aside []Parked) error {
	var effect Effect
	if len(events) > 0 {
		d.probe(BeforeHandle)
		var err error
		if effect, err = d.consumer.Handle(ctx, d.batch(events)); err != nil {
			return err
		}
		d.probe(AfterHandle)
	}
	if effect == nil && len(aside) == 0 && !d.consumer.Outside && next.LeaseHolder == "" && !d.record && d.idle() {
		d.cursor, d.turn.ahead = next, next // nothing came of it: a later commit takes it along
	} else if err := d.commit(ctx, next, effect, aside); err != nil {
		return err
	}
	observe(ctx, d.consumer.Name, d.now(), events, aside)
	return nil
}

func (d *drain) batch(events []eventlog.Stored) *Batch {
	state := d.snap
	if d.turn.moved.After(d.until) {
		state = d.db.SnapshotAt(d.turn.moved)
	}
	return &Batch{Shard: d.shard, Events: events, At: d.until, State: state, Theirs: d.turn.theirs}
}

// lease is the cursor with this runner's lease on it.
func (d *drain) lease(c Cursor) Cursor {
	c.LeaseHolder, c.LeaseUntil = d.id, d.now().Add(leaseTime).UTC()
	return c
}

// commit writes the effect, what is set aside and the cursor, unless somebody has moved the cursor
// since this walk read it: two instances cannot both apply a batch.
func (d *drain) commit(ctx context.Context, next Cursor, effect Effect, aside []Parked) error {
	var moved Cursor
	out, err := d.db.ReadWrite(ctx, tag(d.consumer.Name), func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		moved = next
		now, err := Locked(ctx, tx, d.consumer.Name, d.shard)
		if err != nil {
			return err
		}
		if !now.same(d.turn.stored) {
			return ErrBusy
		}
		moved.Rows, moved.Checksum = now.Rows, now.Checksum
		var ms []*spanner.Mutation
		if effect != nil {
			if ms, err = effect(ctx, tx, &moved); err != nil {
				return err
			}
		}
		for _, p := range aside {
			ms = append(ms, p.mutation(d.consumer.Name))
		}
		d.probe(BeforeCommit)
		return tx.BufferWrite(append(ms, moved.Mutation()))
	})
	if err != nil {
		return err
	}
	d.cursor, d.turn.stored, d.turn.ahead, d.turn.moved = moved, moved, moved, out.CommitTime
	for _, p := range aside {
		d.waits[p.stream()] = p.open()
	}
	d.probe(AfterCommit)
	d.reached(ctx, moved.Watermark())
	return nil
}

func (d *drain) reached(ctx context.Context, at time.Time) {
	if d.consumer.Reached != nil && !at.IsZero() {
		d.consumer.Reached(ctx, d.shard, at, d.cursor.Parked)
	}
}

// tag names a consumer's transactions; its generation, if it has one, is no other transaction.
func tag(consumer string) string { return "feed/" + consumer }

// held takes out of a batch what waits behind a parked event of its stream. A retry that frees a
// stream moves the cursor, so that this walk's next commit is refused.
func (d *drain) held(events []eventlog.Stored) (free []eventlog.Stored, aside []Parked) {
	if !d.consumer.Hold || d.cursor.Parked == 0 {
		return events, nil
	}
	for _, e := range events {
		if d.waits[streamOf(e)] {
			aside = append(aside, hold(e))
		} else {
			free = append(free, e)
		}
	}
	return free, aside
}

// without is a batch without the event, and what has to be set aside for it: the event and, where
// the consumer wants its stream held, the later ones of it.
func (d *drain) without(events []eventlog.Stored, bad eventlog.Stored) (rest, out []eventlog.Stored) {
	i := slices.IndexFunc(events, func(e eventlog.Stored) bool { return e.Position() == bad.Position() })
	if i < 0 {
		return events, nil
	}
	rest = slices.Clone(events[:i])
	for _, e := range events[i:] {
		if e.Position() == bad.Position() || d.consumer.Hold && streamOf(e) == streamOf(bad) {
			out = append(out, e)
		} else {
			rest = append(rest, e)
		}
	}
	return rest, out
}
