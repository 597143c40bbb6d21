// Package assembly makes every function of the catalogue in one process: for the local server, and
// for the document of all operations.
package assembly

import (
	"errors"
	"fmt"

	"innkeep.internal/functions"
	"innkeep.internal/functions/finance/approvals"
	"innkeep.internal/functions/finance/days"
	"innkeep.internal/functions/finance/expenses"
	"innkeep.internal/functions/finance/movements"
	"innkeep.internal/functions/finance/revenues"
	"innkeep.internal/functions/finance/setup"
	"innkeep.internal/functions/reports/daily"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
)

// makers is the functions by entry point.
var makers = map[string]func(api.Source) *httpfn.API{
	"Approvals":   approvals.New,
	"DailyReport": daily.New,
	"Days":        days.New,
	"Expenses":    expenses.New,
	"Movements":   movements.New,
	"Revenues":    revenues.New,
	"Setup":       setup.New,
}

// Part is a function and what the catalogue says of it.
type Part struct {
	Function functions.Function
	API      *httpfn.API
}

// Make makes the functions on one backend, in the order of the catalogue. The error lists those
// that the catalogue has and this package does not, and the reverse.
func Make(c functions.Catalogue, source api.Source) ([]Part, error) {
	var parts []Part
	var faults []error
	known := map[string]bool{}
	for _, f := range c.Functions {
		known[f.EntryPoint] = true
		maker, ok := makers[f.EntryPoint]
		if !ok {
			faults = append(faults, fmt.Errorf("assembly: the catalogue's %s is not among the makers", f.EntryPoint))
			continue
		}
		parts = append(parts, Part{Function: f, API: maker(source)})
	}
	for name := range makers {
		if !known[name] {
			faults = append(faults, fmt.Errorf("assembly: %s is not in the catalogue", name))
		}
	}
	return parts, errors.Join(faults...)
}
