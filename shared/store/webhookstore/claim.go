package webhookstore

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/store/eventlog"
)

// lease is how long claimed deliveries are out of others' sight: longer than the function that sends
// them may take, and short enough to wait for when its instance died.
const lease = 30 * time.Second

// dueColumns are what the index DueDeliveries has of a delivery.
var dueColumns = []string{"OrgId", "EndpointId", "DueAt", "RecordedAt", "PropertyId", "StreamId", "Version"}

// DueTargets is a page of the endpoints of a shard that have something due, from the one after on.
// next is where the next page begins; the zero Target after the last.
func (s *Store) DueTargets(ctx context.Context, shard int64, after Target) (found []Target, next Target, err error) {
	defer fault.Wrap(&err, "webhookstore.DueTargets(%d)", shard)
	page := s.limits.duePage
	keys := spanner.KeyRange{Start: spanner.Key{shard}, End: spanner.Key{shard}, Kind: spanner.ClosedClosed}
	if after != (Target{}) {
		keys.Start, keys.Kind = spanner.Key{shard, string(after.Org), after.ID}, spanner.OpenClosed
	}
	opts := &spanner.ReadOptions{Index: due, Limit: page, RequestTag: "webhooks/due"}
	now, rows := s.now(), 0
	var last Target
	err = s.db.Single().ReadWithOptions(ctx, deliveries, keys, dueColumns, opts).Do(func(r *spanner.Row) error {
		d, err := readDue(r)
		if rows++; d.Target != last && !d.DueAt.After(now) {
			found = append(found, d.Target)
		}
		last = d.Target
		return err
	})
	if rows == page {
		next = last // the rest of its rows need not be read: the first one told
	}
	return found, next, failureOf(err)
}

func readDue(r *spanner.Row) (d Delivery, err error) {
	err = r.Columns((*string)(&d.Target.Org), &d.ID, &d.DueAt, &d.At, (*string)(&d.Property), &d.Stream, &d.Version)
	d.Position.Org, d.DueAt, d.At = d.Target.Org, d.DueAt.UTC(), d.At.UTC()
	return d, err
}

// Claimed are deliveries that this caller alone sends, for the time of a lease, in the order of the feed.
type Claimed struct {
	Endpoint   Endpoint
	Deliveries []Delivery
	Events     map[eventlog.Position]eventlog.Stored
}

// Claim takes at most limit deliveries to an endpoint that are due in a shard. Those of an endpoint
// that is not enabled are parked instead, and counted in parked.
func (s *Store) Claim(ctx context.Context, shard int64, to Target, limit int) (c Claimed, parked int, err error) {
	defer fault.Wrap(&err, "webhookstore.Claim(%d, %s)", shard, to.ID)
	waiting, err := s.waiting(ctx, shard, to, limit)
	if err != nil || len(waiting) == 0 {
		return c, 0, failureOf(err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	until := s.now().Add(lease)
	out, err := s.db.ReadWrite(ctx, "webhooks/claim", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		c, parked = Claimed{}, 0
		found, err := readEndpoints(ctx, tx, to.key())
		if err != nil {
			return err
		}
		if len(found) > 0 {
			c.Endpoint = found[0]
		}
		var rows []*spanner.Mutation
		err = s.unclaimed(ctx, tx, waiting, func(d Delivery) {
			if c.Endpoint.Status == Enabled {
				d.DueAt = until
				c.Deliveries = append(c.Deliveries, d)
			} else {
				d.Status, d.LastError = Parked, errorDisabled
				parked++
			}
			rows = append(rows, d.mutation(false))
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		return tx.BufferWrite(rows)
	})
	if err != nil {
		return Claimed{}, 0, failure(err, out)
	}
	slices.SortFunc(c.Deliveries, func(a, b Delivery) int { return a.Position.Compare(b.Position) })
	c.Events, err = s.events(ctx, shard, c.Deliveries)
	return c, parked, failureOf(err)
}

// waiting are the deliveries that an index range says are due; somebody may claim them at this moment.
func (s *Store) waiting(ctx context.Context, shard int64, to Target, limit int) (found []Delivery, err error) {
	prefix := spanner.Key{shard, string(to.Org), to.ID}
	keys := spanner.KeyRange{Start: prefix, End: append(slices.Clone(prefix), s.now()), Kind: spanner.ClosedClosed}
	opts := &spanner.ReadOptions{Index: due, Limit: limit, RequestTag: "webhooks/waiting"}
	err = s.db.Single().ReadWithOptions(ctx, deliveries, keys, dueColumns, opts).Do(func(r *spanner.Row) error {
		d, err := readDue(r)
		found = append(found, d)
		return err
	})
	return found, err
}

// unclaimed gives those of the deliveries which are due still as they were when they were seen, and
// locks them.
func (s *Store) unclaimed(ctx context.Context, tx *spanner.ReadWriteTransaction, seen []Delivery, each func(Delivery)) error {
	was := make(map[eventlog.Position]time.Time, len(seen))
	keys := make([]spanner.KeySet, len(seen))
	for i, d := range seen {
		was[d.Position], keys[i] = d.DueAt, d.key()
	}
	opts := &spanner.ReadOptions{LockHint: sppb.ReadRequest_LOCK_HINT_EXCLUSIVE}
	return tx.ReadWithOptions(ctx, deliveries, spanner.KeySets(keys...), deliveryColumns, opts).Do(func(r *spanner.Row) error {
		d, err := readDelivery(r)
		if at, ours := was[d.Position]; err == nil && ours && d.Status == Pending && d.DueAt.Equal(at) {
			each(d)
		}
		return err
	})
}

// events are the events of deliveries, by their places.
func (s *Store) events(ctx context.Context, shard int64, of []Delivery) (map[eventlog.Position]eventlog.Stored, error) {
	out := make(map[eventlog.Position]eventlog.Stored, len(of))
	if len(of) == 0 {
		return out, nil
	}
	at := make([]eventlog.Position, len(of))
	for i, d := range of {
		at[i] = d.Position
	}
	found, err := eventlog.Rows(ctx, s.db.Snapshot(), shard, at)
	for _, e := range found {
		out[e.Position()] = e
	}
	return out, err
}

// Settle writes down what came of claimed deliveries, of one endpoint. Those whose lease somebody else
// has taken since, or that were enqueued anew, are his to settle. gone says that the receiver wants no
// more: the endpoint is disabled with it.
func (s *Store) Settle(ctx context.Context, to Target, done []Settled, gone bool) (err error) {
	defer fault.Wrap(&err, "webhookstore.Settle(%s)", to.ID)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	claimed, after := make([]Delivery, len(done)), make(map[eventlog.Position]Delivery, len(done))
	for i, d := range done {
		claimed[i], after[d.before.Position] = d.before, d.Delivery
	}
	out, err := s.db.ReadWrite(ctx, "webhooks/settle", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		var rows []*spanner.Mutation
		err := s.unclaimed(ctx, tx, claimed, func(d Delivery) { rows = append(rows, after[d.Position].mutation(false)) })
		if err != nil {
			return err
		}
		if gone {
			row, err := tx.ReadRow(ctx, endpoints, to.key(), []string{"Status"})
			var now string
			if err == nil {
				err = row.Columns(&now)
			}
			if err != nil {
				return err
			}
			if now == string(Enabled) {
				rows = append(rows, spanner.Update(endpoints, []string{"OrgId", "EndpointId", "Status", "UpdatedAt"},
					[]any{string(to.Org), to.ID, string(Gone), spanner.CommitTimestamp}))
			}
		}
		return tx.BufferWrite(rows)
	})
	return failure(err, out)
}
