package daybookstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

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
	// Pending are the entries of business dates in the range that wait, in the order of their
	// recording. They count nowhere.
	Pending []daybook.Entry
	// Counts are the counts of the drawer on dates of the range, as they were made, oldest first.
	Counts []Count
	// LastClosed is the last closed date of the property, zero when there is none; it is only read
	// where the range's last date has no row.
	LastClosed bizdate.Date
}

// Count is a count of the drawer, as it was made.
type Count struct {
	Date    bizdate.Date
	Version int64 // its event's, in the date's stream
	daybook.CashCounted
	CountedBy string
	At        time.Time // of its commit, UTC
}

// Closed reports whether every date of the range is closed: its last date is.
func (sc *Scope) Closed() bool {
	if n := len(sc.Days); n > 0 && sc.Days[n-1].Date == sc.To {
		return sc.Days[n-1].Closed
	}
	return sc.LastClosed >= sc.To
}

// CheckRange is ErrRange for what is no range of dates, or one of more than MaxListDays.
func CheckRange(from, to bizdate.Date) error {
	if from > to || from.AddDays(MaxListDays) <= to {
		return ErrRange
	}
	return nil
}

// ReadScope reads a range of business dates by key range at the snapshot's moment, without a
// transaction of its own: one read for the days, two for entries (those of the dates, and the index of
// late ones) and, where a drawer was counted, one for counts. A moment is known with the first row that
// is read at it, so where the snapshot has none yet the longest read, that of the entries, goes first
// and the others run beside the rest of it.
func ReadScope(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, from, to bizdate.Date, w Want) (_ Scope, err error) {
	defer fault.Wrap(&err, "daybookstore.ReadScope(%s..%s)", from, to)
	if err := CheckRange(from, to); err != nil {
		return Scope{}, err
	}
	sc := Scope{From: from, To: to}
	g, ctx := errgroup.WithContext(ctx)
	readDays := func() {
		g.Go(func() error {
			err := sc.readDays(ctx, snap, b)
			if err != nil || !w.Counts || !slices.ContainsFunc(sc.Days, func(d daybook.Day) bool { return d.Counted }) {
				return err
			}
			return sc.readCounts(ctx, snap, b)
		})
	}
	if !w.Postings() {
		readDays()
	} else {
		g.Go(func() error { return sc.readEntries(ctx, snap, b, w, readDays) })
	}
	return sc, failureOf(g.Wait())
}

// readEntries reads what posted on the range's dates and what waits: two reads, three where something
// posted late. Once the moment of all reads is known it calls beside, unless its first read fails.
func (sc *Scope) readEntries(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, w Want, beside func()) error {
	var late []daybook.Entry
	g, ctx := errgroup.WithContext(ctx)
	start := sync.OnceFunc(func() {
		beside()
		g.Go(func() (err error) {
			late, err = readLate(ctx, snap, b, sc.From, sc.To, w)
			return err
		})
	})
	if !snap.Timestamp().IsZero() {
		start()
	}
	g.Go(func() error {
		err := sc.readOnTime(ctx, snap, b, w, start)
		if err == nil {
			start()
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	sc.Postings = append(sc.Postings, late...)
	if w.detail().ordered {
		slices.SortFunc(sc.Postings, daybook.ByPosting)
		slices.SortFunc(sc.Pending, func(x, y daybook.Entry) int { return x.Recorded.Compare(y.Recorded) })
	}
	return nil
}

func (sc *Scope) readDays(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book) error {
	keys := spanner.KeyRange{Start: datedKey(b, sc.To), End: datedKey(b, sc.From), Kind: spanner.ClosedClosed}
	err := snap.Read(ctx, days, keys, dayColumns, tagged("daybook/scope_days"), func(r *spanner.Row) error {
		d, err := readDay(r)
		sc.Days = append(sc.Days, d)
		return err
	})
	slices.Reverse(sc.Days)
	if err != nil {
		return err
	}
	if n := len(sc.Days); n == 0 || sc.Days[n-1].Date != sc.To {
		if err := sc.readLastClosed(ctx, snap, b); err != nil {
			return err
		}
	}
	if len(sc.Days) > 0 {
		return nil
	}
	before := spanner.KeyRange{Start: datedKey(b, sc.From), End: bookKey(b), Kind: spanner.OpenClosed}
	opts := tagged("daybook/scope_before")
	opts.Limit = 1
	return snap.Read(ctx, days, before, dayColumns, opts, func(r *spanner.Row) error {
		d, err := readDay(r)
		sc.Before = &d
		return err
	})
}

func tagged(tag string) *spanner.ReadOptions { return &spanner.ReadOptions{RequestTag: tag} }

// readLastClosed goes down from the newest row to the first closed one.
func (sc *Scope) readLastClosed(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book) error {
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	err := snap.Read(ctx, days, keys, dayColumns, tagged("daybook/scope_closed"), func(r *spanner.Row) error {
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

// readOnTime reads the entries of the range's business dates: those that count on their own date, and
// those that wait. What posted on another date than its own is readLate's. It calls first when it has
// the first row.
func (sc *Scope) readOnTime(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, w Want, first func()) error {
	keys := spanner.KeyRange{Start: datedKey(b, sc.To), End: datedKey(b, sc.From), Kind: spanner.ClosedClosed}
	return snap.Read(ctx, entries, keys, w.detail().columns, tagged("daybook/scope_entries"), func(r *spanner.Row) error {
		first()
		e, err := w.detail().read(r)
		switch {
		case err != nil:
			return err
		case e.Status == daybook.Pending:
			sc.Pending = append(sc.Pending, e)
		case e.PostedDate == e.BusinessDate:
			sc.Postings = append(sc.Postings, e)
		}
		return nil
	})
}

// readLate reads the entries of other business dates that count on one of the range.
func readLate(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, from, to bizdate.Date, w Want) (out []daybook.Entry, err error) {
	var late []spanner.KeySet
	index := spanner.KeyRange{Start: bookKey(b, civilDate(from)), End: bookKey(b, civilDate(to)), Kind: spanner.ClosedClosed}
	columns := append(slices.Clone(bookColumns), "Month", "BusinessDate", "Kind", "EntryId")
	err = snap.ReadUsingIndex(ctx, entries, lateEntries, index, columns, tagged("daybook/scope_late"), func(r *spanner.Row) error {
		key, err := keyOf(r)
		late = append(late, key)
		return err
	})
	if err != nil || len(late) == 0 {
		return nil, err
	}
	err = snap.Read(ctx, entries, spanner.KeySets(late...), w.detail().columns, tagged("daybook/scope_late_entries"), func(r *spanner.Row) error {
		e, err := w.detail().read(r)
		out = append(out, e)
		return err
	})
	return out, err
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
