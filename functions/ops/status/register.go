// Package status is the function by which operators see how the installation protects itself: which
// breakers are open, who waits, who is refused; along which routes it reads; and how much of its limits is used.
//
// Trigger: HTTP, /v1/ops/resilience, routes and capacity, for operators of the installation. Effect: none. Tables: Members,
// for the caller's role; of capacity those that ops/monitor reads.
package status

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Status", New(api.Process).ServeHTTP) }

var tags = []string{"operations"}

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Status", api.Ops(priority.Read), source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "get-resilience", Method: http.MethodGet, Path: "/v1/ops/resilience", Tags: tags,
		Summary: "The limiters, bulkheads and breakers of the instance that answers; operators only",
		Description: "Each instance has its own, and another call may meet another one: instance says which, since from when on. " +
			"What all instances of a function did is in the metrics innkeep.limiter.*, innkeep.bulkhead.* and innkeep.breaker.*.",
	}, f.resilience)
	httpfn.Register(a, huma.Operation{
		OperationID: "get-routes", Method: http.MethodGet, Path: "/v1/ops/routes", Tags: tags,
		Summary: "The routes to the database of the instance that answers; operators only",
		Description: "Each instance judges routes for itself, and another call may meet another one: instance says which. " +
			"What all instances of a function did is in the metrics innkeep.routes.*.",
	}, f.routes)
	httpfn.Register(a, huma.Operation{
		OperationID: "get-capacity", Method: http.MethodGet, Path: "/v1/ops/capacity", Tags: tags,
		Summary: "How the installation is, and which limit its load reaches first; operators only",
		Description: "Read from the tables at this moment: how far consumers of the feed are, what waits, how much of each limit is used. " +
			"The same is logged each minute, and leaves as the metrics innkeep.feed.lag, innkeep.capacity.used and their like.",
	}, f.capacity)
	return a
}

type function struct{ source api.Source }
