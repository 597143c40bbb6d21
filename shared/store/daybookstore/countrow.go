package daybookstore

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
)

var countColumns = []string{
	"BusinessDate", "Version", "Currency", "CountedMinor", "ExpectedMinor", "VarianceMinor", "Denominations", "Blind", "Note",
	"CountedBy", "RecordedAt",
}

// countRow is a row of CashCounts: the columns of countColumns. Denominations is a JSON array.
type countRow struct {
	BusinessDate  civil.Date
	Version       int64
	Currency      string
	CountedMinor  int64
	ExpectedMinor int64
	VarianceMinor int64
	Denominations spanner.NullString
	Blind         bool
	Note          spanner.NullString
	CountedBy     string
	RecordedAt    time.Time
}

func readCount(r *spanner.Row) (Count, error) {
	var x countRow
	if err := r.ToStruct(&x); err != nil {
		return Count{}, err
	}
	c := Count{
		Date: fromCivil(x.BusinessDate), Version: x.Version, CountedBy: x.CountedBy, At: x.RecordedAt.UTC(),
		CashCounted: daybook.CashCounted{
			CountedMinor: x.CountedMinor, ExpectedMinor: x.ExpectedMinor, VarianceMinor: x.VarianceMinor,
			Currency: money.Currency(x.Currency), Blind: x.Blind, Note: x.Note.StringVal,
		},
	}
	return c, fromJSON(x.Denominations, &c.Denominations)
}

func (sc *Scope) readCounts(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book) error {
	keys := spanner.KeyRange{Start: datedKey(b, sc.To), End: datedKey(b, sc.From), Kind: spanner.ClosedClosed}
	err := snap.Read(ctx, counts, keys, countColumns, tagged("daybook/scope_counts"), func(r *spanner.Row) error {
		c, err := readCount(r)
		sc.Counts = append(sc.Counts, c)
		return err
	})
	slices.Reverse(sc.Counts)
	return err
}
