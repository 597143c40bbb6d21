// Package warm is the function that makes reports before somebody asks for them: those that owners open
// first after the night audit, and those of the properties that post most.
//
// Trigger: nudges of the feed, at most twice a minute, and a sweep each minute. Effect: values in the
// report cache, made as the reports' own functions make them. Tables: reads Events and what the reports
// read; writes FeedCursors, ReportSnapshots.
package warm

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/feedapi"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Warm", New(api.Process).ServeHTTP) }

// New makes the function on a backend. Where nothing is kept it does nothing.
func New(source api.Source) http.Handler {
	return feedapi.NewDrainer(name, api.Cache(priority.Rebuild), source, func(b *api.Backend) (feedapi.Drainer, error) {
		if b.Cache == nil {
			return idle{}, nil
		}
		return NewWarmer(b, source), nil
	})
}
