// Package snapshot is the function that keeps the state of long streams: after every 100 events of
// a day's stream, so that whoever needs the state folds the rest alone.
//
// Trigger: nudges of the feed, and a sweep each minute. Effect: a stream's snapshot, in the commit of
// the cursor; an event whose stream cannot be folded is parked. Tables: reads Events; writes
// Snapshots, FeedCursors, ParkedEvents.
package snapshot

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/feedapi"
	"innkeep.internal/shared/store/feed"
)

func init() { functions.HTTP("Snapshot", New(api.Process).ServeHTTP) }

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	return feedapi.New(name, source, func(b *api.Backend) (feed.Consumer, error) { return Consumer(b.DB), nil })
}
