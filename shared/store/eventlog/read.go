package eventlog

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

// feedColumns are what the index EventFeed has of an event: its place.
var feedColumns = []string{"RecordedAt", "OrgId", "PropertyId", "StreamId", "Version"}

// Page is at most limit events of a shard after a position, committed up to a time, in the order of
// the feed: two RPCs, the index and the rows. The snapshot must not stand before until.
func Page(ctx context.Context, s *spannerdb.Snapshot, shard int64, after Position, until time.Time, limit int) ([]Stored, error) {
	var found []Position
	keys := spanner.KeyRange{Start: after.Key(shard), End: spanner.Key{shard, until}, Kind: spanner.OpenClosed}
	err := s.ReadUsingIndex(ctx, Table, Feed, keys, feedColumns, &spanner.ReadOptions{Limit: limit, RequestTag: "events/feed"},
		func(r *spanner.Row) error {
			var p Position
			err := r.Columns(&p.At, (*string)(&p.Org), (*string)(&p.Property), &p.Stream, &p.Version)
			p.At = p.At.UTC()
			found = append(found, p)
			return err
		})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return Rows(ctx, s, shard, found)
}

// Rows is the events at the positions, all of one shard, in the order of the feed: one RPC.
func Rows(ctx context.Context, s *spannerdb.Snapshot, shard int64, at []Position) ([]Stored, error) {
	events := make([]Stored, 0, len(at))
	err := s.Read(ctx, Table, ranges(shard, at), Columns, &spanner.ReadOptions{RequestTag: "events/rows"},
		func(r *spanner.Row) error {
			e, err := Read(r)
			events = append(events, e)
			return err
		})
	slices.SortFunc(events, func(a, b Stored) int { return a.Position().Compare(b.Position()) })
	return events, err
}

// ranges are the keys of the positions; versions of one stream that follow each other are a range.
func ranges(shard int64, at []Position) spanner.KeySet {
	var sets []spanner.KeySet
	for i := 0; i < len(at); {
		j := i + 1
		for j < len(at) && at[j].follows(at[j-1]) {
			j++
		}
		if j == i+1 {
			sets = append(sets, at[i].row(shard))
		} else {
			sets = append(sets, spanner.KeyRange{Start: at[i].row(shard), End: at[j-1].row(shard), Kind: spanner.ClosedClosed})
		}
		i = j
	}
	return spanner.KeySets(sets...)
}

func (p Position) follows(q Position) bool {
	return p.Org == q.Org && p.Property == q.Property && p.Stream == q.Stream && p.Version == q.Version+1
}

// row is the key of the event in its table.
func (p Position) row(shard int64) spanner.Key {
	return spanner.Key{shard, string(p.Org), string(p.Property), p.Stream, p.Version}
}

// OfStreams is a property's events of the streams first to last, stream by stream, that were committed
// up to a time: one RPC. Streams are dates, whose text is in their order.
func OfStreams(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, first, last bizdate.Date, known time.Time) ([]Stored, error) {
	var events []Stored
	keys := spanner.KeyRange{Start: streamKey(b, first), End: streamKey(b, last), Kind: spanner.ClosedClosed}
	err := s.Read(ctx, Table, keys, Columns, &spanner.ReadOptions{RequestTag: "events/streams"}, func(r *spanner.Row) error {
		e, err := Read(r)
		if err == nil && !e.At.After(known) {
			events = append(events, e)
		}
		return err
	})
	return events, err
}

func streamKey(b tenant.Book, d bizdate.Date) spanner.Key {
	return spanner.Key{b.Shard(), string(b.Org), string(b.Property), d.String()}
}

// Since is the places of at most limit events of a property after a place in the feed of its shard and
// up to a time, in order: one RPC. The zero time is as far as the snapshot sees, a limit of 0 is none.
func Since(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, after Position, until time.Time, limit int) ([]Position, error) {
	prefix := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}
	keys := spanner.KeyRange{Start: append(slices.Clone(prefix), after.At), End: prefix, Kind: spanner.OpenClosed}
	switch first := (Position{At: after.At, Org: b.Org, Property: b.Property}); {
	case after.Whole():
	case after.Org == b.Org && after.Property == b.Property:
		keys.Start = append(keys.Start, after.Stream, after.Version)
	case first.Compare(after) > 0:
		keys.Kind = spanner.ClosedClosed // of that time, this property's events come later
	}
	if !until.IsZero() {
		keys.End = append(slices.Clone(prefix), until)
	}
	var found []Position
	columns := []string{"RecordedAt", "StreamId", "Version"}
	opts := &spanner.ReadOptions{Limit: limit, RequestTag: "events/since"}
	err := s.ReadUsingIndex(ctx, Table, ByProperty, keys, columns, opts, func(r *spanner.Row) error {
		p := Position{Org: b.Org, Property: b.Property}
		err := r.Columns(&p.At, &p.Stream, &p.Version)
		p.At = p.At.UTC()
		found = append(found, p)
		return err
	})
	return found, err
}
