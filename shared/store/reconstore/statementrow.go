package reconstore

import (
	"context"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
)

// Statement is a bank's statement as it is kept; its Lines are read by themselves.
type Statement struct {
	recon.Statement
	Ref        recon.StatementRef `json:"ref"`
	Format     string             `json:"format"`
	SumMinor   int64              `json:"sumMinor"` // of its lines
	LineCount  int64              `json:"lineCount"`
	ImportedBy string             `json:"importedBy"`
	ImportedAt time.Time          `json:"importedAt,omitzero"` // of the act that imported it

	complete bool
	content  []byte // hash
}

// The states of a statement's row.
const (
	importing = "IMPORTING"
	complete  = "COMPLETE"
)

var statementColumns = []string{
	"FromDate", "StatementId", "ToDate", "Status", "Format", "Account", "BankId", "Currency", "OpeningMinor", "ClosingMinor",
	"SumMinor", "LineCount", "LeftOutCount", "ContentHash", "ImportedBy", "ImportedAt",
}

// statementRow is a row of Statements: the columns of statementColumns.
type statementRow struct {
	FromDate     civil.Date
	StatementId  string //nolint:revive // the column's name
	ToDate       civil.Date
	Status       string
	Format       string
	Account      string
	BankId       spanner.NullString //nolint:revive // the column's name
	Currency     string
	OpeningMinor spanner.NullInt64
	ClosingMinor spanner.NullInt64
	SumMinor     int64
	LineCount    int64
	LeftOutCount int64
	ContentHash  []byte
	ImportedBy   string
	ImportedAt   time.Time
}

func readStatement(r *spanner.Row) (Statement, error) {
	var x statementRow
	if err := r.ToStruct(&x); err != nil {
		return Statement{}, err
	}
	id, err := ids.ParseUUID(x.StatementId)
	st := Statement{
		Ref: recon.StatementRef{From: fromCivil(x.FromDate), Statement: id}, Format: x.Format, SumMinor: x.SumMinor, LineCount: x.LineCount,
		ImportedBy: x.ImportedBy, ImportedAt: x.ImportedAt.UTC(), complete: x.Status == complete, content: x.ContentHash,
	}
	st.Statement = recon.Statement{
		Key: st.Ref.String(), Account: x.Account, ID: x.BankId.StringVal, Currency: money.Currency(x.Currency),
		From: st.Ref.From, To: fromCivil(x.ToDate), OpeningMinor: nullMinor(x.OpeningMinor), ClosingMinor: nullMinor(x.ClosingMinor),
		LeftOut: int(x.LeftOutCount),
	}
	return st, err
}

// write is the statement's row, with a status.
func (st Statement) write(b tenant.Book, status string) *spanner.Mutation {
	r := newRow(b).text("BankId", st.ID).minor("OpeningMinor", st.OpeningMinor).minor("ClosingMinor", st.ClosingMinor)
	r["FromDate"], r["ToDate"], r["StatementId"] = civilDate(st.From), civilDate(st.To), st.Ref.Statement.String()
	r["Status"], r["Format"], r["Account"], r["Currency"] = status, st.Format, st.Account, string(st.Currency)
	r["SumMinor"], r["LineCount"], r["LeftOutCount"] = st.SumMinor, st.LineCount, int64(st.LeftOut)
	r["ContentHash"], r["ImportedBy"], r["ImportedAt"] = st.content, st.ImportedBy, spanner.CommitTimestamp
	return spanner.InsertMap(statementsTable, r)
}

// key is the statement's, and the beginning of those of its lines.
func (st Statement) key(b tenant.Book) spanner.Key { return refKey(b, st.Ref) }

func refKey(b tenant.Book, r recon.StatementRef) spanner.Key {
	return bookKey(b, civilDate(r.From), r.Statement.String())
}

var lineColumns = []string{
	"FromDate", "StatementId", "LineNumber", "BookingDate", "ValueDate", "AmountMinor", "Reference", "BankReference", "Text",
}

func readLine(r *spanner.Row) (recon.Line, error) {
	var from, booked civil.Date
	var statement string
	var value spanner.NullDate
	var reference, own, text spanner.NullString
	var ref recon.LineRef
	var l recon.Line
	if err := r.Columns(&from, &statement, &ref.Number, &booked, &value, &l.AmountMinor, &reference, &own, &text); err != nil {
		return l, err
	}
	id, err := ids.ParseUUID(statement)
	ref.From, ref.Statement = fromCivil(from), id
	l.ID, l.Statement = ref.String(), recon.StatementRef{From: ref.From, Statement: id}.String()
	l.BookingDate, l.ValueDate = fromCivil(booked), nullDate(value)
	l.Reference, l.BankReference, l.Text = reference.StringVal, own.StringVal, text.StringVal
	return l, err
}

// writeLine is the row of the n-th line of a statement; writing it twice changes nothing.
func (st Statement) writeLine(b tenant.Book, n int) *spanner.Mutation {
	l := st.Lines[n]
	value := spanner.NullDate{}
	if !l.ValueDate.IsZero() {
		value = spanner.NullDate{Date: civilDate(l.ValueDate), Valid: true}
	}
	null := func(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: s != ""} }
	columns := append([]string{"ShardId", "OrgId", "PropertyId"}, lineColumns...)
	return spanner.InsertOrUpdate(linesTable, columns, append(st.key(b), int64(n+1), civilDate(l.BookingDate), value, l.AmountMinor,
		null(l.Reference), null(l.BankReference), null(l.Text)))
}

// readStatements reads the statements that have a date from one to another, oldest first, those that
// are being imported among them. They lie by their first date and overlap on one day at most, so the
// reading ends at the first that ended before.
func readStatements(ctx context.Context, tx any, b tenant.Book, from, to bizdate.Date) ([]Statement, error) {
	keys := spanner.KeyRange{Start: bookKey(b, civilDate(to)), End: bookKey(b), Kind: spanner.ClosedClosed}
	var out []Statement
	err := each(ctx, tx, statementsTable, keys, statementColumns, &spanner.ReadOptions{RequestTag: "reconcile/statements"}, func(r *spanner.Row) error {
		st, err := readStatement(r)
		switch {
		case err != nil:
			return err
		case st.To < from && st.complete:
			return errEnough
		case st.To >= from:
			out = append(out, st)
		}
		return nil
	})
	if err == errEnough { //nolint:errorlint // our own, returned as it is
		err = nil
	}
	sortStatements(out)
	return out, err
}

// readRef reads the place of a statement from an index.
func readRef(r *spanner.Row) (Statement, error) {
	var from civil.Date
	var id string
	if err := r.Columns(&from, &id); err != nil {
		return Statement{}, err
	}
	u, err := ids.ParseUUID(id)
	return Statement{Ref: recon.StatementRef{From: fromCivil(from), Statement: u}}, err
}
