// Package reportstore reads what reports are made of: the books of a property over a range of business
// dates, as they stand at one moment, or as they were known at an earlier one. What was known is the
// fold of the events recorded up to then; the present state is read from the rows, which say the same
// (I5). Reads are by key and range, without SQL and without a transaction.
//
// It owns the table ReportSnapshots. It computes no figure: that is domain/report's.
package reportstore

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/daybookstore"
)

// Reader reads at one moment. It is made for one report, and safe for concurrent use.
type Reader struct {
	// Snap is the moment of the reads.
	Snap *spannerdb.Snapshot
	// Known is the moment of knowledge, not later than the reads': what was recorded after it is left
	// out. The zero time means all that stands at the moment of the reads.
	Known time.Time
}

// Book is whose books are read.
type Book struct {
	tenant.Book
	Property daybook.Property
}

// Scope is what the books say about a range of business dates.
func (r Reader) Scope(ctx context.Context, b Book, from, to bizdate.Date, w daybookstore.Want) (_ daybookstore.Scope, err error) {
	if r.Known.IsZero() {
		return daybookstore.ReadScope(ctx, r.Snap, b.Book, from, to, w)
	}
	defer fault.Wrap(&err, "reportstore.Scope(%s..%s)", from, to)
	if err := daybookstore.CheckRange(from, to); err != nil {
		return daybookstore.Scope{}, err
	}
	k := known{Reader: r, book: b, from: from, to: to}
	sc, err := k.scope(ctx, w)
	return sc, unavailable(err)
}

// Totals are the sums of each account, posted date and payment mode over a range of posted dates.
func (r Reader) Totals(ctx context.Context, b Book, from, to bizdate.Date) (_ map[report.Account]report.Total, err error) {
	defer fault.Wrap(&err, "reportstore.Totals(%s..%s)", from, to)
	if r.Known.IsZero() {
		sums, err := accounttotals.Read(ctx, r.Snap, b.Book, from, to)
		return sums, unavailable(err)
	}
	sums := map[report.Account]report.Total{}
	events, err := r.streams(ctx, b, from, to)
	for _, e := range events {
		if err := report.Totals(sums, e.Stream, e.Data); err != nil {
			return nil, err
		}
	}
	return sums, unavailable(err)
}

// unavailable is an error of the database as a caller may know it.
func unavailable(err error) error {
	if err == nil || fault.From(err) != nil {
		return err
	}
	switch spanner.ErrCode(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	return err
}
