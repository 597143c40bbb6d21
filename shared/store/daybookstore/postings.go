package daybookstore

import (
	"context"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
)

// Postings are the entries that count on a date from one to another, at most MaxListDays, as a snapshot
// shows them, in the order of their posting. Two reads, three where there are late ones.
func (s *Store) Postings(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, from, to bizdate.Date) (_ []daybook.Entry, err error) {
	defer fault.Wrap(&err, "daybookstore.Postings(%s..%s)", from, to)
	if err := CheckRange(from, to); err != nil {
		return nil, err
	}
	sc := Scope{From: from, To: to}
	err = failureOf(sc.readEntries(ctx, snap, b, Want{Entries: true}, func() {}))
	return sc.Postings, err
}

// Located reads entries of a book by their self-locating ids: one read. Those that are not there are
// left out.
func (s *Store) Located(ctx context.Context, b tenant.Book, at []ids.Entry) (_ map[ids.UUID]daybook.Entry, err error) {
	defer fault.Wrap(&err, "daybookstore.Located")
	known, err := readEntries(ctx, s.strong(), b, at)
	return known, failureOf(err)
}
