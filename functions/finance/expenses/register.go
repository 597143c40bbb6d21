// Package expenses is the function that records, lists, reads and reverses expenses of a property.
//
// Trigger: HTTP, /v1/finance/expenses. Effect: one commit a command in the property's day book. Tables:
// reads and writes Entries, DailyCashBalances, Events, Commands, Periods.
package expenses

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Expenses", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Expenses", api.Finance(priority.Post), source)
	entryapi.Register[entryapi.Expense, entryapi.ExpenseLine](a, source, ledger.Expense, "expenses")
	return a
}
