// Package revenues is the function that records, lists, reads and reverses revenues of a property.
//
// Trigger: HTTP, /v1/finance/revenues. Effect: one commit a command in the property's day book. Tables:
// reads and writes Entries, DailyCashBalances, Events, Commands, Periods.
package revenues

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Revenues", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Revenues", api.Finance(priority.Post), source)
	entryapi.Register[entryapi.Revenue, entryapi.RevenueLine](a, source, ledger.Revenue, "revenues")
	return a
}
