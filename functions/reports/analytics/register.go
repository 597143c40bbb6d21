// Package analytics is the function that reports what the accounts say, over one, several or all
// properties of an organisation: trial balance, profit and loss, departments by USALI, trends, cash flow,
// the bridge from net income to cash, and the properties side by side.
//
// Trigger: HTTP, /v1/reports/analytics/... Effect: none. Tables: reads Properties, Events of the setup
// stream, ReadModels, FeedCursors, AccountTotals and the Events that these have not taken, and, where the
// report needs them, DailyCashBalances, DailyStatistics and Entries, all by key range at one timestamp; or
// Events alone for what was known.
package analytics

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Analytics", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Analytics", api.Reports(priority.Report), source)
	serve(a, source, "trial-balance", "Opening, debits, credits and closing of every account", reportapi.NewTrialBalance)
	serve(a, source, "profit-and-loss", "Revenue and expenses by account, net of tax", reportapi.NewProfitAndLoss)
	serve(a, source, "departments", "The summary operating statement of USALI", reportapi.NewDepartments)
	serve(a, source, "trends", "Revenue and expenses by month or by day, and the largest accounts", reportapi.NewTrends)
	serve(a, source, "cash-flow", "What came in and went out, by payment mode and month", reportapi.NewCashFlow)
	serve(a, source, "cash-to-accrual", "From net income to the change of cash and bank", reportapi.NewCashToAccrual)
	serve(a, source, "comparison", "Properties side by side, with their ranks", reportapi.NewComparison)
	return a
}

// serve adds one analysis.
func serve[In, V any](a *httpfn.API, source api.Source, name, summary string, build func(context.Context, api.Source, *In) (reportapi.Answer[V], error)) {
	httpfn.Register(a, huma.Operation{
		OperationID: name, Method: http.MethodGet, Path: "/v1/reports/analytics/" + name, Tags: []string{"reports"}, Summary: summary,
		Description: api.Freshness,
	}, func(ctx context.Context, in *In) (*reportapi.Reply[V], error) {
		v, err := build(ctx, source, in)
		return v.Reply(), err
	})
}
