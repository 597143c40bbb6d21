// Package invalidate is the function that tells the report cache what has changed: the heads of properties
// and organisations, and per shard up to when they are right.
//
// Trigger: nudges of the feed, and a sweep each minute. Effect: documents of cache_heads, before the cursor
// moves, and of cache_marks, after it. Tables: reads Events; writes FeedCursors, ParkedEvents.
package invalidate

import (
	"errors"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/feedapi"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Invalidate", New(api.Process).ServeHTTP) }

// errNoFirestore means that the backend has no Firestore: nothing would be invalidated that is counted as
// such.
var errNoFirestore = errors.New("invalidate: the backend has no client of Firestore")

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	return feedapi.NewDrainer(name, api.Cache(priority.Feed), source, func(b *api.Backend) (feedapi.Drainer, error) {
		if b.Heads == nil {
			return nil, errNoFirestore
		}
		return NewInvalidator(b.DB, moves.New(b.Heads.Client()), b.Now, nil), nil
	})
}
