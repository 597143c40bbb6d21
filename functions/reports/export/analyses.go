package export

import (
	"context"
	"strconv"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/exportapi"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/platform/document"
)

// analyses are the reports of the accounts, by their names in the API.
func analyses() map[string]kind {
	return map[string]kind{
		"trial-balance":   analysis("Trial balance", "trial-balance", reportapi.NewTrialBalance),
		"profit-and-loss": analysis("Profit and loss", "profit-and-loss", reportapi.NewProfitAndLoss),
		"departments":     analysis("Departments", "departments", reportapi.NewDepartments),
		"cash-flow":       analysis("Cash flow", "cash-flow", reportapi.NewCashFlow),
		"cash-to-accrual": analysis("From income to cash", "cash-to-accrual", reportapi.NewCashToAccrual),
		"comparison":      analysis("Comparison of properties", "comparison", reportapi.NewComparison),
		"trends":          {takes: []string{"period", "from", "to", "rows"}, make: trends},
	}
}

// analysis is a report that takes properties and a period, and nothing else.
func analysis[B any](title, name string, build func(context.Context, api.Source, *reportapi.AnalyticsInput) (reportapi.Answer[reportapi.Analysis[B]], error)) kind {
	return kind{takes: []string{"period", "from", "to"}, make: func(ctx, _ context.Context, f function, in *input) (named, error) {
		v, err := reportapi.View(build(ctx, f.source, in.analytics()))
		if err != nil {
			return named{}, err
		}
		return analysed(title, name, v)
	}}
}

func (in *input) analytics() *reportapi.AnalyticsInput {
	return &reportapi.AnalyticsInput{Houses: in.Houses, Period: in.Period, Moment: in.Moment}
}

func trends(ctx, _ context.Context, f function, in *input) (named, error) {
	v, err := reportapi.View(reportapi.NewTrends(ctx, f.source, &reportapi.TrendsInput{Rows: in.Rows, AnalyticsInput: *in.analytics()}))
	if err != nil {
		return named{}, err
	}
	return analysed("Trends", "trends", v)
}

func analysed[B any](title, name string, v reportapi.Analysis[B]) (named, error) {
	whose, code := strconv.Itoa(len(v.Properties))+" properties", ""
	if len(v.Properties) == 1 {
		whose, code = v.Properties[0].Name, v.Properties[0].Code
	}
	d, err := exportapi.New(title, whose+", "+between(v.From, v.To), nil, v)
	return named{d, []string{name, code, v.From, rest(v.From, v.To)}}, err
}

func flash(ctx, _ context.Context, f function, in *input) (named, error) {
	_, h, err := reportapi.One(ctx, f.source, in.PropertyIDs[0])
	if err != nil {
		return named{}, err
	}
	v, err := reportapi.View(reportapi.NewFlash(ctx, f.source, &reportapi.FlashInput{PropertyID: in.PropertyIDs[0], Date: in.Date, Moment: in.Moment}))
	if err != nil {
		return named{}, err
	}
	d, err := exportapi.New("Flash report", h.Name+", "+v.BusinessDate, []document.Fact{houseFact(h)}, v)
	return named{d, []string{"flash-report", h.Code, v.BusinessDate}}, err
}
