// Package history reads an organisation's events in the order in which they were recorded, over the
// properties that its reader may see: page by page, each at one read timestamp, none missing and none
// twice. It reads the table Events and knows nothing of who asks.
//
// The order is that of the feed within an organisation: RecordedAt, PropertyId, StreamId, Version.
// Every commit up to a timestamp is seen by a read at it, so who has read up to T goes on after T.
package history

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
)

const (
	// MaxLimit bounds the events of a page: about a megabyte.
	MaxLimit = 500
	// scanBudget bounds what one page looks at, index entries and rows: with filters that let little
	// through a page ends short, and the next goes on behind it.
	scanBudget = 3_000
	// leastChunk is how many rows are read at least where a filter needs the rows themselves.
	leastChunk = 100
)

// Query is what a page is made of.
type Query struct {
	Org        tenant.OrgID
	Properties []tenant.PropertyID // those alone, tenant.Setup where it is meant too; none: no events
	After      eventlog.Position   // the zero Position for the beginning
	Until      time.Time           // events recorded up to it; not later than the snapshot
	Types      []daybook.EventType // empty: all
	From, To   bizdate.Date        // business dates, each may be zero; with one, the setup stream is left out
	Limit      int                 // 1 to MaxLimit
}

// Page is some events that follow each other.
type Page struct {
	Events []eventlog.Stored
	Next   eventlog.Position // where the page ends, behind what the filters left out, too
	More   bool              // there may be more up to Query.Until: a page may be short, or empty, with more to come
}

// Reader reads one page after the other. It remembers how long a time its last page covered, so a
// stream that catches up keeps its Reader. The zero Reader is ready; it is not for concurrent use.
type Reader struct{ width time.Duration }

// Page is the first page after q.After. At most 2*MaxLimit events are held at a time. The error is of
// kind Unavailable where another try may do.
func (r *Reader) Page(ctx context.Context, s *spannerdb.Snapshot, q Query) (_ Page, err error) {
	defer fault.Wrap(&err, "history.Page")
	p, err := r.page(ctx, s, q)
	return p, unavailable(err)
}

func (r *Reader) page(ctx context.Context, s *spannerdb.Snapshot, q Query) (p Page, err error) {
	q.Limit = min(max(q.Limit, 1), MaxLimit)
	q.Properties = slices.Compact(slices.Sorted(slices.Values(q.Properties)))
	p.Next = q.After
	if len(q.Properties) == 0 && !q.past(p.Next) {
		p.Next = eventlog.End(q.Until)
	}
	for looked := 0; !q.past(p.Next); {
		if looked >= scanBudget || len(p.Events) == q.Limit {
			p.More = true
			break
		}
		w, err := r.window(ctx, s, q, p.Next)
		if err != nil {
			return p, err
		}
		looked += w.read
		if err := q.take(ctx, s, &p, w, &looked); err != nil {
			return p, err
		}
	}
	observe(ctx, p)
	return p, nil
}

// past reports whether there is nothing left up to the query's end.
func (q Query) past(p eventlog.Position) bool {
	return p.At.After(q.Until) || p.Whole() && p.At.Equal(q.Until)
}

// take fills the page from a window as far as limit and budget go.
func (q Query) take(ctx context.Context, s *spannerdb.Snapshot, p *Page, w window, looked *int) error {
	places := slices.DeleteFunc(w.places, func(at eventlog.Position) bool { return !q.dated(at.Stream) })
	for len(places) > 0 {
		if len(p.Events) == q.Limit || *looked >= scanBudget && p.Next != q.After {
			return nil
		}
		n := q.Limit - len(p.Events)
		if len(q.Types) > 0 {
			n = max(n, leastChunk)
		}
		n = min(n, len(places))
		events, err := rows(ctx, s, places[:n])
		if err != nil {
			return err
		}
		*looked += n
		p.Next, places = places[n-1], places[n:]
		for i, e := range events {
			if len(q.Types) > 0 && !slices.Contains(q.Types, e.Type) {
				continue
			}
			if len(p.Events) == q.Limit { // the rest of the chunk is the next page's
				p.Next = events[i-1].Position()
				return nil
			}
			p.Events = append(p.Events, e)
		}
	}
	p.Next = w.end
	return nil
}

// dated says whether a stream's business date is one that is asked for.
func (q Query) dated(stream string) bool {
	if q.From.IsZero() && q.To.IsZero() {
		return true
	}
	d, err := bizdate.Parse(stream)
	return err == nil && d >= q.From && (q.To.IsZero() || d <= q.To)
}

// rows is the events at the places, in their order: one RPC.
func rows(ctx context.Context, s *spannerdb.Snapshot, places []eventlog.Position) ([]eventlog.Stored, error) {
	events := make([]eventlog.Stored, 0, len(places))
	opts := &spanner.ReadOptions{RequestTag: "history/rows"}
	err := s.Read(ctx, eventlog.Table, keys(places), eventlog.Columns, opts, func(r *spanner.Row) error {
		e, err := eventlog.Read(r)
		events = append(events, e)
		return err
	})
	slices.SortFunc(events, func(a, b eventlog.Stored) int { return a.Position().Compare(b.Position()) })
	return events, err
}

// keys are those of the places; versions of one stream that follow each other are a range.
func keys(places []eventlog.Position) spanner.KeySet {
	byKey := slices.Clone(places)
	slices.SortFunc(byKey, func(a, b eventlog.Position) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Version, b.Version))
	})
	var sets []spanner.KeySet
	for len(byKey) > 0 {
		first, n := byKey[0], 1
		for n < len(byKey) && byKey[n].Property == first.Property && byKey[n].Stream == first.Stream && byKey[n].Version == first.Version+int64(n) {
			n++
		}
		sets = append(sets, spanner.KeyRange{Start: key(first), End: key(byKey[n-1]), Kind: spanner.ClosedClosed})
		byKey = byKey[n:]
	}
	return spanner.KeySets(sets...)
}

func key(p eventlog.Position) spanner.Key {
	return spanner.Key{tenant.ShardOf(p.Org, p.Property), string(p.Org), string(p.Property), p.Stream, p.Version}
}

// Properties is every property that an organisation has at the snapshot's moment, and tenant.Setup:
// what a reader of all of them asks for. Read in the page's own snapshot it names every property that
// can have an event in it.
func Properties(ctx context.Context, s *spannerdb.Snapshot, org tenant.OrgID) (_ []tenant.PropertyID, err error) {
	defer fault.Wrap(&err, "history.Properties")
	all := []tenant.PropertyID{tenant.Setup}
	opts := &spanner.ReadOptions{RequestTag: "history/properties"}
	err = s.ReadUsingIndex(ctx, "Properties", "PropertiesByCode", spanner.Key{string(org)}.AsPrefix(), []string{"PropertyId"}, opts,
		func(r *spanner.Row) error {
			var id string
			err := r.Columns(&id)
			all = append(all, tenant.PropertyID(id))
			return err
		})
	slices.SortFunc(all, cmp.Compare[tenant.PropertyID])
	return all, unavailable(err)
}

// unavailable is an error of the database as a caller may know it.
func unavailable(err error) error {
	switch spanner.ErrCode(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	return err
}
