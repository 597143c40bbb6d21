// Package movements is the function that records, lists, reads and reverses cash movements of a property.
//
// Trigger: HTTP, /v1/finance/movements. Effect: one commit a command in the property's day book. Tables:
// reads and writes Entries, DailyCashBalances, Events, Commands, Periods.
package movements

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Movements", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Movements", api.Finance(priority.Post), source)
	entryapi.Register[entryapi.Movement, entryapi.MovementLine](a, source, ledger.Movement, "movements")
	return a
}
