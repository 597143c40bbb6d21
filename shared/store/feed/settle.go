package feed

import (
	"context"
	"errors"
	"slices"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

// Place names one event.
type Place struct {
	Book    tenant.Book
	Stream  string
	Version int64
}

// ErrNotParked means that the event is not parked: it was taken or decided, or waits behind another.
var ErrNotParked = fault.New(fault.Conflict, "event_not_parked", "the event is not parked: it was taken or decided, or waits behind another one")

// Ask asks a consumer to take a parked event once more (StatusRetried), or decides that it is never
// taken (StatusDropped). The consumer does it when it looks at the shard next, and goes on with what
// waits behind the event; the row then says who asked. One that cannot be taken stays parked, with
// the new cause.
func Ask(ctx context.Context, db *spannerdb.DB, consumer string, p Place, to Status, by string) (err error) {
	defer fault.Wrap(&err, "feed.Ask(%s)", consumer)
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	key := Parked{Book: p.Book, Stream: p.Stream, Version: p.Version}.key(consumer)
	_, err = db.ReadWrite(ctx, "feed/ask", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		row, err := tx.ReadRow(ctx, parkedTable, key, parkedColumns)
		if spanner.ErrCode(err) == codes.NotFound {
			return ErrNotParked
		}
		if err != nil {
			return err
		}
		x, err := readParkedRow(row)
		if err != nil {
			return err
		}
		if x.Status != StatusParked {
			return ErrNotParked
		}
		x.Wanted, x.WantedBy = to, by
		return tx.BufferWrite([]*spanner.Mutation{x.mutation(consumer)})
	})
	return err
}

// asked does what somebody has asked for, and gives the cursor after it.
func (d *drain) asked(ctx context.Context) error {
	all, err := readParked(ctx, d.snap, d.consumer.Name, d.shard)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Status != StatusParked || p.Wanted == "" {
			continue
		}
		if err := d.settle(ctx, behind(all, p)); err != nil {
			return err
		}
		d.waits = map[stream]bool{} // read below, as it is now
		if all, err = readParked(ctx, d.db.Snapshot(), d.consumer.Name, d.shard); err != nil {
			return err
		}
	}
	d.waits = map[stream]bool{}
	for _, p := range all {
		d.waits[p.stream()] = d.waits[p.stream()] || p.open()
	}
	return nil
}

// behind is a parked event and what waits behind it in its stream.
func behind(all []Parked, p Parked) []Parked {
	return slices.DeleteFunc(slices.Clone(all), func(x Parked) bool {
		return x.stream() != p.stream() || x.Version != p.Version && (x.Status != StatusHeld || x.Version < p.Version)
	})
}

// settle gives the first of waiting, unless it is to be dropped, and those behind it to the consumer.
func (d *drain) settle(ctx context.Context, waiting []Parked) error {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	events, err := d.rows(ctx, waiting)
	if err != nil {
		return err
	}
	first := waiting[0]
	for i := range waiting {
		waiting[i].Status, waiting[i].DecidedBy = StatusRetried, first.WantedBy
	}
	waiting[0].Status, waiting[0].Wanted, waiting[0].WantedBy = first.Wanted, "", ""
	if first.Wanted == StatusDropped {
		events = events[1:]
	} else {
		waiting[0].Attempts++
	}
	next := d.cursor
	next.Parked -= int64(len(waiting))
	return d.settled(ctx, next, events, waiting)
}

func (d *drain) rows(ctx context.Context, waiting []Parked) ([]eventlog.Stored, error) {
	at := make([]eventlog.Position, len(waiting))
	for i, p := range waiting {
		at[i] = eventlog.Position{Org: p.Book.Org, Property: p.Book.Property, Stream: p.Stream, Version: p.Version}
	}
	events, err := eventlog.Rows(ctx, d.snap, d.shard, at)
	slices.SortFunc(events, func(a, b eventlog.Stored) int { return int(a.Version - b.Version) })
	if err == nil && len(events) != len(waiting) {
		err = ErrNotParked // an event is never deleted: somebody has done that by hand
	}
	return events, err
}

// settled gives the events to the consumer and commits what came of it. What comes before an event
// that turns out to be poison is taken; that one waits on, with its cause, and all behind it.
func (d *drain) settled(ctx context.Context, next Cursor, events []eventlog.Stored, waiting []Parked) error {
	err := d.handle(ctx, next, events, waiting)
	var p *poison
	if !errors.As(err, &p) {
		return err
	}
	i := slices.IndexFunc(waiting, func(x Parked) bool { return x.Version == p.event.Version })
	if i < 0 {
		return err
	}
	bad := &waiting[i]
	bad.Status, bad.DecidedBy, bad.Attempts = StatusParked, "", max(bad.Attempts, 1)
	bad.Cause = p.cause.Error()[:min(len(p.cause.Error()), maxCause)]
	next.Parked = d.cursor.Parked - int64(i)
	before := slices.DeleteFunc(events, func(e eventlog.Stored) bool { return e.Version >= bad.Version })
	return d.handle(ctx, next, before, waiting[:i+1])
}
