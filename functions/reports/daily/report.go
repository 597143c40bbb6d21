package daily

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// Figures are a cash report: amounts in minor units of the currency, reversals with the opposite
// sign. Only what is approved counts.
type Figures struct {
	PropertyID         string             `json:"propertyId"`
	Currency           string             `json:"currency"`
	From               string             `json:"from" format:"date"`
	To                 string             `json:"to" format:"date"`
	OpeningMinor       int64              `json:"openingMinor" doc:"Cash in the drawer before the first date."`
	CashReceivedMinor  int64              `json:"cashReceivedMinor"`
	BankReceivedMinor  int64              `json:"bankReceivedMinor" doc:"All payment modes but cash; no part of closingMinor."`
	TotalReceivedMinor int64              `json:"totalReceivedMinor"`
	CashExpensesMinor  int64              `json:"cashExpensesMinor"`
	BankExpensesMinor  int64              `json:"bankExpensesMinor"`
	TotalExpensesMinor int64              `json:"totalExpensesMinor"`
	TransfersInMinor   int64              `json:"transfersInMinor"`
	TransfersOutMinor  int64              `json:"transfersOutMinor"`
	OverShortMinor     int64              `json:"overShortMinor"`
	ClosingMinor       int64              `json:"closingMinor" doc:"opening + cash received + transfers in - cash expenses - transfers out + over/short."`
	NetCashFlowMinor   int64              `json:"netCashFlowMinor" doc:"Total received less total expenses."`
	EntryCount         int64              `json:"entryCount" doc:"Entries that count, reversals among them."`
	ByPaymentMode      map[string]ModeSum `json:"byPaymentMode" nullable:"false"`
	BySource           map[string]Sum     `json:"bySource" nullable:"false" doc:"Revenues, gross."`
	ByCategory         map[string]Sum     `json:"byCategory" nullable:"false" doc:"Expenses, gross."`
	AsOf               string             `json:"asOf" format:"date-time" doc:"The moment at which all of it was read."`
}

// Sum is an amount and the number of entries in it.
type Sum struct {
	AmountMinor int64 `json:"amountMinor"`
	Count       int64 `json:"count"`
}

// ModeSum is what came in and went out by a payment mode; cash movements are no part of it.
type ModeSum struct {
	ReceivedMinor int64 `json:"receivedMinor"`
	ExpensesMinor int64 `json:"expensesMinor"`
	Count         int64 `json:"count"`
}

// Day is the report of one business date.
type Day struct {
	Figures
	BusinessDate  string    `json:"businessDate" format:"date"`
	Status        string    `json:"status" enum:"OPEN,CLOSED"`
	StreamVersion int64     `json:"streamVersion" doc:"Events of the day so far."`
	CountedMinor  *int64    `json:"countedMinor,omitempty" doc:"Of the last count; absent when nothing was counted."`
	VarianceMinor *int64    `json:"varianceMinor,omitempty" doc:"Counted less expected, by what is known now."`
	Entries       []Posting `json:"entries" nullable:"false" doc:"What was posted on the date, in its order, without what has become of it since."`
}

// Month is the report of one month.
type Month struct {
	Figures
	Month string `json:"month"`
}

type dayInput struct {
	PropertyID string       `query:"propertyId" required:"true" maxLength:"100"`
	Date       bizdate.Date `query:"date" required:"true" doc:"YYYY-MM-DD."`
	httpfn.Read
}

type dayOutput struct{ Body Day }

func (f function) day(ctx context.Context, in *dayInput) (*dayOutput, error) {
	d, scope, figures, err := f.read(ctx, in.PropertyID, in.ConsistencyToken, in.Date, in.Date)
	if err != nil {
		return nil, err
	}
	day := Day{Figures: figures, BusinessDate: in.Date.String(), Status: "OPEN", Entries: make([]Posting, len(scope.Postings))}
	for i, e := range scope.Postings {
		day.Entries[i] = newPosting(d.Desk.Property.UUID, e)
	}
	closed := scope.LastClosed >= in.Date
	if len(scope.Days) > 0 {
		row := scope.Days[0]
		closed, day.StreamVersion = row.Closed, row.Version
		if v, counted := row.VarianceMinor(); counted {
			day.CountedMinor, day.VarianceMinor = &row.CountedMinor, &v
		}
	}
	if closed {
		day.Status = "CLOSED"
	}
	return &dayOutput{Body: day}, nil
}

type monthInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Month      string `query:"month" required:"true" doc:"YYYY-MM."`
	httpfn.Read
}

type monthOutput struct{ Body Month }

func (f function) month(ctx context.Context, in *monthInput) (*monthOutput, error) {
	m, err := bizdate.ParseMonth(in.Month)
	if err != nil {
		return nil, bizdate.ErrMonth.At("#month")
	}
	_, _, figures, err := f.read(ctx, in.PropertyID, in.ConsistencyToken, m.First(), m.Last())
	if err != nil {
		return nil, err
	}
	return &monthOutput{Body: Month{Figures: figures, Month: m.String()}}, nil
}

// read reads and folds a range of business dates; ErrBeforeGoLive for one that ends before the books
// begin.
func (f function) read(ctx context.Context, property, token string, from, to bizdate.Date) (api.Desk, daybookstore.Scope, Figures, error) {
	d, err := f.source.Desk(ctx, approval.Read, property)
	if err == nil {
		err = d.CheckToken(token)
	}
	if err == nil && to < d.Property.GoLive {
		err = daybook.ErrBeforeGoLive.With("goLiveDate", d.Property.GoLive.String())
	}
	if err != nil {
		return d, daybookstore.Scope{}, Figures{}, err
	}
	scope, err := d.Books.Scope(ctx, d.Desk.Book, from, to)
	if err != nil {
		return d, scope, Figures{}, err
	}
	cash, err := report.NewCash(scope.Before, scope.Days, scope.Postings)
	return d, scope, show(d, scope, cash), err
}

func show(d api.Desk, s daybookstore.Scope, c report.Cash) Figures {
	v := Figures{
		PropertyID: string(d.Property.ID), Currency: string(d.Property.Currency), From: s.From.String(), To: s.To.String(),
		OpeningMinor:      c.OpeningMinor,
		CashReceivedMinor: c.CashReceivedMinor, BankReceivedMinor: c.BankReceivedMinor, TotalReceivedMinor: c.TotalReceivedMinor,
		CashExpensesMinor: c.CashExpensesMinor, BankExpensesMinor: c.BankExpensesMinor, TotalExpensesMinor: c.TotalExpensesMinor,
		TransfersInMinor: c.TransfersInMinor, TransfersOutMinor: c.TransfersOutMinor, OverShortMinor: c.OverShortMinor,
		ClosingMinor: c.ClosingMinor, NetCashFlowMinor: c.NetCashFlowMinor, EntryCount: c.EntryCount,
		ByPaymentMode: map[string]ModeSum{}, BySource: map[string]Sum{}, ByCategory: map[string]Sum{}, AsOf: api.Token(s.At),
	}
	for mode, sum := range c.ByPaymentMode {
		v.ByPaymentMode[string(mode)] = ModeSum(sum)
	}
	for code, sum := range c.BySource {
		v.BySource[code] = Sum(sum)
	}
	for code, sum := range c.ByCategory {
		v.ByCategory[code] = Sum(sum)
	}
	return v
}
