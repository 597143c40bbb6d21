package correctionstore

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
)

// ErrCursor means that a cursor is not one that the list of corrections gave.
var ErrCursor = fault.New(fault.Invalid, "bad_corrections_cursor", "the cursor is not one that this list gave")

// Query asks for corrections of one organisation.
type Query struct {
	Org        tenant.OrgID
	Properties []tenant.PropertyID // nil: all of the organisation
	Status     Status              // empty: all
	After      string              // the cursor of the page before
	Limit      int
}

// Page is some corrections, in an order that stays; Next is the cursor of the next page, empty on the
// last. With a status a page may be short.
type Page struct {
	Corrections []Correction
	Next        string
}

// scannedRows bounds what a page with a status looks at.
const scannedRows = 2000

// List is a page of corrections: one RPC.
func (s *Store) List(ctx context.Context, q Query) (page Page, err error) {
	defer fault.Wrap(&err, "correctionstore.List")
	ranges, err := q.ranges()
	if err != nil || len(ranges) == 0 {
		return page, err
	}
	limit := q.Limit
	if q.Status != "" {
		limit = scannedRows
	}
	rows, last := 0, Correction{}
	opts := &spanner.ReadOptions{Limit: limit, RequestTag: "corrections/list"}
	err = s.db.Single().ReadWithOptions(ctx, corrections, spanner.KeySets(ranges...), columns, opts).Do(func(r *spanner.Row) error {
		if len(page.Corrections) == q.Limit {
			return nil
		}
		c, err := read(r)
		rows, last = rows+1, c
		if q.Status == "" || c.Status == q.Status {
			page.Corrections = append(page.Corrections, c)
		}
		return err
	})
	if rows == limit || len(page.Corrections) == q.Limit {
		page.Next = cursorOf(last)
	}
	return page, failureOf(err)
}

// place is a correction's place among those of an organisation.
type place struct {
	book tenant.Book
	date bizdate.Date
}

func (p place) compare(b tenant.Book) int {
	return cmp.Or(cmp.Compare(p.book.Shard(), b.Shard()), cmp.Compare(p.book.Property, b.Property))
}

func cursorOf(c Correction) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(c.Book.Property) + "/" + c.Date.String()))
}

func (q Query) after() (p place, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(q.After)
	property, date, found := strings.Cut(string(raw), "/")
	p.book = tenant.Book{Org: q.Org, Property: tenant.PropertyID(property)}
	if err == nil {
		p.date, err = bizdate.Parse(date)
	}
	if _, bad := tenant.ParsePropertyID(property); err != nil || bad != nil || !found {
		return p, ErrCursor
	}
	return p, nil
}

// ranges are the keys behind the cursor.
func (q Query) ranges() (ranges []spanner.KeySet, err error) {
	var after *place
	if q.After != "" {
		p, err := q.after()
		if err != nil {
			return nil, err
		}
		after = &p
	}
	if q.Properties == nil {
		return q.whole(after), nil
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(q.Properties))) {
		b := tenant.Book{Org: q.Org, Property: p}
		r := spanner.KeyRange{Start: key(b), End: key(b), Kind: spanner.ClosedClosed}
		if after != nil {
			switch n := after.compare(b); {
			case n > 0:
				continue
			case n == 0:
				r.Start, r.Kind = key(b, civilDate(after.date)), spanner.OpenClosed
			}
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}

// whole are the keys of an organisation in all shards.
func (q Query) whole(after *place) (ranges []spanner.KeySet) {
	for n := range int64(tenant.Shards) {
		prefix := spanner.Key{n, string(q.Org)}
		r := spanner.KeyRange{Start: prefix, End: prefix, Kind: spanner.ClosedClosed}
		if after != nil {
			switch shard := after.book.Shard(); {
			case n < shard:
				continue
			case n == shard:
				r.Start, r.Kind = key(after.book, civilDate(after.date)), spanner.OpenClosed
			}
		}
		ranges = append(ranges, r)
	}
	return ranges
}
