package daybookstore

import (
	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/ledger"
)

// The tables of the day book and their indexes, as in schemas/schema.sql.
const (
	periods    = "Periods"
	days       = "DailyCashBalances"
	entries    = "Entries"
	counts     = "CashCounts"
	statistics = "DailyStatistics"
	events     = "Events"
	commands   = "Commands"
	grants     = "DailyGrants"

	lateEntries   = "LateEntries"
	pendingByOrg  = "PendingByOrg"
	byExternalRef = "EntriesByExternalRef"
)

// The columns that every key of a property's tables begins with.
var bookColumns = []string{"ShardId", "OrgId", "PropertyId"}

func bookKey(b tenant.Book, rest ...any) spanner.Key {
	return append(spanner.Key{b.Shard(), string(b.Org), string(b.Property)}, rest...)
}

// dated continues a book's key into a month's table; it is the order of those tables: newest first.
func datedKey(b tenant.Book, d bizdate.Date, rest ...any) spanner.Key {
	return append(bookKey(b, int64(d.Month()), civilDate(d)), rest...)
}

func entryKey(b tenant.Book, d bizdate.Date, k ledger.Kind, id ids.UUID) spanner.Key {
	return datedKey(b, d, string(k), id.String())
}

func civilDate(d bizdate.Date) civil.Date { return civil.DateOf(d.Time()) }

func fromCivil(d civil.Date) bizdate.Date {
	n, _ := bizdate.FromNumber(int64(d.Year)*10000 + int64(d.Month)*100 + int64(d.Day)) // what a DATE column holds is a date
	return n
}

// row is a row to be written: columns that are null are left out, since each costs a cell of the
// commit's limit.
type row struct {
	columns []string
	values  []any
}

func newRow(b tenant.Book) *row {
	r := &row{columns: make([]string, 0, 24), values: make([]any, 0, 24)}
	r.columns = append(r.columns, bookColumns...)
	r.values = append(r.values, b.Shard(), string(b.Org), string(b.Property))
	return r
}

func datedRow(b tenant.Book, d bizdate.Date) *row {
	return newRow(b).set("Month", int64(d.Month())).set("BusinessDate", civilDate(d))
}

func (r *row) set(column string, v any) *row {
	r.columns = append(r.columns, column)
	r.values = append(r.values, v)
	return r
}

// text sets a column unless the text is empty, which is stored as null.
func (r *row) text(column, v string) *row {
	if v == "" {
		return r
	}
	return r.set(column, v)
}

// date sets a column unless there is no date.
func (r *row) date(column string, d bizdate.Date) *row {
	if d.IsZero() {
		return r
	}
	return r.set(column, civilDate(d))
}

// writes collects the mutations of a commit and counts their cells, index entries included: a
// commit may hold 80,000.
type writes struct {
	parents  []*spanner.Mutation // come first: a row's parent must be there before it
	children []*spanner.Mutation
	cells    int
}

func (w *writes) all() []*spanner.Mutation { return append(w.parents, w.children...) }

func (w *writes) insert(table string, r *row, indexCells int) {
	w.add(spanner.Insert(table, r.columns, r.values), len(r.columns)+indexCells)
}

func (w *writes) update(table string, r *row, indexCells int) {
	w.add(spanner.Update(table, r.columns, r.values), len(r.columns)+indexCells)
}

func (w *writes) upsert(table string, r *row) {
	w.add(spanner.InsertOrUpdate(table, r.columns, r.values), len(r.columns))
}

func (w *writes) period(b tenant.Book, m bizdate.Month) {
	r := newRow(b).set("Month", int64(m))
	w.parents = append(w.parents, spanner.InsertOrUpdate(periods, r.columns, r.values))
	w.cells += len(r.columns)
}

func (w *writes) add(m *spanner.Mutation, cells int) {
	w.children = append(w.children, m)
	w.cells += cells
}
