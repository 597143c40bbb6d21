// Package days is the function that shows a property's business dates, records counts of the
// drawer, and closes and reopens days.
//
// Trigger: HTTP, /v1/finance/days. Effect: commits in the property's day book; a close takes its
// date and every earlier open one with it. Tables: reads and writes DailyCashBalances, Events,
// Commands, CashCounts, Periods.
package days

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Days", New(api.Process).ServeHTTP) }

var tags = []string{"days"}

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Days", api.Finance(priority.Post), source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "list-days", Method: http.MethodGet, Path: "/v1/finance/days", Tags: tags,
		Summary: "List a property's business dates",
	}, f.list)
	httpfn.Register(a, huma.Operation{
		OperationID: "count-cash", Method: http.MethodPost, Path: "/v1/finance/days/{date}/count", Tags: tags,
		DefaultStatus: http.StatusCreated, Summary: "Record what was counted in the drawer",
	}, f.count)
	httpfn.Register(a, huma.Operation{
		OperationID: "close-day", Method: http.MethodPost, Path: "/v1/finance/days/{date}/close", Tags: tags,
		Summary: "Close a business date, and every earlier open one with it",
	}, f.close)
	httpfn.Register(a, huma.Operation{
		OperationID: "reopen-day", Method: http.MethodPost, Path: "/v1/finance/days/{date}/reopen", Tags: tags,
		Summary: "Open the last closed business date again",
	}, f.reopen)
	return a
}

type function struct{ source api.Source }
