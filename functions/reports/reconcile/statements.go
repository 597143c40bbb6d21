package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/domain/recon/bankfile"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/reconstore"
)

// BankStatement is a bank's statement as it was imported.
type BankStatement struct {
	StatementID  string `json:"statementId" doc:"Opaque."`
	BankID       string `json:"bankId,omitempty" doc:"The bank's own name for it."`
	Account      string `json:"account,omitempty"`
	Format       string `json:"format" enum:"CSV,CAMT053"`
	From         string `json:"from" format:"date"`
	To           string `json:"to" format:"date"`
	Currency     string `json:"currency"`
	OpeningMinor *int64 `json:"openingMinor,omitempty" doc:"Absent when the bank does not say."`
	ClosingMinor *int64 `json:"closingMinor,omitempty"`
	SumMinor     int64  `json:"sumMinor" doc:"Of all lines."`
	LineCount    int64  `json:"lineCount"`
	LeftOutCount int    `json:"leftOutCount" doc:"Entries of the file that are no bookings: pending, or for information."`
	ImportedBy   string `json:"importedBy"`
	ImportedAt   string `json:"importedAt,omitempty" format:"date-time"`
}

func showStatement(st reconstore.Statement, at string) BankStatement {
	return BankStatement{
		StatementID: st.Ref.String(), BankID: st.ID, Account: st.Account, Format: st.Format, From: st.From.String(), To: st.To.String(),
		Currency: string(st.Currency), OpeningMinor: st.OpeningMinor, ClosingMinor: st.ClosingMinor, SumMinor: st.SumMinor,
		LineCount: st.LineCount, LeftOutCount: st.LeftOut, ImportedBy: st.ImportedBy, ImportedAt: at,
	}
}

type loadInput struct {
	PropertyID   string `query:"propertyId" required:"true" maxLength:"100"`
	Format       string `query:"format" required:"true" enum:"CSV,CAMT053" doc:"CSV is read by the mapping in the settings."`
	StatementID  string `query:"statementId" maxLength:"100" doc:"The bank's name for the statement, where the file has none."`
	From         string `query:"from" doc:"Of the statement, where the file does not say; by default the date of its first line."`
	To           string `query:"to" doc:"By default the date of its last line."`
	OpeningMinor string `query:"openingMinor" pattern:"^-?[0-9]{1,15}$" doc:"The balance before its first line, where the file does not say."`
	ClosingMinor string `query:"closingMinor" pattern:"^-?[0-9]{1,15}$" doc:"The balance after its last line."`
	httpfn.Write
	RawBody []byte `contentType:"application/octet-stream"`
}

type loadOutput struct {
	httpfn.Written
	Body struct {
		BankStatement
		Known bool `json:"known" doc:"true: it had been imported before, and nothing changed."`
	}
}

// ErrNoMapping means that a CSV file cannot be read, since nobody said how the bank writes it.
var ErrNoMapping = fault.New(fault.Conflict, "csv_mapping_not_set", "say first, in the settings, how the bank writes its CSV files")

// load imports a file.
func (f function) load(ctx context.Context, in *loadInput) (*loadOutput, error) {
	d, err := f.desk(ctx, approval.Decide, in.PropertyID)
	if err != nil {
		return nil, err
	}
	given, err := in.given(d.Property.Currency)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(in.RawBody)
	request := []string{in.Format, in.StatementID, in.From, in.To, in.OpeningMinor, in.ClosingMinor, hex.EncodeToString(sum[:])}
	done, err := d.store.Import(ctx, d.act(in.IdempotencyKey, request), in.Format, func(k reconstore.Kept) (recon.Statement, error) {
		given.Account = k.Account
		if in.Format != "CSV" {
			return bankfile.Camt053(in.RawBody, given)
		}
		if k.CSV == nil {
			return recon.Statement{}, ErrNoMapping
		}
		return bankfile.CSV(in.RawBody, *k.CSV, given)
	})
	if err != nil {
		return nil, err
	}
	out := &loadOutput{Written: httpfn.NewWritten(api.Token(done.At), done.Replayed)}
	at := done.Outcome.ImportedAt
	if at.IsZero() || !done.Outcome.Known {
		at = done.At
	}
	out.Body.BankStatement, out.Body.Known = showStatement(done.Outcome.Statement, api.Token(at)), done.Outcome.Known
	return out, nil
}

// given is what the request says of the statement.
func (in *loadInput) given(c money.Currency) (bankfile.Given, error) {
	var f fault.Faults
	date := func(name, text string) bizdate.Date {
		if text == "" {
			return 0
		}
		d, err := bizdate.Parse(text)
		f.Add("#"+name, err)
		return d
	}
	minor := func(text string) *int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil // empty; its pattern lets nothing else through
		}
		return &n
	}
	return bankfile.Given{
		ID: strings.TrimSpace(in.StatementID), Currency: c, From: date("from", in.From), To: date("to", in.To),
		OpeningMinor: minor(in.OpeningMinor), ClosingMinor: minor(in.ClosingMinor),
	}, f.Err()
}

type statementsInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Cursor     string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type statementsOutput struct {
	Body struct {
		Items      []BankStatement `json:"items" nullable:"false"`
		NextCursor string          `json:"nextCursor" doc:"Empty on the last page."`
	}
}

func (f function) statements(ctx context.Context, in *statementsInput) (*statementsOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	var after *recon.StatementRef
	if in.Cursor != "" {
		ref, err := recon.ParseStatementRef(in.Cursor)
		if err != nil {
			return nil, entryapi.ErrCursor.At("#cursor")
		}
		after = &ref
	}
	all, err := d.store.Statements(ctx, d.Desk.Desk.Book, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &statementsOutput{}
	out.Body.Items = make([]BankStatement, len(all))
	for i, st := range all {
		out.Body.Items[i] = showStatement(st, api.Token(st.ImportedAt))
	}
	if len(all) == in.Limit {
		out.Body.NextCursor = all[len(all)-1].Ref.String()
	}
	return out, nil
}

type removeInput struct {
	StatementID string `path:"statementId" maxLength:"100"`
	PropertyID  string `query:"propertyId" required:"true" maxLength:"100"`
	httpfn.Write
}

type removeOutput struct {
	httpfn.Written
	Body BankStatement
}

func (f function) remove(ctx context.Context, in *removeInput) (*removeOutput, error) {
	d, err := f.desk(ctx, approval.Decide, in.PropertyID)
	if err != nil {
		return nil, err
	}
	ref, err := recon.ParseStatementRef(in.StatementID)
	if err != nil {
		return nil, err
	}
	done, err := d.store.Remove(ctx, d.act(in.IdempotencyKey, in.StatementID), ref)
	if err != nil {
		return nil, err
	}
	st := done.Outcome.Statement
	return &removeOutput{Written: httpfn.NewWritten(api.Token(done.At), done.Replayed), Body: showStatement(st, api.Token(st.ImportedAt))}, nil
}
