package reconcile

import (
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/platform/httpfn"
)

type linesInput struct {
	StatementID string `path:"statementId" maxLength:"100"`
	PropertyID  string `query:"propertyId" required:"true" maxLength:"100"`
	Cursor      string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit       int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type linesOutput struct {
	Body struct {
		Items      []BankLine `json:"items" nullable:"false" doc:"In the order of the file."`
		NextCursor string     `json:"nextCursor" doc:"Empty on the last page."`
	}
}

// lines lists the lines of a statement with where they stand.
func (f function) lines(ctx context.Context, in *linesInput) (*linesOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	ref, err := recon.ParseStatementRef(in.StatementID)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if in.Cursor != "" {
		last, err := recon.ParseLineRef(in.Cursor)
		if err != nil || last.From != ref.From || last.Statement != ref.Statement {
			return nil, entryapi.ErrCursor.At("#cursor")
		}
		after = last.Number
	}
	set, err := d.store.Settings(ctx, d.Desk.Desk.Book)
	if err != nil {
		return nil, err
	}
	all, err := d.store.Lines(ctx, d.Desk.Desk.Book, ref, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &linesOutput{}
	out.Body.Items = make([]BankLine, len(all))
	for i, l := range all {
		out.Body.Items[i] = showLine(l, set.OpeningDate, d.today())
	}
	if len(all) == in.Limit {
		out.Body.NextCursor = all[len(all)-1].ID
	}
	return out, nil
}

type unmatchedInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Side       string `query:"side" required:"true" enum:"BOOK,BANK"`
	Date       string `query:"date" doc:"As of the end of this date; the current business date by default."`
	Cursor     string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type unmatchedOutput struct {
	Body struct {
		AsOf       time.Time  `json:"asOf"`
		Entries    []BookItem `json:"entries" nullable:"false" doc:"Of side BOOK."`
		Lines      []BankLine `json:"lines" nullable:"false" doc:"Of side BANK."`
		NextCursor string     `json:"nextCursor" doc:"Empty on the last page."`
	}
}

// unmatched lists what was outstanding at the end of a date.
func (f function) unmatched(ctx context.Context, in *unmatchedInput) (*unmatchedOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	on, err := d.date(in.Date)
	if err != nil {
		return nil, err
	}
	r, err := d.store.Prove(ctx, d.Desk.Desk, on)
	if err != nil {
		return nil, err
	}
	out := &unmatchedOutput{}
	out.Body.AsOf, out.Body.Entries, out.Body.Lines = r.At, []BookItem{}, []BankLine{}
	if in.Side == "BOOK" {
		page, next, err := paged(r.Items, in.Cursor, in.Limit, func(it recon.BookItem) place { return place{it.Date, it.ID} })
		for _, it := range page {
			out.Body.Entries = append(out.Body.Entries, showItem(it, on))
		}
		out.Body.NextCursor = next
		return out, err
	}
	page, next, err := paged(r.Lines, in.Cursor, in.Limit, func(l recon.BankLine) place { return place{l.BookingDate, l.ID} })
	for _, l := range page {
		out.Body.Lines = append(out.Body.Lines, showLine(l, r.Settings.OpeningDate, on))
	}
	out.Body.NextCursor = next
	return out, err
}

// place is where something stands in a list that is sorted by date and id: what is matched between two
// pages is left out, and nothing is listed twice.
type place struct {
	on bizdate.Date
	id string
}

func (p place) compare(q place) int { return cmp.Or(cmp.Compare(p.on, q.on), cmp.Compare(p.id, q.id)) }

// paged is the part of a list after the place that a cursor names, and the cursor of the next part.
func paged[T any](all []T, cursor string, limit int, at func(T) place) ([]T, string, error) {
	slices.SortFunc(all, func(x, y T) int { return at(x).compare(at(y)) })
	if cursor != "" {
		date, id, _ := strings.Cut(cursor, ".")
		on, err := bizdate.Parse(date)
		if err != nil || id == "" {
			return nil, "", entryapi.ErrCursor.At("#cursor")
		}
		first := slices.IndexFunc(all, func(x T) bool { return at(x).compare(place{on, id}) > 0 })
		if first < 0 {
			return nil, "", nil
		}
		all = all[first:]
	}
	if len(all) <= limit {
		return all, "", nil
	}
	last := at(all[limit-1])
	return all[:limit], last.on.String() + "." + last.id, nil
}

type logInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Cursor     string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

// ReconciliationAct is something that was done about a reconciliation.
type ReconciliationAct struct {
	ActID      string    `json:"actId"`
	Operation  string    `json:"operation" enum:"set,import,remove,run,match,undo"`
	By         string    `json:"by"`
	RecordedAt time.Time `json:"recordedAt"`
}

type logOutput struct {
	Body struct {
		Items      []ReconciliationAct `json:"items" nullable:"false"`
		NextCursor string              `json:"nextCursor" doc:"Empty on the last page."`
	}
}

func (f function) log(ctx context.Context, in *logInput) (*logOutput, error) {
	d, err := f.reader(ctx, in.PropertyID, in.Read)
	if err != nil {
		return nil, err
	}
	var before time.Time
	if in.Cursor != "" {
		text, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if err == nil {
			before, err = time.Parse(time.RFC3339Nano, string(text))
		}
		if err != nil || before.Year() < 2000 || before.Year() > 9998 {
			return nil, entryapi.ErrCursor.At("#cursor")
		}
	}
	all, err := d.store.Log(ctx, d.Desk.Desk.Book, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &logOutput{}
	out.Body.Items = make([]ReconciliationAct, len(all))
	for i, l := range all {
		out.Body.Items[i] = ReconciliationAct{ActID: l.ID, Operation: string(l.Operation), By: l.Subject, RecordedAt: l.At}
	}
	if len(all) == in.Limit {
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(all[len(all)-1].At.Format(time.RFC3339Nano)))
	}
	return out, nil
}
