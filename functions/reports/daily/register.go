// Package daily is the function that reports the cash of a property: a business date with its
// postings, or a month.
//
// Trigger: HTTP, /v1/reports/daily-report and monthly-report. Effect: none. Tables: reads
// DailyCashBalances and Entries by key range, at one timestamp.
package daily

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
)

func init() { functions.HTTP("DailyReport", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("DailyReport", api.ReportTimeout, source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "daily-report", Method: http.MethodGet, Path: "/v1/reports/daily-report", Tags: []string{"reports"},
		Summary: "The cash report of a business date, with its postings",
	}, f.day)
	httpfn.Register(a, huma.Operation{
		OperationID: "monthly-report", Method: http.MethodGet, Path: "/v1/reports/monthly-report", Tags: []string{"reports"},
		Summary: "The cash report of a month",
	}, f.month)
	return a
}

type function struct{ source api.Source }
