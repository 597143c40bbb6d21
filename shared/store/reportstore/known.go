package reportstore

import (
	"context"
	"slices"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
)

// lookBack is how many days before a range are read at a time in search of a closed one: the open
// window of a night audit that is kept.
const lookBack = 35

// known folds the books of a property over a range of dates from what was recorded up to a moment.
type known struct {
	Reader
	book     Book
	from, to bizdate.Date
}

// event is an event of a day's stream with its commit time.
type event struct {
	daybook.Event
	stored eventlog.Stored
}

// streams are the events of a range of dates, stream by stream, that were recorded up to the moment of
// knowledge.
func (r Reader) streams(ctx context.Context, b Book, from, to bizdate.Date) ([]event, error) {
	stored, err := eventlog.OfStreams(ctx, r.Snap, b.Book, from, to, r.Known)
	if err != nil {
		return nil, err
	}
	return decode(stored)
}

func decode(stored []eventlog.Stored) ([]event, error) {
	out := make([]event, len(stored))
	for i, s := range stored {
		e, err := s.Event()
		if err != nil {
			return nil, err
		}
		out[i] = event{e, s}
	}
	return out, nil
}

func (k known) scope(ctx context.Context, w daybookstore.Want) (daybookstore.Scope, error) {
	sc := daybookstore.Scope{From: k.from, To: k.to}
	within, err := k.streams(ctx, k.book, k.from, k.to)
	if err != nil {
		return sc, err
	}
	fold, err := k.before(ctx, within)
	if err != nil {
		return sc, err
	}
	if w.Postings() {
		if err := k.madeEarlier(ctx, fold, within); err != nil {
			return sc, err
		}
	}
	for _, e := range within {
		if err := fold.Add(e.Event); err != nil {
			return sc, err
		}
		if data, counted := e.Data.(daybook.CashCounted); counted && w.Counts {
			sc.Counts = append(sc.Counts, daybookstore.Count{
				Date: e.Stream, Version: e.Version, CashCounted: data, CountedBy: e.Actor.Subject, At: e.stored.At,
			})
		}
	}
	for _, d := range fold.Days() {
		switch {
		case d.Date >= k.from && d.Version > 0:
			sc.Days = append(sc.Days, d)
		case d.Date < k.from:
			sc.Before = &d
		}
	}
	if len(sc.Days) > 0 {
		sc.Before = nil
	}
	if w.Postings() {
		sc.Postings, sc.Pending = fold.Postings(k.from, k.to), fold.Waiting(k.from, k.to)
	}
	if n := len(sc.Days); n == 0 || sc.Days[n-1].Date != k.to {
		sc.LastClosed, err = k.lastClosed(ctx, sc)
	}
	return sc, err
}

// before is a fold that has come to the range's first date. A closed day's figures never change, so it
// begins at the latest one that was closed then: the first of the range where it is, else one before.
func (k known) before(ctx context.Context, within []event) (*daybook.Fold, error) {
	if first := firstStream(within); len(first) > 0 {
		if data, closed := closedBy(first); closed {
			return daybook.FoldFrom(k.book.Property, first[0].Stream, data.OpeningMinor), nil
		}
	}
	var open []event // of the days between the closed one and the range
	for last := k.from.AddDays(-1); ; last = last.AddDays(-lookBack) {
		first := max(last.AddDays(1-lookBack), k.book.Property.GoLive)
		if last < k.book.Property.GoLive {
			return folded(daybook.NewFold(k.book.Property), open)
		}
		events, err := k.streams(ctx, k.book, first, last)
		if err != nil {
			return nil, err
		}
		for end := len(events); end > 0; {
			begin := end - 1
			for begin > 0 && events[begin-1].Stream == events[end-1].Stream {
				begin--
			}
			if data, closed := closedBy(events[begin:end]); closed {
				fold := daybook.FoldFrom(k.book.Property, events[begin].Stream, data.OpeningMinor)
				return folded(fold, append(slices.Clone(events[begin:]), open...))
			}
			end = begin
		}
		open = append(events, open...)
	}
}

func folded(f *daybook.Fold, events []event) (*daybook.Fold, error) {
	for _, e := range events {
		if err := f.Add(e.Event); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func firstStream(events []event) []event {
	n := 0
	for n < len(events) && events[n].Stream == events[0].Stream {
		n++
	}
	return events[:n]
}

func closedBy(stream []event) (daybook.DayClosed, bool) {
	list := make([]daybook.Event, len(stream))
	for i, e := range stream {
		list[i] = e.Event
	}
	return daybook.ClosedBy(list)
}

// madeEarlier tells the fold of the entries that the range's events decide and that were recorded on
// earlier dates: one read of their events.
func (k known) madeEarlier(ctx context.Context, fold *daybook.Fold, within []event) error {
	var at []eventlog.Position
	for _, e := range within {
		if p, decides := e.DecidesOn(); decides && p.Stream < k.from {
			at = append(at, eventlog.Position{Org: k.book.Org, Property: k.book.Book.Property, Stream: p.Stream.String(), Version: p.Version})
		}
	}
	if len(at) == 0 {
		return nil
	}
	slices.SortFunc(at, eventlog.Position.Compare)
	stored, err := eventlog.Rows(ctx, k.Snap, k.book.Shard(), slices.Compact(at))
	if err != nil {
		return err
	}
	events, err := decode(stored)
	for _, e := range events {
		fold.Know(e.Made())
	}
	return err
}

// lastClosed is the date of a stream after the range's last row that was closed then, or zero: closing a
// day closes every earlier open one, so the first later stream tells, unless it had not begun.
func (k known) lastClosed(ctx context.Context, sc daybookstore.Scope) (bizdate.Date, error) {
	for after := k.to; ; {
		next, err := k.nextStream(ctx, k.book.Book, after)
		if err != nil || next.IsZero() {
			return lastOf(sc.Days), err
		}
		events, err := k.streams(ctx, k.book, next, next)
		if err != nil {
			return 0, err
		}
		if len(events) > 0 {
			if _, closed := closedBy(events); closed {
				return next, nil
			}
			return lastOf(sc.Days), nil
		}
		after = next
	}
}

// lastOf is the last of the days that is closed; zero for none.
func lastOf(days []daybook.Day) bizdate.Date {
	for _, d := range slices.Backward(days) {
		if d.Closed {
			return d.Date
		}
	}
	return 0
}

// nextStream is the first date after another that has a stream; zero for none.
func (r Reader) nextStream(ctx context.Context, b tenant.Book, after bizdate.Date) (next bizdate.Date, err error) {
	prefix := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}
	keys := spanner.KeyRange{
		Start: append(slices.Clone(prefix), after.AddDays(1).String()), End: prefix, Kind: spanner.ClosedClosed,
	}
	opts := &spanner.ReadOptions{Limit: 1, RequestTag: "reports/next_stream"}
	err = r.Snap.Read(ctx, eventlog.Table, keys, []string{"StreamId"}, opts, func(row *spanner.Row) error {
		var id string
		if err := row.Columns(&id); err != nil {
			return err
		}
		next, err = bizdate.Parse(id)
		return err
	})
	return next, err
}
