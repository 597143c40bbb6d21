package reconcile

import (
	"context"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/reconstore"
)

// maxListed bounds the entries and lines that a reconciliation statement lists by themselves; all of
// them are in its sums, and in the list of what is unmatched.
const maxListed = 500

type statementInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Date       string `query:"date" doc:"As of the end of this date; the current business date by default."`
	httpfn.Read
}

// StatementGap is a place where a statement does not go on from the one before.
type StatementGap struct {
	After           string `json:"after" format:"date"`
	Next            string `json:"next" format:"date"`
	DifferenceMinor int64  `json:"differenceMinor" doc:"The next opening balance less the closing one."`
}

// MatchDifference is a match whose lines are not the sum of its entries.
type MatchDifference struct {
	MatchID         string `json:"matchId"`
	DifferenceMinor int64  `json:"differenceMinor" doc:"Lines less entries: a fee, as a rule."`
}

// ReconciliationStatement explains the difference between books and bank:
//
//	expectedBankMinor = bookMinor - otherPostingsMinor - outstandingMinor + notInBooksMinor + differencesMinor
type ReconciliationStatement struct {
	PropertyID        string            `json:"propertyId"`
	Date              string            `json:"date" format:"date"`
	Currency          string            `json:"currency"`
	AsOf              time.Time         `json:"asOf"`
	SettingsVersion   int64             `json:"settingsVersion"`
	OpeningDate       string            `json:"openingDate" format:"date"`
	OpeningMinor      int64             `json:"openingMinor" doc:"As declared."`
	BookMinor         int64             `json:"bookMinor" doc:"The opening balance and all legs since on the accounts that are reconciled."`
	OtherMinor        int64             `json:"otherPostingsMinor" doc:"Legs on these accounts of entries that are no bank items by the rules: where the chart of accounts changed, for one."`
	OutstandingMinor  int64             `json:"outstandingMinor" doc:"Entries that the bank had not counted by the date."`
	OutstandingCount  int               `json:"outstandingCount"`
	Outstanding       []BookItem        `json:"outstanding" nullable:"false" doc:"The oldest 500 of them."`
	NotInBooksMinor   int64             `json:"notInBooksMinor" doc:"Lines that the books had not counted by the date."`
	NotInBooksCount   int               `json:"notInBooksCount"`
	NotInBooks        []BankLine        `json:"notInBooks" nullable:"false" doc:"The oldest 500 of them."`
	DifferencesMinor  int64             `json:"differencesMinor" doc:"Of matches whose lines are not the sum of their entries."`
	Differences       []MatchDifference `json:"differences" nullable:"false" doc:"The first 500 of them."`
	ExpectedMinor     int64             `json:"expectedBankMinor"`
	BankMinor         *int64            `json:"bankMinor,omitempty" doc:"What the bank says; absent where no statement gives a balance."`
	BankDate          string            `json:"bankDate,omitempty" format:"date" doc:"The date up to which it says that: earlier than date where the last statement ends earlier."`
	UnexplainedMinor  *int64            `json:"unexplainedMinor,omitempty" doc:"bankMinor less expectedBankMinor."`
	OpeningDifference *int64            `json:"openingDifferenceMinor,omitempty" doc:"The bank's balance at the end of openingDate less the declared one."`
	Gaps              []StatementGap    `json:"gaps" nullable:"false" doc:"The first 500 of them."`
	Proved            bool              `json:"proved" doc:"true: the equation holds, nothing is unexplained."`
}

type statementOutput struct{ Body ReconciliationStatement }

func (f function) statement(ctx context.Context, in *statementInput) (*statementOutput, error) {
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
	v := ReconciliationStatement{
		PropertyID: in.PropertyID, Date: on.String(), Currency: string(d.Property.Currency), AsOf: r.At, SettingsVersion: r.Settings.Version,
		OpeningDate: r.Settings.OpeningDate.String(), OpeningMinor: r.Settings.OpeningMinor, BookMinor: r.BookMinor, OtherMinor: r.OtherMinor,
		OutstandingMinor: r.ItemsMinor, OutstandingCount: len(r.Items), NotInBooksMinor: r.LinesMinor, NotInBooksCount: len(r.Lines),
		DifferencesMinor: r.DifferencesMinor, ExpectedMinor: r.ExpectedMinor, BankMinor: r.BankMinor, BankDate: dateText(r.BankDate),
		UnexplainedMinor: r.UnexplainedMinor, OpeningDifference: r.Reconciliation.OpeningMinor, Proved: r.Proved,
	}
	v.list(r, on)
	return &statementOutput{Body: v}, nil
}

// list sets the lists of a statement, each within its bound.
func (v *ReconciliationStatement) list(r reconstore.Proved, on bizdate.Date) {
	v.Outstanding, v.NotInBooks = []BookItem{}, []BankLine{}
	v.Differences, v.Gaps = []MatchDifference{}, []StatementGap{}
	for _, it := range r.Items[:min(len(r.Items), maxListed)] {
		v.Outstanding = append(v.Outstanding, showItem(it, on))
	}
	for _, l := range r.Lines[:min(len(r.Lines), maxListed)] {
		v.NotInBooks = append(v.NotInBooks, showLine(l, r.Settings.OpeningDate, on))
	}
	for _, m := range r.Differences[:min(len(r.Differences), maxListed)] {
		v.Differences = append(v.Differences, MatchDifference{MatchID: m.Match, DifferenceMinor: m.DifferenceMinor})
	}
	for _, g := range r.Gaps[:min(len(r.Gaps), maxListed)] {
		v.Gaps = append(v.Gaps, StatementGap{After: g.After.String(), Next: g.Next.String(), DifferenceMinor: g.DifferenceMinor})
	}
}

// date reads the date of a report: the current business date where none is given.
func (d desk) date(text string) (bizdate.Date, error) {
	if text == "" {
		return d.today(), nil
	}
	on, err := bizdate.Parse(text)
	if err != nil {
		return 0, bizdate.ErrDate.At("#date")
	}
	return on, nil
}
