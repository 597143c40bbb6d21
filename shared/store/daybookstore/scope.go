package daybookstore

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
)

// Scope is what the books of a property say about a range of business dates, all at one moment.
type Scope struct {
	From, To bizdate.Date
	// Before is the latest row earlier than From; it is only read where no row gives the opening.
	Before *daybook.Day
	// Days are the rows of the range, oldest first; gap days have none.
	Days []daybook.Day
	// Postings are the entries that count on a date of the range, in the order of their posting.
	Postings []daybook.Entry
	// LastClosed is the last closed date of the property, zero when there is none; it is only read
	// for the day of a range that has no row.
	LastClosed bizdate.Date
	// At is the moment, UTC.
	At time.Time
}

// Scope reads a range of business dates by key range: three reads as a rule (day rows, entries,
// late entries), at one timestamp, without a transaction of their own.
func (s *Store) Scope(ctx context.Context, b tenant.Book, from, to bizdate.Date) (_ Scope, err error) {
	defer fault.Wrap(&err, "daybookstore.Scope(%s..%s)", from, to)
	if from > to || from.AddDays(MaxListDays) <= to {
		return Scope{}, ErrRange
	}
	sc := Scope{From: from, To: to}
	snap := s.db.Snapshot()
	if err := sc.readDays(ctx, snap, b); err != nil {
		return sc, failureOf(err)
	}
	if err := sc.readPostings(ctx, snap, b); err != nil {
		return sc, failureOf(err)
	}
	sc.At = snap.Timestamp()
	slices.SortFunc(sc.Postings, func(x, y daybook.Entry) int {
		if x.Decided.Stream != y.Decided.Stream {
			return int(x.Decided.Stream) - int(y.Decided.Stream)
		}
		return int(x.Decided.Version - y.Decided.Version)
	})
	return sc, nil
}

func (sc *Scope) readDays(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book) error {
	keys := spanner.KeyRange{Start: datedKey(b, sc.To), End: datedKey(b, sc.From), Kind: spanner.ClosedClosed}
	err := snap.Read(ctx, days, keys, dayColumns, nil, func(r *spanner.Row) error {
		d, err := readDay(r)
		sc.Days = append(sc.Days, d)
		return err
	})
	slices.Reverse(sc.Days)
	if err != nil || len(sc.Days) > 0 {
		return err
	}
	before := spanner.KeyRange{Start: datedKey(b, sc.From), End: bookKey(b), Kind: spanner.OpenClosed}
	err = snap.Read(ctx, days, before, dayColumns, &spanner.ReadOptions{Limit: 1}, func(r *spanner.Row) error {
		d, err := readDay(r)
		sc.Before = &d
		return err
	})
	if err != nil || sc.From != sc.To {
		return err
	}
	return sc.readLastClosed(ctx, snap, b)
}

// readLastClosed goes down from the newest row to the first closed one.
func (sc *Scope) readLastClosed(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book) error {
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	err := snap.Read(ctx, days, keys, dayColumns, nil, func(r *spanner.Row) error {
		d, err := readDay(r)
		if err == nil && d.Closed {
			sc.LastClosed = d.Date
			return errEnough
		}
		return err
	})
	if err == errEnough { //nolint:errorlint // our own, returned as it is
		return nil
	}
	return err
}

func (sc *Scope) readPostings(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book) error {
	each := func(r *spanner.Row) error {
		e, err := readEntry(r)
		if err == nil && !e.PostedDate.IsZero() && e.PostedDate >= sc.From && e.PostedDate <= sc.To {
			sc.Postings = append(sc.Postings, e)
		}
		return err
	}
	onTime := func(r *spanner.Row) error {
		n := len(sc.Postings)
		if err := each(r); err != nil {
			return err
		}
		if len(sc.Postings) > n && sc.Postings[n].Late() {
			sc.Postings = sc.Postings[:n] // the index of late entries gives it
		}
		return nil
	}
	keys := spanner.KeyRange{Start: datedKey(b, sc.To), End: datedKey(b, sc.From), Kind: spanner.ClosedClosed}
	if err := snap.Read(ctx, entries, keys, entryColumns, nil, onTime); err != nil {
		return err
	}
	var late []spanner.KeySet
	index := spanner.KeyRange{Start: bookKey(b, civilDate(sc.From)), End: bookKey(b, civilDate(sc.To)), Kind: spanner.ClosedClosed}
	columns := append(slices.Clone(bookColumns), "Month", "BusinessDate", "Kind", "EntryId")
	err := snap.ReadUsingIndex(ctx, entries, lateEntries, index, columns, nil, func(r *spanner.Row) error {
		key, err := keyOf(r)
		late = append(late, key)
		return err
	})
	if err != nil || len(late) == 0 {
		return err
	}
	return snap.Read(ctx, entries, spanner.KeySets(late...), entryColumns, nil, each)
}

// keyOf is the key of an entry from a row of its columns.
func keyOf(r *spanner.Row) (spanner.Key, error) {
	var x struct {
		ShardId      int64  //nolint:revive // the column's name
		OrgId        string //nolint:revive // the column's name
		PropertyId   string //nolint:revive // the column's name
		Month        int64
		BusinessDate civil.Date
		Kind         string
		EntryId      string //nolint:revive // the column's name
	}
	err := r.ToStruct(&x)
	return spanner.Key{x.ShardId, x.OrgId, x.PropertyId, x.Month, x.BusinessDate, x.Kind, x.EntryId}, err
}
