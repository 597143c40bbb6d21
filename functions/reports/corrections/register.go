// Package corrections is the function by which members see what differs between day rows and events,
// owners decide what is proposed, and operators have a property compared.
//
// Trigger: HTTP, /v1/reports/corrections. Effect: an approved proposal restores a row to what its
// events say, with a BalanceCorrected event as evidence; a comparison queues what differs. Tables: reads
// Events; writes Corrections, CorrectionDecisions, DailyCashBalances, Periods, Events.
package corrections

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Corrections", New(api.Process).ServeHTTP) }

var tags = []string{"corrections"}

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Corrections", api.Reports(priority.Report), source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "list-corrections", Method: http.MethodGet, Path: "/v1/reports/corrections", Tags: tags,
		Summary: "List what differs, or did, between day rows and their events",
	}, f.list)
	httpfn.Register(a, huma.Operation{
		OperationID: "detect-corrections", Method: http.MethodPost, Path: "/v1/reports/corrections:detect", Tags: tags,
		Summary: "Compare a property's day rows with their events now; operators only",
		Description: "What differs is queued, also what was parked or rejected before, and repaired with the next batch. " +
			"The same call again compares again and queues nothing twice.",
	}, f.detect)
	httpfn.Register(a, huma.Operation{
		OperationID: "approve-correction", Method: http.MethodPost, Path: "/v1/reports/corrections/{propertyId}/{date}/approve", Tags: tags,
		Summary: "Restore a day row to what its events say; owners only",
	}, f.approve)
	httpfn.Register(a, huma.Operation{
		OperationID: "reject-correction", Method: http.MethodPost, Path: "/v1/reports/corrections/{propertyId}/{date}/reject", Tags: tags,
		Summary: "Leave a day row as it is although its events say otherwise; owners only",
	}, f.reject)
	return a
}

type function struct{ source api.Source }
