package daybookstore

import (
	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

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
