package history

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

// window is the places of all events of the properties between two places of the history.
type window struct {
	places []eventlog.Position // in order
	end    eventlog.Position
	read   int // entries of the index that it took
}

// tooNarrow is a width that is not worth remembering: one commit was larger than a window.
const tooNarrow = time.Millisecond

// window reads the next window after a place. A limit on a read of several properties counts in the
// order of keys, the first property's events first, so what it cuts off is of any time: where it cuts,
// a shorter time is read. Commits of one timestamp that are larger than a window are read whole.
func (r *Reader) window(ctx context.Context, s *spannerdb.Snapshot, q Query, after eventlog.Position) (window, error) {
	most := 2 * q.Limit
	before := after.At // the window's events are later than this
	if !after.Whole() {
		before = before.Add(-1)
	}
	until := q.Until
	if next := after.At.Add(r.width); r.width > 0 && !after.At.IsZero() && next.Before(until) {
		until = next
	}
	for read := 0; ; {
		places, err := index(ctx, s, q, after, until, most+1)
		if err != nil {
			return window{}, err
		}
		read += len(places)
		w := window{places: places, end: eventlog.End(until), read: read}
		if len(places) <= most {
			r.remember(w, after.At, until, q.Until, most)
			return w, nil
		}
		if len(q.Properties) == 1 { // keys and history have one order
			w.end = places[most-1]
			w.places = places[:most]
			return w, nil
		}
		narrowCount.Add(ctx, 1)
		shorter := narrower(places, len(q.Properties), until)
		if !shorter.After(before) {
			r.width = 0
			w.places, err = index(ctx, s, q, after, until, 0)
			w.read = len(w.places)
			return w, err
		}
		until = shorter
	}
}

// narrower is an earlier end for a window of which some places were read, more than it may have: the
// time by which they would fill their fair share of it, if the other properties had as many.
func narrower(places []eventlog.Position, properties int, until time.Time) time.Time {
	share := max(len(places)/properties, 1)
	if at := places[share-1].At; at.Before(until) {
		return at
	}
	if first := places[0].At; first.Before(until) {
		return first
	}
	return until.Add(-1)
}

// remember keeps the width of a window that fitted, wider where there was room; 0 is all there is.
func (r *Reader) remember(w window, from, until, end time.Time, most int) {
	if r.width = 0; until.Equal(end) || len(w.places) == 0 {
		return
	}
	if from.IsZero() {
		from = w.places[0].At
	}
	if r.width = until.Sub(from); len(w.places) < most/2 {
		r.width *= 4
	}
	if r.width < tooNarrow {
		r.width = 0
	}
}

// indexColumns are what the index has of an event: its place.
var indexColumns = []string{"PropertyId", "RecordedAt", "StreamId", "Version"}

// index is the places of at most limit events after one place and up to a time, in order: one RPC.
// A limit of 0 is none.
func index(ctx context.Context, s *spannerdb.Snapshot, q Query, after eventlog.Position, until time.Time, limit int) ([]eventlog.Position, error) {
	var places []eventlog.Position
	opts := &spanner.ReadOptions{Limit: limit, RequestTag: "history/index"}
	err := s.ReadUsingIndex(ctx, eventlog.Table, eventlog.ByProperty, ranges(q, after, until), indexColumns, opts,
		func(r *spanner.Row) error {
			p := eventlog.Position{Org: q.Org}
			err := r.Columns((*string)(&p.Property), &p.At, &p.Stream, &p.Version)
			p.At = p.At.UTC()
			places = append(places, p)
			return err
		})
	slices.SortFunc(places, eventlog.Position.Compare)
	return places, err
}

// ranges are the keys of the index, one range a property.
func ranges(q Query, after eventlog.Position, until time.Time) spanner.KeySet {
	sets := make([]spanner.KeySet, len(q.Properties))
	for i, p := range q.Properties {
		shard, org, property := tenant.ShardOf(q.Org, p), string(q.Org), string(p)
		keys := spanner.KeyRange{
			Start: spanner.Key{shard, org, property, after.At}, End: spanner.Key{shard, org, property, until},
			Kind: spanner.OpenClosed, // without what was recorded at after.At
		}
		switch {
		case after.Whole() || p < after.Property:
		case p == after.Property:
			keys.Start = append(keys.Start, after.Stream, after.Version)
		default:
			keys.Kind = spanner.ClosedClosed // of that time, this property's events come later
		}
		sets[i] = keys
	}
	return spanner.KeySets(sets...)
}
