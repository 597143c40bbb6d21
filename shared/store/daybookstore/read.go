package daybookstore

import (
	"bytes"
	"context"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Entry reads one entry of a book by its self-locating id: one key lookup. ErrNotFound when there
// is none, whoever's it may be.
func (s *Store) Entry(ctx context.Context, b tenant.Book, id ids.Entry) (_ daybook.Entry, err error) {
	defer fault.Wrap(&err, "daybookstore.Entry")
	known, err := readEntries(ctx, s.strong(), b, []ids.Entry{id})
	if err != nil {
		return daybook.Entry{}, failureOf(err)
	}
	e, found := known[id.ID]
	if !found {
		return daybook.Entry{}, fault.ErrNotFound
	}
	return e, nil
}

// EntryQuery asks for entries of one kind with business dates From to To, at most MaxListDays of
// them, newest first.
type EntryQuery struct {
	Kind     ledger.Kind
	From, To bizdate.Date
	Status   daybook.Status // empty: all
	After    *ids.Entry     // go on after this entry
	Limit    int
}

// MaxListDays bounds the range of a list: each day is a key range of its own.
const MaxListDays = 366

// ErrRange means that a list's dates are not a range that can be read.
var ErrRange = fault.New(fault.Invalid, "bad_range", "from must not be after to, and a range has at most 366 days")

// Entries lists entries by key ranges: one read for each page of the table that holds them.
func (s *Store) Entries(ctx context.Context, b tenant.Book, q EntryQuery) (_ []daybook.Entry, err error) {
	defer fault.Wrap(&err, "daybookstore.Entries")
	if q.From > q.To || q.From.AddDays(MaxListDays) <= q.To {
		return nil, ErrRange
	}
	var ranges []spanner.KeySet
	for d := q.To; d >= q.From; d = d.AddDays(-1) {
		if q.After != nil && d > q.After.Date {
			continue
		}
		r := spanner.KeyRange{Start: datedKey(b, d, string(q.Kind)), End: datedKey(b, d, string(q.Kind)), Kind: spanner.ClosedClosed}
		if q.After != nil && d == q.After.Date {
			r.Start, r.Kind = entryKey(b, d, q.Kind, q.After.ID), spanner.OpenClosed
		}
		ranges = append(ranges, r)
	}
	if len(ranges) == 0 {
		return nil, nil
	}
	opts := &spanner.ReadOptions{RequestTag: "daybook/list"}
	if q.Status == "" {
		opts.Limit = q.Limit
	}
	out := make([]daybook.Entry, 0, q.Limit)
	err = s.strong().ReadWithOptions(ctx, entries, spanner.KeySets(ranges...), entryColumns, opts).Do(func(r *spanner.Row) error {
		e, err := readEntry(r)
		if err != nil {
			return err
		}
		if q.Status == "" || e.Status == q.Status {
			out = append(out, e)
		}
		if len(out) == q.Limit {
			return errEnough
		}
		return nil
	})
	if err == errEnough { //nolint:errorlint // our own, returned as it is
		err = nil
	}
	return out, failureOf(err)
}

var errEnough = fault.New(fault.Internal, "enough", "the page is full")

// Days lists the day rows with dates From to To, oldest first. Days without a row are left out.
func (s *Store) Days(ctx context.Context, b tenant.Book, from, to bizdate.Date) (_ []daybook.Day, err error) {
	defer fault.Wrap(&err, "daybookstore.Days")
	if from > to || from.AddDays(MaxListDays) <= to {
		return nil, ErrRange
	}
	keys := spanner.KeyRange{Start: datedKey(b, to), End: datedKey(b, from), Kind: spanner.ClosedClosed}
	var out []daybook.Day
	opts := &spanner.ReadOptions{RequestTag: "daybook/days"}
	err = s.strong().ReadWithOptions(ctx, days, keys, dayColumns, opts).Do(func(r *spanner.Row) error {
		d, err := readDay(r)
		out = append([]daybook.Day{d}, out...)
		return err
	})
	return out, failureOf(err)
}

// Pending is an entry that waits, and where.
type Pending struct {
	Property tenant.PropertyID
	daybook.Entry
}

// PendingQuery asks for the approvals that wait at some properties, in their order, oldest first.
type PendingQuery struct {
	Properties []tenant.PropertyID
	After      *ids.Entry // go on after this entry, of the property that it names
	Limit      int
}

// PendingPage is a page of approvals that wait; Next is the cursor of the next page, empty on the
// last.
type PendingPage struct {
	Entries []Pending
	Next    string
}

// Pending lists entries that wait: an index range a property, then the entries by key. A page may
// be short, since what is decided between the two reads is left out.
func (s *Store) Pending(ctx context.Context, org tenant.OrgID, q PendingQuery) (page PendingPage, err error) {
	defer fault.Wrap(&err, "daybookstore.Pending")
	refs, err := s.pendingRefs(ctx, org, q)
	if err != nil || len(refs) == 0 {
		return page, failureOf(err)
	}
	if len(refs) == q.Limit {
		last := refs[len(refs)-1]
		property, _ := ids.ParseUUID(string(last.Property)) // what the index holds was written by us
		page.Next = last.Locator(property)
	}
	keys := make([]spanner.KeySet, len(refs))
	for i, r := range refs {
		keys[i] = entryKey(tenant.Book{Org: org, Property: r.Property}, r.BusinessDate, r.Kind, r.ID)
	}
	byID := map[ids.UUID]daybook.Entry{}
	opts := &spanner.ReadOptions{RequestTag: "daybook/pending_entries"}
	err = s.strong().ReadWithOptions(ctx, entries, spanner.KeySets(keys...), entryColumns, opts).Do(func(r *spanner.Row) error {
		e, err := readEntry(r)
		byID[e.ID] = e
		return err
	})
	for _, r := range refs {
		if e, ok := byID[r.ID]; ok && e.Status == daybook.Pending {
			page.Entries = append(page.Entries, Pending{Property: r.Property, Entry: e})
		}
	}
	return page, failureOf(err)
}

func (s *Store) pendingRefs(ctx context.Context, org tenant.OrgID, q PendingQuery) ([]Pending, error) {
	ranges := make([]spanner.KeySet, 0, len(q.Properties))
	for _, p := range q.Properties {
		prefix := spanner.Key{string(org), string(p)}
		r := spanner.KeyRange{Start: prefix, End: prefix, Kind: spanner.ClosedClosed}
		if q.After != nil {
			switch after := q.After.Property.String(); {
			case string(p) < after:
				continue
			case string(p) == after:
				r.Start = spanner.Key{string(org), string(p), civilDate(q.After.Date)}
			}
		}
		ranges = append(ranges, r)
	}
	if len(ranges) == 0 {
		return nil, nil
	}
	var out []Pending
	opts := &spanner.ReadOptions{Index: pendingByOrg, RequestTag: "daybook/pending"}
	columns := []string{"PropertyId", "BusinessDate", "Kind", "EntryId"}
	err := s.strong().ReadWithOptions(ctx, entries, spanner.KeySets(ranges...), columns, opts).Do(func(r *spanner.Row) error {
		p, err := readPendingRef(r)
		if err != nil || q.seen(p) {
			return err
		}
		if out = append(out, p); len(out) == q.Limit {
			return errEnough
		}
		return nil
	})
	if err == errEnough { //nolint:errorlint // our own, returned as it is
		err = nil
	}
	return out, err
}

// seen reports whether an entry of the cursor's date stands before the cursor: an index is read by
// its own columns, so a page begins with its date.
func (q PendingQuery) seen(p Pending) bool {
	if q.After == nil || string(p.Property) != q.After.Property.String() || p.BusinessDate != q.After.Date {
		return false
	}
	kind, _ := daybook.KindOfLocator(*q.After)
	return p.Kind < kind || p.Kind == kind && bytes.Compare(p.ID[:], q.After.ID[:]) <= 0
}

func readPendingRef(r *spanner.Row) (Pending, error) {
	var x struct {
		PropertyId   string //nolint:revive // the column's name
		BusinessDate civil.Date
		Kind         string
		EntryId      string //nolint:revive // the column's name
	}
	if err := r.ToStruct(&x); err != nil {
		return Pending{}, err
	}
	id, err := ids.ParseUUID(x.EntryId)
	return Pending{Property: tenant.PropertyID(x.PropertyId), Entry: daybook.Entry{Facts: daybook.Facts{
		ID: id, Kind: ledger.Kind(x.Kind), BusinessDate: fromCivil(x.BusinessDate),
	}}}, err
}
