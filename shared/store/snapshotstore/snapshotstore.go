// Package snapshotstore gives the state of a day's stream from the last snapshot of it and the
// events behind that, and keeps new snapshots. A snapshot only saves reading: one that is damaged, of
// another schema or not borne out by the stream is refused, and the events are folded from the first.
//
// It owns the table Snapshots, which may be emptied at any time. It does not know when a snapshot
// is due. The setup stream has none: its state stands in tables.
package snapshotstore

import (
	"context"
	"fmt"
	"math"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
)

// pageSize is how many events one read takes: some 500 kB.
const pageSize = 500

// ErrUnfoldable means that a stream has no state: an event is missing or cannot be read, or the sums
// are more than can be. It is damage, and reading again does not help.
var ErrUnfoldable = fault.New(fault.Internal, "stream_unfoldable", "the stream's events cannot be folded")

// Load is a day as all events of its stream left it at the snapshot's moment, without opening and
// closing (daybook.FoldDay). A stream without events is a day of version 0.
func Load(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, stream bizdate.Date) (_ daybook.Day, err error) {
	defer fault.Wrap(&err, "snapshotstore.Load(%s, %s)", b.Property, stream)
	return load(ctx, s, b, stream, math.MaxInt64)
}

// LoadAt is Load of the events 1 to version. ErrUnfoldable where the stream ends before.
func LoadAt(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, stream bizdate.Date, version int64) (_ daybook.Day, err error) {
	defer fault.Wrap(&err, "snapshotstore.LoadAt(%s, %s, %d)", b.Property, stream, version)
	d, err := load(ctx, s, b, stream, version)
	if err == nil && d.Version != version {
		err = fmt.Errorf("%w: it ends with version %d", ErrUnfoldable, d.Version)
	}
	return d, err
}

// load is two RPCs for a short tail, and one more for each further page.
func load(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, stream bizdate.Date, until int64) (daybook.Day, error) {
	f := fold{snap: s, book: b, stream: stream, until: until}
	var rows []row
	err := s.Read(ctx, table, key(b, stream), columns, &spanner.ReadOptions{RequestTag: "snapshots/row"}, into(&rows))
	if err != nil {
		return daybook.Day{}, err
	}
	for _, x := range rows { // at most one
		if x.Version > until {
			continue // it knows more than is asked for
		}
		d, why, err := f.behind(ctx, x)
		if err != nil || why == "" {
			return d, err
		}
		refuse(ctx, x, why)
	}
	return f.on(ctx, daybook.Day{Date: stream}, nil, true)
}

// fold walks one stream up to a version.
type fold struct {
	snap   *spannerdb.Snapshot
	book   tenant.Book
	stream bizdate.Date
	until  int64
	taken  int64
}

// behind is the state by a snapshot and the events behind it, or why the snapshot cannot be read. It
// reads from the event that the snapshot ends with, which must be there and be the same.
func (f *fold) behind(ctx context.Context, x row) (daybook.Day, reason, error) {
	d, why := x.day()
	if why != "" {
		return d, why, nil
	}
	events, more, err := f.page(ctx, d.Version)
	switch {
	case err != nil:
		return d, "", err
	case len(events) == 0 || events[0].Version != d.Version:
		return d, beyondEnd, nil
	case events[0].Chain != d.Chain:
		return d, badChain, nil
	}
	d, err = f.on(ctx, d, events[1:], more)
	return d, "", err
}

// on is a day after the events and, where there are more, after those of the pages behind them.
func (f *fold) on(ctx context.Context, d daybook.Day, events []eventlog.Stored, more bool) (daybook.Day, error) {
	for {
		for _, e := range events {
			var err error
			if d, err = after(d, e); err != nil {
				return d, err
			}
			f.taken++
		}
		if !more {
			folded.Record(ctx, f.taken)
			return d, nil
		}
		var err error
		if events, more, err = f.page(ctx, d.Version+1); err != nil {
			return d, err
		}
	}
}

// page is some of the stream's events from a version on, and whether there may be more.
func (f *fold) page(ctx context.Context, from int64) ([]eventlog.Stored, bool, error) {
	var events []eventlog.Stored
	keys := spanner.KeyRange{Start: key(f.book, f.stream, from), End: key(f.book, f.stream, f.until), Kind: spanner.ClosedClosed}
	err := f.snap.Read(ctx, eventlog.Table, keys, eventlog.Columns, &spanner.ReadOptions{Limit: pageSize, RequestTag: "snapshots/events"},
		func(r *spanner.Row) error {
			e, err := eventlog.Read(r)
			events = append(events, e)
			return err
		})
	return events, len(events) == pageSize, err
}

func after(d daybook.Day, e eventlog.Stored) (daybook.Day, error) {
	data, err := daybook.DecodeData(e.Type, e.Schema, e.Raw.Data)
	if err == nil {
		d, err = daybook.FoldDay(d, daybook.Event{Stream: d.Date, Version: e.Version, Data: data, Chain: e.Chain})
	}
	if err != nil {
		return d, fmt.Errorf("%w: %s/%d: %w", ErrUnfoldable, e.Stream, e.Version, err)
	}
	return d, nil
}

func into(rows *[]row) func(*spanner.Row) error {
	return func(r *spanner.Row) error {
		var x row
		err := r.ToStruct(&x)
		*rows = append(*rows, x)
		return err
	}
}
