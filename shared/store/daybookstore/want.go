package daybookstore

import (
	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Want says what of a scope is read; its days always are. Of Entries, Lines and Sums the first that is
// set counts.
type Want struct {
	// Entries are Postings and Pending, whole.
	Entries bool
	// Lines are Postings and Pending with what a report lists of an entry: no currency, tax lines, legs,
	// references, time of record or what became of it.
	Lines bool
	// Sums are Postings and Pending with what adds up alone: dates, kind, category, mode, amount, status.
	// Their order is that of their dates.
	Sums   bool
	Counts bool
}

// Postings reports whether entries are wanted, whatever of them.
func (w Want) Postings() bool { return w.detail() != nil }

// detail is how much of an entry is read.
type detail struct {
	columns []string
	read    func(*spanner.Row) (daybook.Entry, error)
	ordered bool // by posting, what waits by record
}

var (
	whole = &detail{entryColumns, readEntry, true}
	lines = &detail{lineColumns, readLine, true}
	sums  = &detail{sumColumns, readSum, false}
)

// detail is nil where no entries are wanted.
func (w Want) detail() *detail {
	switch {
	case w.Entries:
		return whole
	case w.Lines:
		return lines
	case w.Sums:
		return sums
	}
	return nil
}

var lineColumns = []string{
	"BusinessDate", "Kind", "EntryId", "Status", "AmountMinor", "NetMinor", "PaymentMode", "Category", "Description", "VendorName",
	"PostedDate", "CreatedBy", "RecordedStream", "RecordedVersion", "DecidedStream", "DecidedVersion", "DecidedBy", "ReversalOf",
}

// readLine is an entry as reports list it.
func readLine(r *spanner.Row) (daybook.Entry, error) {
	var x entryRow
	err := r.Columns(&x.BusinessDate, &x.Kind, &x.EntryId, &x.Status, &x.AmountMinor, &x.NetMinor, &x.PaymentMode, &x.Category,
		&x.Description, &x.VendorName, &x.PostedDate, &x.CreatedBy, &x.RecordedStream, &x.RecordedVersion,
		&x.DecidedStream, &x.DecidedVersion, &x.DecidedBy, &x.ReversalOf)
	if err != nil {
		return daybook.Entry{}, err
	}
	return x.line()
}

// line is the part of an entry that reports list.
func (x *entryRow) line() (daybook.Entry, error) {
	id, err := ids.ParseUUID(x.EntryId)
	return daybook.Entry{
		Facts: daybook.Facts{
			ID: id, EntryID: x.EntryId, Kind: ledger.Kind(x.Kind), BusinessDate: fromCivil(x.BusinessDate),
			AmountMinor: x.AmountMinor, NetMinor: x.NetMinor, Mode: ledger.PaymentMode(x.PaymentMode), Category: x.Category,
			Description: x.Description.StringVal, VendorName: x.VendorName.StringVal, ReversalOf: x.ReversalOf.StringVal,
		},
		Status: daybook.Status(x.Status), CreatedBy: x.CreatedBy, PostedDate: nullDate(x.PostedDate),
		Recorded:  daybook.Position{Stream: fromCivil(x.RecordedStream), Version: x.RecordedVersion},
		Decided:   daybook.Position{Stream: nullDate(x.DecidedStream), Version: x.DecidedVersion.Int64},
		DecidedBy: x.DecidedBy.StringVal,
	}, err
}

// sumColumns are those of an entry that sums are made of: a quarter of the row.
var sumColumns = []string{"BusinessDate", "Kind", "Status", "AmountMinor", "PaymentMode", "Category", "PostedDate"}

// readSum is an entry with what adds up alone.
func readSum(r *spanner.Row) (e daybook.Entry, err error) {
	var date civil.Date
	var kind, status, mode string
	var posted spanner.NullDate
	err = r.Columns(&date, &kind, &status, &e.AmountMinor, &mode, &e.Category, &posted)
	e.BusinessDate, e.PostedDate = fromCivil(date), nullDate(posted)
	e.Kind, e.Status, e.Mode = ledger.Kind(kind), daybook.Status(status), ledger.PaymentMode(mode)
	return e, err
}
