package accounttotals

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/api/iterator"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

// page is one book on a walk: what its events say and what the rows say.
type page struct {
	book   tenant.Book
	folded totals // of all events up to the walk's builtTo
	due    totals // of the events that the live cursor has behind it: what the rows should be
	rows   totals // of the live generation
	events int64  // in folded
	behind int64  // events that the live cursor has behind it
	poison []eventlog.Stored
	causes []error
}

// walk goes through the books of a shard, in the order of their keys, at one moment: two streams of
// rows, of which one book at a time is in memory.
type walk struct {
	db      *spannerdb.DB
	shard   int64
	at      time.Time   // all is read as it was then
	after   tenant.Book // the walk begins behind it; the zero Book: at the beginning
	only    tenant.Book // the one book that is walked; the zero Book: all
	builtTo time.Time   // which events are folded
	live    feed.Cursor // of the live generation, at at
	model   int64       // the live generation
	aside   map[eventlog.Position]bool
}

// eventColumns are what a fold needs of an event: the rest is not worth its transport.
var eventColumns = []string{"OrgId", "PropertyId", "StreamId", "Version", "Type", "SchemaVersion", "Data", "RecordedAt"}

func newWalk(ctx context.Context, db *spannerdb.DB, shard int64, at time.Time) (*walk, error) {
	w := &walk{db: db, shard: shard, at: at, builtTo: at, aside: map[eventlog.Position]bool{}}
	snap := db.SnapshotAt(at)
	m, err := ReadModel(ctx, snap)
	if err != nil {
		return nil, err
	}
	w.model = m.Live
	if w.live, err = feed.ReadCursor(ctx, snap, ConsumerName(m.Live), shard); err != nil || w.live.Parked == 0 {
		return w, err
	}
	parked, err := feed.ListParked(ctx, snap, ConsumerName(m.Live), true)
	for _, p := range parked {
		w.aside[place(p.Book, p.Stream, p.Version)] = true
	}
	return w, err
}

func place(b tenant.Book, stream string, version int64) eventlog.Position {
	return eventlog.Position{Org: b.Org, Property: b.Property, Stream: stream, Version: version}
}

// run calls visit for every book that has events or rows. An error of visit ends it.
func (w *walk) run(ctx context.Context, visit func(*page) error) error {
	tx := func() *spanner.ReadOnlyTransaction {
		return w.db.Client().Single().WithTimestampBound(spanner.ReadTimestamp(w.at))
	}
	events := pull(tx().ReadWithOptions(ctx, eventlog.Table, w.keys(), eventColumns, &spanner.ReadOptions{RequestTag: "rebuild/events"}), readEvent)
	defer events.Stop()
	rows := pull(tx().ReadWithOptions(ctx, table, w.keys(), columns, &spanner.ReadOptions{RequestTag: "rebuild/rows"}), readTotal)
	defer rows.Stop()
	for {
		e, moreEvents, err := events.peek()
		if err != nil {
			return err
		}
		r, moreRows, err := rows.peek()
		if err != nil {
			return err
		}
		var book tenant.Book
		switch {
		case !moreEvents && !moreRows:
			return nil
		case !moreRows || moreEvents && compareBooks(e.Book, r.row.Book) <= 0:
			book = e.Book
		default:
			book = r.row.Book
		}
		p, err := w.page(book, events, rows)
		if err != nil {
			return err
		}
		if err := visit(p); err != nil {
			return err
		}
	}
}

// keys are the shard's books behind w.after, or the only one.
func (w *walk) keys() spanner.KeySet {
	if w.only != (tenant.Book{}) {
		return spanner.Key{w.shard, string(w.only.Org), string(w.only.Property)}.AsPrefix()
	}
	start, kind := spanner.Key{w.shard}, spanner.ClosedClosed
	if w.after != (tenant.Book{}) {
		start, kind = spanner.Key{w.shard, string(w.after.Org), string(w.after.Property)}, spanner.OpenClosed
	}
	return spanner.KeyRange{Start: start, End: spanner.Key{w.shard}, Kind: kind}
}

func compareBooks(a, b tenant.Book) int {
	return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Property, b.Property))
}

func (w *walk) page(book tenant.Book, events *pulled[eventlog.Stored], rows *pulled[total]) (*page, error) {
	p := &page{book: book, rows: totals{}}
	folded, due := newFold(), newFold()
	for {
		e, more, err := events.peek()
		if err != nil {
			return nil, err
		}
		if !more || e.Book != book {
			break
		}
		events.next()
		w.take(p, e, folded, due)
	}
	for {
		r, more, err := rows.peek()
		if err != nil {
			return nil, err
		}
		if !more || r.row.Book != book {
			break
		}
		rows.next()
		if r.row.Generation == w.model {
			p.rows[r.row.Account] = r.total
		}
	}
	p.folded, p.due = folded.sums[book], due.sums[book]
	return p, nil
}

// take folds an event into what it belongs to.
func (w *walk) take(p *page, e eventlog.Stored, folded, due *fold) {
	own, err := postings(e)
	if !e.At.After(w.builtTo) {
		p.events++
		if err == nil {
			err = folded.put(e, own)
		}
		if err != nil {
			p.poison, p.causes = append(p.poison, e), append(p.causes, err)
		}
	}
	if e.Position().Compare(w.live.Position) > 0 {
		return
	}
	p.behind++
	if err == nil && !w.aside[place(e.Book, e.Stream, e.Version)] {
		_ = due.put(e, own) // a sum that does not fit is not in the rows either
	}
}

func readEvent(r *spanner.Row) (e eventlog.Stored, err error) {
	err = r.Columns((*string)(&e.Book.Org), (*string)(&e.Book.Property), &e.Stream, &e.Version, (*string)(&e.Type), &e.Schema, &e.Raw.Data, &e.At)
	e.At = e.At.UTC()
	return e, err
}

type total struct {
	row   row
	total report.Total
}

func readTotal(r *spanner.Row) (t total, err error) {
	t.row, t.total, err = readRow(r)
	return t, err
}

// pulled is a stream of rows of which the next can be looked at.
type pulled[T any] struct {
	*spanner.RowIterator
	read func(*spanner.Row) (T, error)
	head *T
	done bool
}

func pull[T any](rows *spanner.RowIterator, read func(*spanner.Row) (T, error)) *pulled[T] {
	return &pulled[T]{RowIterator: rows, read: read}
}

func (p *pulled[T]) peek() (v T, more bool, err error) {
	if p.head == nil && !p.done {
		r, err := p.Next()
		if errors.Is(err, iterator.Done) {
			p.done = true
			return v, false, nil
		}
		if err != nil {
			return v, false, err
		}
		if v, err = p.read(r); err != nil {
			return v, false, err
		}
		p.head = &v
	}
	if p.head == nil {
		return v, false, nil
	}
	return *p.head, true, nil
}

func (p *pulled[T]) next() { p.head = nil }
