package setup

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/httpfn"
)

// BudgetLine is what an account is to take in each month of a year.
type BudgetLine struct {
	AccountCode string  `json:"accountCode" minLength:"1" maxLength:"20" doc:"Of an INCOME or EXPENSE account of the chart; each stands once."`
	MonthsMinor []int64 `json:"monthsMinor" nullable:"false" minItems:"12" maxItems:"12" doc:"Income, or cost, of January to December, in minor units of the property's currency: 0 to 10^15."`
}

// BudgetPlan is what a property means to earn, to spend and to let in a year.
type BudgetPlan struct {
	Lines          []BudgetLine `json:"lines" nullable:"false" maxItems:"1000"`
	RoomsAvailable []int64      `json:"roomsAvailable,omitempty" minItems:"12" maxItems:"12" doc:"Room nights of January to December, those out of order included."`
	RoomsSold      []int64      `json:"roomsSold,omitempty" minItems:"12" maxItems:"12" doc:"Room nights to be sold in January to December."`
}

// Budget is a budget as the API shows it.
type Budget struct {
	BudgetPlan
	Version      int64 `json:"version" doc:"Of the organisation's setup, when it was set."`
	ChartVersion int64 `json:"chartVersion" doc:"Of the chart of accounts that the accounts were found in; 0 is the default chart."`
}

// budget is the plan as the domain has it. Lists have twelve numbers: the request was refused otherwise.
func (p BudgetPlan) budget() (b setup.Budget) {
	for _, l := range p.Lines {
		b.Lines = append(b.Lines, setup.BudgetLine{AccountCode: l.AccountCode, MonthsMinor: setup.Months(l.MonthsMinor)})
	}
	for _, x := range []struct {
		from []int64
		to   **setup.Months
	}{{p.RoomsAvailable, &b.RoomsAvailable}, {p.RoomsSold, &b.RoomsSold}} {
		if len(x.from) > 0 {
			months := setup.Months(x.from)
			*x.to = &months
		}
	}
	return b
}

func showBudget(b setup.Budget) *Budget {
	v := &Budget{Version: b.Version, ChartVersion: b.ChartVersion}
	v.Lines = make([]BudgetLine, len(b.Lines))
	for i, l := range b.Lines {
		v.Lines[i] = BudgetLine{AccountCode: l.AccountCode, MonthsMinor: l.MonthsMinor[:]}
	}
	if b.RoomsAvailable != nil {
		v.RoomsAvailable = b.RoomsAvailable[:]
	}
	if b.RoomsSold != nil {
		v.RoomsSold = b.RoomsSold[:]
	}
	return v
}

type setBudgetInput struct {
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
		Year       int    `json:"year" doc:"Of the business dates, 1900 to 9999."`
		BudgetPlan
	}
}

type budgetOutput struct {
	httpfn.Written
	Body struct {
		PropertyID string  `json:"propertyId"`
		Year       int     `json:"year"`
		Currency   string  `json:"currency" doc:"The property's."`
		Budget     *Budget `json:"budget,omitempty" doc:"Absent where none was set."`
	}
}

func (f function) setBudget(ctx context.Context, in *setBudgetInput) (*budgetOutput, error) {
	d, err := f.source.Desk(ctx, approval.SetUp, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	b := in.Body.budget()
	b.Property, b.Year = d.Property.ID, in.Body.Year
	res, err := d.Setup.SetBudget(ctx, changeOf(d.Caller, in.IdempotencyKey, in.Body), b)
	if err != nil {
		return nil, err
	}
	out := &budgetOutput{Written: httpfn.NewWritten(api.Token(res.At), res.Replayed)}
	out.Body.PropertyID, out.Body.Year = in.Body.PropertyID, res.Data.Year
	out.Body.Currency, out.Body.Budget = string(res.Data.Currency), showBudget(res.Data.Budget)
	return out, nil
}

type getBudgetInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Year       int    `query:"year" required:"true" minimum:"1900" maximum:"9999"`
	httpfn.Read
}

func (f function) budget(ctx context.Context, in *getBudgetInput) (*budgetOutput, error) {
	d, err := f.source.Desk(ctx, approval.Read, in.PropertyID)
	if err == nil {
		err = d.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	b, found, err := d.Setup.Budget(ctx, d.Org, d.Property.ID, in.Year)
	if err != nil {
		return nil, err
	}
	out := &budgetOutput{}
	out.Body.PropertyID, out.Body.Year, out.Body.Currency = in.PropertyID, in.Year, string(d.Property.Currency)
	if found {
		out.Body.Budget = showBudget(b)
	}
	return out, nil
}
