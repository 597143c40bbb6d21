// Package flash is the function that reports a property's day, month and year so far on one page: revenue
// by department, payments, rooms, deposits and counts, beside the budget and the year before.
//
// Trigger: HTTP, /v1/reports/flash-report, and /v1/reports/flash for short. Effect: none. Tables: reads
// Properties, Budgets, Events of the setup stream, ReadModels, FeedCursors, AccountTotals and the Events
// that these have not taken, DailyCashBalances and DailyStatistics, all by key range at one timestamp; or
// Events alone for what was known.
package flash

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

func init() { functions.HTTP("FlashReport", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("FlashReport", api.Reports(priority.Report), source)
	for _, name := range []string{"flash-report", "flash"} {
		httpfn.Register(a, huma.Operation{
			OperationID: name, Method: http.MethodGet, Path: "/v1/reports/" + name, Tags: []string{"reports"},
			Summary: "A date, its month and its year so far, beside the budget and the year before", Description: api.Freshness,
		}, function{source}.report)
	}
	return a
}

type function struct{ source api.Source }

func (f function) report(ctx context.Context, in *reportapi.FlashInput) (*reportapi.Reply[reportapi.Flash], error) {
	a, err := reportapi.NewFlash(ctx, f.source, in)
	return a.Reply(), err
}
