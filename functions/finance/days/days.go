package days

import (
	"context"

	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// Day is a business date as the API shows it: amounts in minor units of the currency.
type Day struct {
	BusinessDate      string `json:"businessDate" format:"date"`
	Status            string `json:"status" enum:"OPEN,CLOSED"`
	Currency          string `json:"currency"`
	OpeningMinor      int64  `json:"openingMinor"`
	CashReceivedMinor int64  `json:"cashReceivedMinor"`
	BankReceivedMinor int64  `json:"bankReceivedMinor" doc:"All payment modes but cash."`
	CashExpensesMinor int64  `json:"cashExpensesMinor"`
	BankExpensesMinor int64  `json:"bankExpensesMinor"`
	TransfersInMinor  int64  `json:"transfersInMinor"`
	TransfersOutMinor int64  `json:"transfersOutMinor"`
	OverShortMinor    int64  `json:"overShortMinor"`
	ClosingMinor      int64  `json:"closingMinor"`
	EntryCount        int64  `json:"entryCount"`
	CountedMinor      *int64 `json:"countedMinor,omitempty" doc:"Of the last count."`
	VarianceMinor     *int64 `json:"varianceMinor,omitempty" doc:"Counted less expected, by what is known now."`
	StreamVersion     int64  `json:"streamVersion" doc:"Events of the day so far."`
}

type listInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	From       string `query:"from" doc:"30 days before to by default."`
	To         string `query:"to" doc:"Tomorrow by default. At most 366 days."`
	httpfn.Read
}

type listOutput struct {
	Body struct {
		CurrentBusinessDate string `json:"currentBusinessDate" format:"date"`
		Items               []Day  `json:"items" nullable:"false" doc:"Oldest first. A date on which nothing happened has no item: it carries the balance of the one before."`
	}
}

func (f function) list(ctx context.Context, in *listInput) (*listOutput, error) {
	d, err := f.source.Desk(ctx, approval.Read, in.PropertyID)
	if err == nil {
		err = d.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	var faults fault.Faults
	from, to := entryapi.Range(d, in.From, in.To, &faults)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	rows, err := d.Books.Days(ctx, d.Desk.Book, from, to)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.CurrentBusinessDate = d.Today()
	out.Body.Items = make([]Day, len(rows))
	for i, row := range rows {
		out.Body.Items[i] = show(row, d.Property.Currency)
	}
	return out, nil
}

func show(d daybook.Day, c money.Currency) Day {
	v := Day{
		BusinessDate: d.Date.String(), Status: "OPEN", Currency: string(c), OpeningMinor: d.OpeningMinor,
		CashReceivedMinor: d.Flows.CashReceivedMinor, BankReceivedMinor: d.Flows.BankReceivedMinor,
		CashExpensesMinor: d.Flows.CashExpensesMinor, BankExpensesMinor: d.Flows.BankExpensesMinor,
		TransfersInMinor: d.Flows.TransfersInMinor, TransfersOutMinor: d.Flows.TransfersOutMinor,
		OverShortMinor: d.Flows.OverShortMinor, ClosingMinor: d.ClosingMinor, EntryCount: d.Flows.EntryCount,
		StreamVersion: d.Version,
	}
	if d.Closed {
		v.Status = "CLOSED"
	}
	if variance, counted := d.VarianceMinor(); counted {
		v.CountedMinor, v.VarianceMinor = &d.CountedMinor, &variance
	}
	return v
}

// order carries out an act on a date. A date that is none is refused like any other.
func (f function) order(ctx context.Context, act approval.Act, property, date, key string, action func(bizdate.Date) (daybook.Action, error)) (daybookstore.Receipt, error) {
	d, err := f.source.Desk(ctx, act, property)
	if err != nil {
		return daybookstore.Receipt{}, err
	}
	on, err := bizdate.Parse(date)
	if err != nil {
		return daybookstore.Receipt{}, bizdate.ErrDate.At("#date")
	}
	do, err := action(on)
	if err != nil {
		return daybookstore.Receipt{}, err
	}
	return d.Books.Execute(ctx, d.Desk, daybookstore.Order{Actor: d.Actor(), Key: key, Action: do})
}
