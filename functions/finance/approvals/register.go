// Package approvals is the function that shows what waits for approval, decides it, and keeps the
// rules by which that is done.
//
// Trigger: HTTP, /v1/finance/pending-approvals, approvals:decide, approval-policy, daily-grants.
// Effect: one commit a property in its day books, one in the organisation's setup stream. Tables:
// reads and writes Entries, DailyCashBalances, Events, Commands, DailyGrants, ApprovalPolicies.
package approvals

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Approvals", New(api.Process).ServeHTTP) }

var tags = []string{"approvals"}

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Approvals", api.Finance(priority.Post), source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "list-pending-approvals", Method: http.MethodGet, Path: "/v1/finance/pending-approvals", Tags: tags,
		Summary: "List what waits for approval at the caller's properties, oldest first",
	}, f.pending)
	httpfn.Register(a, huma.Operation{
		OperationID: "decide-approvals", Method: http.MethodPost, Path: "/v1/finance/approvals:decide", Tags: tags,
		Summary: "Approve, reject or withdraw up to 1,000 entries, each with a result of its own",
	}, f.decide)
	httpfn.Register(a, huma.Operation{
		OperationID: "get-approval-policy", Method: http.MethodGet, Path: "/v1/finance/approval-policy", Tags: tags,
		Summary: "Read the approval policy in force",
	}, f.policy)
	httpfn.Register(a, huma.Operation{
		OperationID: "put-approval-policy", Method: http.MethodPut, Path: "/v1/finance/approval-policy", Tags: tags,
		Summary: "Put an approval policy in force",
	}, f.setPolicy)
	httpfn.Register(a, huma.Operation{
		OperationID: "give-daily-grant", Method: http.MethodPost, Path: "/v1/finance/daily-grants", Tags: tags,
		DefaultStatus: http.StatusCreated, Summary: "Let a member record today although entries of his own wait",
	}, f.grant)
	return a
}

type function struct{ source api.Source }
