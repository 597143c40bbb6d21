package webhookstore

import (
	"context"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

// Retry makes a delivery due again, whatever came of it, for another 3 days. ErrNotFound when the
// endpoint has no delivery of the event, which at names by property, stream and version.
func (s *Store) Retry(ctx context.Context, in Change, id string, at eventlog.Position) (Result, error) {
	at.Org = in.Org
	to := Target{Org: in.Org, ID: id}
	return s.change(ctx, in, "retry", id, func(ctx context.Context, tx *spanner.ReadWriteTransaction, _ command, e *Endpoint) ([]*spanner.Mutation, error) {
		if e.Status != Enabled {
			return nil, ErrDisabled
		}
		shard, place := tenant.ShardOf(at.Org, at.Property), at
		row, err := tx.ReadRow(ctx, eventlog.Table, spanner.Key{shard, string(at.Org), string(at.Property), at.Stream, at.Version}, []string{"RecordedAt"})
		if err == nil {
			err = row.Columns(&place.At)
		}
		if err == nil {
			row, err = tx.ReadRow(ctx, deliveries, deliveryKey(shard, to, place), []string{"EventType"})
		}
		var kind string
		if err == nil {
			err = row.Columns(&kind)
		}
		if spanner.ErrCode(err) == codes.NotFound {
			return nil, fault.ErrNotFound
		}
		return []*spanner.Mutation{enqueue(to, place, daybook.EventType(kind), s.now())}, err
	})
}

// ReplayQuery asks for the events of an organisation recorded from a time on.
type ReplayQuery struct {
	From       time.Time
	Properties []tenant.PropertyID // of the organisation; its own stream is added
	After      eventlog.Position   // go on after this event, or, without a stream, after this property
}

// Replayed is what one call of a replay came to.
type Replayed struct {
	Result
	Enqueued int
	Next     eventlog.Position // zero when nothing is left
}

// Replay enqueues events anew, also those from before the endpoint was made, property by property, as
// many as one commit should take. The same call again enqueues nothing. Events that come in while it
// goes on may be sent twice, by the replay and by the consumer.
func (s *Store) Replay(ctx context.Context, in Change, id string, q ReplayQuery) (out Replayed, err error) {
	events, next, err := s.replayed(ctx, in.Org, q)
	if err != nil {
		return out, err
	}
	out.Next = next
	to := Target{Org: in.Org, ID: id}
	out.Result, err = s.change(ctx, in, "replay", id, func(_ context.Context, _ *spanner.ReadWriteTransaction, _ command, e *Endpoint) ([]*spanner.Mutation, error) {
		if e.Status != Enabled {
			return nil, ErrDisabled
		}
		var rows []*spanner.Mutation
		for _, ev := range events {
			if e.takes(ev.Type) {
				rows = append(rows, enqueue(to, ev.Position(), ev.Type, s.now()))
			}
		}
		return rows, nil
	})
	for _, ev := range events {
		if out.takes(ev.Type) {
			out.Enqueued++
		}
	}
	return out, err
}

// replayed reads the events of one call.
func (s *Store) replayed(ctx context.Context, org tenant.OrgID, q ReplayQuery) (events []eventlog.Stored, next eventlog.Position, err error) {
	defer fault.Wrap(&err, "webhookstore.Replay")
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	properties := append([]tenant.PropertyID{tenant.Setup}, q.Properties...)
	slices.Sort(properties)
	first, found := slices.BinarySearchFunc(properties, q.After.Property, func(a, b tenant.PropertyID) int { return strings.Compare(string(a), string(b)) })
	if found && q.After.Stream == "" {
		first++ // that property was read to its end
	}
	snap := s.db.Snapshot()
	for i, p := range properties[first:] {
		if i >= s.limits.replayProperties {
			return events, eventlog.Position{Org: org, Property: properties[first+i-1]}, nil
		}
		room := s.limits.replayEvents - len(events)
		found, err := s.since(ctx, snap, tenant.Book{Org: org, Property: p}, q, room)
		if err != nil {
			return nil, next, failureOf(err)
		}
		events = append(events, found...)
		if len(found) == room {
			return events, found[room-1].Position(), nil
		}
	}
	return events, next, nil
}

// since is at most limit events of a book, in the order of their commits: two RPCs, one where there are
// none.
func (s *Store) since(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, q ReplayQuery, limit int) ([]eventlog.Stored, error) {
	prefix := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}
	keys := spanner.KeyRange{Start: append(slices.Clone(prefix), q.From.UTC()), End: prefix, Kind: spanner.ClosedClosed}
	if q.After.Property == b.Property {
		keys.Start, keys.Kind = append(slices.Clone(prefix), q.After.At, q.After.Stream, q.After.Version), spanner.OpenClosed
	}
	var at []eventlog.Position
	opts := &spanner.ReadOptions{Limit: limit, RequestTag: "webhooks/replay"}
	err := snap.ReadUsingIndex(ctx, eventlog.Table, eventlog.ByProperty, keys, []string{"RecordedAt", "StreamId", "Version"}, opts,
		func(r *spanner.Row) error {
			p := eventlog.Position{Org: b.Org, Property: b.Property}
			err := r.Columns(&p.At, &p.Stream, &p.Version)
			p.At = p.At.UTC()
			at = append(at, p)
			return err
		})
	if err != nil || len(at) == 0 {
		return nil, err
	}
	return eventlog.Rows(ctx, snap, b.Shard(), at)
}
