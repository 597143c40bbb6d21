// Package project is the function that keeps the read model AccountTotals: what each account took on
// each posted date in each payment mode.
//
// Trigger: nudges of the feed, and a sweep each minute. Effect: each event once, in the commit of the
// cursor. Tables: reads Events and ReadModels; writes AccountTotals, FeedCursors, ParkedEvents.
package project

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/feedapi"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/store/accounttotals"
)

func init() { functions.HTTP("Project", New(api.Process).ServeHTTP) }

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	return feedapi.NewDrainer("project", api.Events(priority.Feed), source, func(b *api.Backend) (feedapi.Drainer, error) {
		return accounttotals.New(b.DB, b.Now, nil), nil
	})
}
