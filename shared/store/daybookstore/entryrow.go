package daybookstore

import (
	"encoding/json"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

var entryColumns = []string{
	"BusinessDate", "Kind", "EntryId", "Status", "AmountMinor", "NetMinor", "TaxLines", "Currency",
	"PaymentMode", "Category", "Description", "BankReference", "VendorName", "ExternalSystem", "ExternalId",
	"OccurredAt", "PostedDate", "Legs", "CreatedBy", "RecordedStream", "RecordedVersion", "RecordedAt",
	"DecidedStream", "DecidedVersion", "DecidedBy", "ReversalOf", "ReversedBy",
}

// entryRow is a row of Entries: the columns of entryColumns. TaxLines and Legs are JSON arrays.
type entryRow struct {
	BusinessDate    civil.Date
	Kind            string
	EntryId         string //nolint:revive // the column's name
	Status          string
	AmountMinor     int64
	NetMinor        int64
	TaxLines        spanner.NullString
	Currency        string
	PaymentMode     string
	Category        string
	Description     spanner.NullString
	BankReference   spanner.NullString
	VendorName      spanner.NullString
	ExternalSystem  spanner.NullString
	ExternalId      spanner.NullString //nolint:revive // the column's name
	OccurredAt      spanner.NullTime
	PostedDate      spanner.NullDate
	Legs            spanner.NullString
	CreatedBy       string
	RecordedStream  civil.Date
	RecordedVersion int64
	RecordedAt      time.Time
	DecidedStream   spanner.NullDate
	DecidedVersion  spanner.NullInt64
	DecidedBy       spanner.NullString
	ReversalOf      spanner.NullString
	ReversedBy      spanner.NullString
}

// read takes the columns by their places: a report reads thousands of rows, and by name each column of
// each row would be looked up.
func (x *entryRow) read(r *spanner.Row) error {
	return r.Columns(&x.BusinessDate, &x.Kind, &x.EntryId, &x.Status, &x.AmountMinor, &x.NetMinor, &x.TaxLines, &x.Currency,
		&x.PaymentMode, &x.Category, &x.Description, &x.BankReference, &x.VendorName, &x.ExternalSystem, &x.ExternalId,
		&x.OccurredAt, &x.PostedDate, &x.Legs, &x.CreatedBy, &x.RecordedStream, &x.RecordedVersion, &x.RecordedAt,
		&x.DecidedStream, &x.DecidedVersion, &x.DecidedBy, &x.ReversalOf, &x.ReversedBy)
}

func readEntry(r *spanner.Row) (daybook.Entry, error) {
	var x entryRow
	if err := x.read(r); err != nil {
		return daybook.Entry{}, err
	}
	e, err := x.line()
	if err != nil {
		return e, err
	}
	e.Currency, e.BankReference = money.Currency(x.Currency), x.BankReference.StringVal
	e.RecordedAt, e.ReversedBy = x.RecordedAt.UTC(), x.ReversedBy.StringVal
	if x.ExternalSystem.Valid {
		e.External = &daybook.ExternalRef{System: x.ExternalSystem.StringVal, ID: x.ExternalId.StringVal}
	}
	if x.OccurredAt.Valid {
		at := x.OccurredAt.Time.UTC()
		e.OccurredAt = &at
	}
	if err := fromJSON(x.TaxLines, &e.Taxes); err != nil {
		return e, err
	}
	return e, fromJSON(x.Legs, &e.Legs)
}

func nullDate(d spanner.NullDate) bizdate.Date {
	if !d.Valid {
		return 0
	}
	return fromCivil(d.Date)
}

func fromJSON(s spanner.NullString, to any) error {
	if !s.Valid {
		return nil
	}
	return json.Unmarshal([]byte(s.StringVal), to)
}

func toJSON(v any) string {
	b, _ := json.Marshal(v) //nolint:errchkjson // legs and tax lines: plain data
	return string(b)
}

// Cells of the entries' indexes: key columns of index and table, and what is stored.
const (
	lateCells     = 8
	pendingCells  = 9
	externalCells = 9
)

// writeEntry is the whole row of a new entry, and the cells of its index entries.
func writeEntry(b tenant.Book, e daybook.Entry) (*row, int) {
	tax := e.AmountMinor - e.NetMinor
	r := datedRow(b, e.BusinessDate).set("Kind", string(e.Kind)).set("EntryId", e.EntryID).
		set("Status", string(e.Status)).
		set("AmountMinor", e.AmountMinor).set("NetMinor", e.NetMinor).set("TaxMinor", tax).
		set("Currency", string(e.Currency)).set("PaymentMode", string(e.Mode)).set("Category", e.Category).
		text("Description", e.Description).text("BankReference", e.BankReference).text("VendorName", e.VendorName).
		text("ReversalOf", e.ReversalOf).
		set("CreatedBy", e.CreatedBy).set("RecordedStream", civilDate(e.Recorded.Stream)).
		set("RecordedVersion", e.Recorded.Version).set("RecordedAt", spanner.CommitTimestamp)
	cells := 0
	if len(e.Taxes) > 0 {
		r.set("TaxLines", toJSON(e.Taxes))
	}
	if e.External != nil {
		r.set("ExternalSystem", e.External.System).set("ExternalId", e.External.ID)
		cells += externalCells
	}
	if e.OccurredAt != nil {
		r.set("OccurredAt", *e.OccurredAt)
	}
	if e.Status == daybook.Pending {
		r.set("PendingDate", civilDate(e.BusinessDate))
		return r, cells + pendingCells
	}
	return r.standing(e), cells + lateCellsOf(e)
}

// standing sets what a decision about an entry changes.
func (r *row) standing(e daybook.Entry) *row {
	r.set("DecidedStream", civilDate(e.Decided.Stream)).set("DecidedVersion", e.Decided.Version).
		set("DecidedBy", e.DecidedBy).date("PostedDate", e.PostedDate)
	if e.Legs != nil {
		r.set("Legs", toJSON(e.Legs))
	}
	if e.Late() {
		r.set("LateDate", civilDate(e.PostedDate))
	}
	return r.text("ReversedBy", e.ReversedBy)
}

// changeEntry is the part of a row that a decision changes, and the cells of its index entries.
func changeEntry(b tenant.Book, e daybook.Entry) (*row, int) {
	r := datedRow(b, e.BusinessDate).set("Kind", string(e.Kind)).set("EntryId", e.EntryID).
		set("Status", string(e.Status))
	if e.Status == daybook.Reversed { // decided long ago; only that it is reversed is new
		return r.set("ReversedBy", e.ReversedBy), 0
	}
	return r.set("PendingDate", spanner.NullDate{}).standing(e), pendingCells + lateCellsOf(e)
}

func lateCellsOf(e daybook.Entry) int {
	if e.Late() {
		return lateCells
	}
	return 0
}
