package reportapi

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/report"
)

// maxTrendDays is how many days a trend has a row for each of: a quarter.
const maxTrendDays = 92

// ErrTrendDays means that rows by day were asked for over more days than a trend has rows for.
var ErrTrendDays = fault.New(fault.Invalid, "too_many_rows", "a trend has rows by day for 92 days at most: ask for months")

// TrendsInput asks for trends.
type TrendsInput struct {
	Rows string `query:"rows" enum:"days,months" default:"months" doc:"days: for 92 days at most."`
	AnalyticsInput
}

// Trends are how revenue and expenses of one currency went along, and which accounts they were on.
type Trends struct {
	Block
	Rows        []Trend `json:"rows" nullable:"false"`
	TopRevenue  Top     `json:"topRevenue" doc:"Of the whole range."`
	TopExpenses Top     `json:"topExpenses"`
	Unknown
}

// Trend is a day or a month of a trend.
type Trend struct {
	Span
	RevenueMinor              int64  `json:"revenueMinor"`
	ExpensesMinor             int64  `json:"expensesMinor"`
	NetMinor                  int64  `json:"netMinor"`
	RevenueChangeBasisPoints  *int64 `json:"revenueChangeBasisPoints,omitempty" doc:"To the row before, in hundredths of a percent of its magnitude; absent in the first row, and where that was zero."`
	ExpensesChangeBasisPoints *int64 `json:"expensesChangeBasisPoints,omitempty"`
	NetChangeBasisPoints      *int64 `json:"netChangeBasisPoints,omitempty"`
}

// Top is the ten largest accounts, and the others as one.
type Top struct {
	Accounts    []AccountLine `json:"accounts" nullable:"false" doc:"The largest first, ten at most."`
	OtherCount  int           `json:"otherCount" doc:"How many other accounts there are."`
	OthersMinor int64         `json:"othersMinor" doc:"Those together."`
}

// NewTrends answers with the report.
func NewTrends(ctx context.Context, source api.Source, in *TrendsInput) (none Answer[Analysis[Trends]], _ error) {
	dates, err := in.Dates()
	if err != nil {
		return none, err
	}
	parts := dates.Months()
	if in.Rows == "days" {
		if dates.From.AddDays(maxTrendDays) <= dates.To {
			return none, ErrTrendDays
		}
		parts = dates.Days()
	}
	read := func(ctx context.Context, a analysis, h House) ([]report.Sums, error) {
		totals, err := a.read.Totals(ctx, h.Book, a.dates.From, a.dates.To)
		if err != nil {
			return nil, err
		}
		out := make([]report.Sums, len(parts))
		for i, r := range parts {
			if out[i], err = report.NewSums(totals, r); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return analyse(ctx, source, &in.AnalyticsInput, "trends", []string{in.Rows}, read, func(a analysis, b block[[]report.Sums]) (Trends, error) {
		return newTrends(a, b, parts)
	})
}

func newTrends(a analysis, b block[[]report.Sums], parts []report.Range) (v Trends, err error) {
	sums, incomes := make([]report.Sums, len(parts)), make([]report.Income, len(parts))
	for i := range parts {
		if sums[i], err = report.AddSums(took(b.values, func(own []report.Sums) report.Sums { return own[i] })); err != nil {
			return v, err
		}
		if incomes[i], err = report.NewIncome(a.accounts, sums[i]); err != nil {
			return v, err
		}
	}
	rows, err := report.NewTrends(parts, incomes)
	if err != nil {
		return v, err
	}
	all, err := report.AddSums(sums)
	if err != nil {
		return v, err
	}
	whole, err := report.NewIncome(a.accounts, all)
	if err != nil {
		return v, err
	}
	v = Trends{Block: b.head(), Rows: took(rows, newTrend), Unknown: newUnknown(whole.Unknown)}
	if v.TopRevenue, err = newTop(whole.Revenue); err != nil {
		return v, err
	}
	v.TopExpenses, err = newTop(whole.Expenses)
	return v, err
}

func newTrend(t report.Trend) Trend {
	return Trend{
		Span: newSpan(t.From, t.To), RevenueMinor: t.RevenueMinor, ExpensesMinor: t.ExpensesMinor, NetMinor: t.NetMinor,
		RevenueChangeBasisPoints: t.RevenueChange, ExpensesChangeBasisPoints: t.ExpensesChange, NetChangeBasisPoints: t.NetChange,
	}
}

func newTop(list []report.AccountAmount) (Top, error) {
	t, err := report.NewTop(list)
	return Top{Accounts: newLines(t.Accounts), OtherCount: t.Others, OthersMinor: t.RestMinor}, err
}
