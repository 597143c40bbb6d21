package daybookstore

import (
	"context"
	"slices"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
)

// Reader is what a transaction, or a read at one moment, reads with.
type Reader = reader

var auditColumns = append(slices.Clone(dayColumns), "Currency", "Month")

// ReadAudit reads a property's day rows and events from the newest date down to the last one that is
// closed by its events, and locks the rows in a read-write transaction as the write path does: two RPCs
// as a rule. Where a row is closed that its events left open, it reads on.
func ReadAudit(ctx context.Context, tx Reader, b tenant.Book, p daybook.Property) (daybook.Audit, error) {
	a := daybook.Audit{Property: p}
	for below := bizdate.Date(0); ; {
		rows, more, err := readRows(ctx, tx, b, below, windowPage, true)
		if err != nil {
			return a, err
		}
		from := bizdate.Date(0)
		if more {
			from = rows[0].Date
		}
		streams, err := readStreams(ctx, tx, b, from, below)
		if err != nil {
			return a, err
		}
		a.Rows, a.Streams = append(rows, a.Rows...), append(streams, a.Streams...)
		for _, s := range streams {
			if s.Close != nil {
				a.LastClosed = s.Day.Date
			}
		}
		if !more || !a.LastClosed.IsZero() {
			return a, nil
		}
		below = from
	}
}

// ReadClosedAudit reads at most limit of a property's day rows of closed dates, the newest below a
// date, with the events of their range, and gives the date below which the next call goes on; zero
// when nothing is left. Two RPCs.
func ReadClosedAudit(ctx context.Context, tx Reader, b tenant.Book, p daybook.Property, below bizdate.Date, limit int) (a daybook.Audit, next bizdate.Date, err error) {
	a = daybook.Audit{Property: p, LastClosed: below.AddDays(-1)}
	rows, more, err := readRows(ctx, tx, b, below, limit, false)
	if err != nil {
		return a, 0, err
	}
	if more {
		next = rows[0].Date
	}
	a.Rows = rows
	a.Streams, err = readStreams(ctx, tx, b, next, below)
	return a, next, err
}

// ReadClosedDay is the audit of one closed date: two RPCs.
func ReadClosedDay(ctx context.Context, tx Reader, b tenant.Book, p daybook.Property, date bizdate.Date) (daybook.Audit, error) {
	a := daybook.Audit{Property: p, LastClosed: date}
	opts := &spanner.ReadOptions{LockHint: exclusive, RequestTag: "daybook/audit_day"}
	err := tx.ReadWithOptions(ctx, days, datedKey(b, date), auditColumns, opts).Do(func(r *spanner.Row) error {
		row, _, err := readRow(r)
		a.Rows = append(a.Rows, row)
		return err
	})
	if err != nil {
		return a, err
	}
	a.Streams, err = readStreams(ctx, tx, b, date, date.AddDays(1))
	return a, err
}

// readRows reads at most limit day rows with dates below one, all where it is zero, the newest of them;
// oldest first. untilClosed ends with the first closed one. more says that there may be others below.
func readRows(ctx context.Context, tx reader, b tenant.Book, below bizdate.Date, limit int, untilClosed bool) (rows []daybook.Row, more bool, err error) {
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	if !below.IsZero() {
		keys.Start, keys.Kind = datedKey(b, below), spanner.OpenClosed
	}
	n, done := 0, false
	opts := &spanner.ReadOptions{Limit: limit, LockHint: exclusive, RequestTag: "daybook/audit_rows"}
	err = tx.ReadWithOptions(ctx, days, keys, auditColumns, opts).Do(func(r *spanner.Row) error {
		n++
		if done {
			return nil
		}
		row, placed, err := readRow(r)
		if placed {
			rows = append(rows, row)
			done = untilClosed && row.Closed
		}
		return err
	})
	slices.Reverse(rows)
	return rows, len(rows) > 0 && (done || n == limit), err
}

// readRow is a day row, and whether it stands in the month of its date: one that does not is nobody's.
func readRow(r *spanner.Row) (_ daybook.Row, placed bool, err error) {
	var x struct {
		dayRow
		Currency string
		Month    int64
	}
	err = r.ToStruct(&x)
	row := daybook.Row{Day: x.day(), Currency: money.Currency(x.Currency)}
	return row, x.Month == int64(row.Date.Month()), err
}

// readStreams folds the streams of a range of dates, each link of their chains checked; a zero date
// leaves the range open at that end. Oldest first.
func readStreams(ctx context.Context, tx reader, b tenant.Book, from, below bizdate.Date) ([]daybook.Stream, error) {
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	if !from.IsZero() {
		keys.Start = bookKey(b, from.String())
	}
	if !below.IsZero() {
		keys.End, keys.Kind = bookKey(b, below.String()), spanner.ClosedOpen
	}
	var out []daybook.Stream
	opts := &spanner.ReadOptions{RequestTag: "daybook/audit_events"}
	err := tx.ReadWithOptions(ctx, events, keys, eventlog.Columns, opts).Do(func(r *spanner.Row) error {
		e, err := eventlog.Read(r)
		if err != nil {
			return err
		}
		date, err := bizdate.Parse(e.Stream)
		if err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].Day.Date != date {
			out = append(out, daybook.NewStream(date))
		}
		last := &out[len(out)-1]
		*last = fold(*last, e)
		return nil
	})
	return out, err
}

// fold is a stream after a stored event.
func fold(s daybook.Stream, e eventlog.Stored) daybook.Stream {
	if s.Damage == nil && e.Version == s.Day.Version+1 && !e.Follows(s.Day.Chain) {
		return s.Broken(daybook.ErrChainBroken)
	}
	data, err := daybook.DecodeData(e.Type, e.Schema, e.Raw.Data)
	if err != nil {
		return s.Broken(err)
	}
	return s.Next(daybook.Event{Stream: s.Day.Date, Version: e.Version, Chain: e.Chain, Data: data})
}

// WriteRepair is what a repair writes: its rows whole, the row that goes, the evidence.
func WriteRepair(b tenant.Book, r daybook.Repair) []*spanner.Mutation {
	w := &writes{}
	months := map[bizdate.Month]bool{}
	for _, row := range r.Rows {
		if m := row.Date.Month(); !months[m] {
			months[m] = true
			w.period(b, m)
		}
		x := writeDay(b, row.Currency, row.Day)
		if !row.Counted {
			x.set("CountedMinor", spanner.NullInt64{}).set("CountVersion", spanner.NullInt64{})
		}
		w.upsert(days, x)
	}
	if !r.Remove.IsZero() {
		w.add(spanner.Delete(days, datedKey(b, r.Remove)), len(dayColumns))
	}
	w.insert(events, writeEvent(b, r.Event), 0)
	return w.all()
}
