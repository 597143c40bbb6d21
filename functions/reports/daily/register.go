// Package daily is the function that reports the cash of a property: a business date with its
// postings, counts and what waits, or a range of dates.
//
// Trigger: HTTP, /v1/reports/daily-report. Effect: none on the books; the hash of what a closed scope's
// report says is kept. Tables: reads DailyCashBalances, Entries and CashCounts by key range at one
// timestamp, or Events for what was known; writes ReportSnapshots.
package daily

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

func init() { functions.HTTP("DailyReport", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("DailyReport", api.Reports(priority.Report), source)
	httpfn.Register(a, huma.Operation{
		OperationID: "daily-report", Method: http.MethodGet, Path: "/v1/reports/daily-report", Tags: []string{"reports"},
		Summary: "The cash report of a business date, with its postings, or of a range of dates", Description: api.Freshness,
	}, function{source}.report)
	return a
}

type function struct{ source api.Source }

func (f function) report(ctx context.Context, in *reportapi.DailyInput) (*reportapi.Reply[reportapi.Daily], error) {
	a, err := reportapi.NewDaily(ctx, f.source, in)
	return a.Reply(), err
}
