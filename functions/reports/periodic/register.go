// Package periodic is the function that reports the cash of a month, a quarter or a year: of a property,
// of several, or of the whole organisation, with rows by day or by month.
//
// Trigger: HTTP, /v1/reports/monthly-report, quarterly-report, yearly-report, and
// periodic-report for any other period. Effect: none on the
// books; the hash of what a closed scope's report says is kept. Tables: reads Properties,
// DailyCashBalances and, for a month, Entries by key range at one timestamp, or Events for what was
// known; writes ReportSnapshots.
package periodic

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("PeriodicReport", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("PeriodicReport", api.Reports(priority.Report), source)
	f := function{source}
	operation := func(id, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/v1/reports/" + id, Tags: []string{"reports"}, Summary: summary, Description: api.Freshness}
	}
	httpfn.Register(a, operation("periodic-report", "The cash report of any period of at most a year"), f.period)
	httpfn.Register(a, operation("monthly-report", "The cash report of a month, with breakdowns"), f.month)
	httpfn.Register(a, operation("quarterly-report", "The cash report of a quarter of the calendar"), f.quarter)
	httpfn.Register(a, operation("yearly-report", "The cash report of a year of the calendar"), f.year)
	return a
}

type function struct{ source api.Source }
