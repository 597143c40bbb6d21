// Package assembly makes every function of the catalogue in one process: for the local server, and
// for the document of all operations.
package assembly

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"innkeep.internal/functions"
	"innkeep.internal/functions/cache/invalidate"
	"innkeep.internal/functions/cache/warm"
	"innkeep.internal/functions/events/deliver"
	"innkeep.internal/functions/events/project"
	"innkeep.internal/functions/events/relay"
	"innkeep.internal/functions/events/replay"
	"innkeep.internal/functions/events/snapshot"
	"innkeep.internal/functions/events/stream"
	"innkeep.internal/functions/events/webhooks"
	"innkeep.internal/functions/finance/approvals"
	"innkeep.internal/functions/finance/days"
	"innkeep.internal/functions/finance/expenses"
	"innkeep.internal/functions/finance/movements"
	"innkeep.internal/functions/finance/revenues"
	"innkeep.internal/functions/finance/setup"
	"innkeep.internal/functions/ops/monitor"
	"innkeep.internal/functions/ops/partitions"
	"innkeep.internal/functions/ops/status"
	"innkeep.internal/functions/reports/analytics"
	"innkeep.internal/functions/reports/correct"
	"innkeep.internal/functions/reports/corrections"
	"innkeep.internal/functions/reports/daily"
	"innkeep.internal/functions/reports/explain"
	"innkeep.internal/functions/reports/export"
	"innkeep.internal/functions/reports/flash"
	"innkeep.internal/functions/reports/periodic"
	"innkeep.internal/functions/reports/reconcile"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
)

// makers makes functions, by entry point.
type makers struct {
	http     map[string]func(api.Source) *httpfn.API
	internal map[string]func(api.Source) http.Handler // those that Pub/Sub and the scheduler call
}

// all is the functions that there are.
var all = makers{
	http: map[string]func(api.Source) *httpfn.API{
		"Analytics":      analytics.New,
		"Approvals":      approvals.New,
		"Corrections":    corrections.New,
		"DailyReport":    daily.New,
		"Days":           days.New,
		"Expenses":       expenses.New,
		"Export":         export.New,
		"Explain":        explain.New,
		"FlashReport":    flash.New,
		"Movements":      movements.New,
		"PeriodicReport": periodic.New,
		"Reconcile":      reconcile.New,
		"Replay":         replay.New,
		"Revenues":       revenues.New,
		"Setup":          setup.New,
		"Status":         status.New,
		"Stream":         stream.New,
		"Webhooks":       webhooks.New,
	},
	internal: map[string]func(api.Source) http.Handler{
		"Correct":    correct.New,
		"Deliver":    deliver.New,
		"Invalidate": invalidate.New,
		"Monitor":    monitor.New,
		"Partitions": partitions.New,
		"Project":    project.New,
		"Relay":      relay.New,
		"Snapshot":   snapshot.New,
		"Warm":       warm.New,
	},
}

// Part is a function and what the catalogue says of it.
type Part struct {
	Function functions.Function
	Handler  http.Handler
	API      *httpfn.API // the handler's operations; nil for an internal function, which has none
}

// Make makes the functions on one backend, in the order of the catalogue, without the public one: it
// has no operations, and stands in front of these. The error lists those that the catalogue has and
// this package does not, and the reverse.
func Make(c functions.Catalogue, source api.Source) ([]Part, error) { return all.make(c, source) }

func (m makers) make(c functions.Catalogue, source api.Source) ([]Part, error) {
	var parts []Part
	var faults []error
	known := map[string]bool{}
	for _, f := range c.Functions {
		if f.Public {
			continue
		}
		known[f.EntryPoint] = true
		p, ok := m.part(f, source)
		if !ok {
			faults = append(faults, fmt.Errorf("assembly: the catalogue's %s is not among the makers of %s functions", f.EntryPoint, f.Trigger))
			continue
		}
		parts = append(parts, p)
	}
	for _, name := range slices.Concat(slices.Sorted(maps.Keys(m.http)), slices.Sorted(maps.Keys(m.internal))) {
		if !known[name] {
			faults = append(faults, fmt.Errorf("assembly: %s is not in the catalogue", name))
		}
	}
	return parts, errors.Join(faults...)
}

func (m makers) part(f functions.Function, source api.Source) (Part, bool) {
	switch f.Trigger {
	case functions.HTTP:
		if maker, ok := m.http[f.EntryPoint]; ok {
			a := maker(source)
			return Part{Function: f, Handler: a, API: a}, true
		}
	case functions.PubSub, functions.Scheduler:
		if maker, ok := m.internal[f.EntryPoint]; ok {
			return Part{Function: f, Handler: maker(source)}, true
		}
	}
	return Part{}, false
}
