// Package relay is the function that publishes the day book's events, for everybody outside of it:
// as CloudEvents to the topic domain-events, in order per organisation and property, at least once.
//
// Trigger: nudges of the feed, and a sweep each minute. Effect: messages, acknowledged before the
// cursor moves, and then the heads of their organisations, which wake live streams. Tables: reads
// Events; writes FeedCursors, ParkedEvents.
package relay

import (
	"errors"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/feedapi"
	"innkeep.internal/shared/store/feed"
)

func init() { functions.HTTP("Relay", New(api.Process).ServeHTTP) }

// errNoTopics means that the backend publishes nothing: a relay without a topic would lose what it
// counts as relayed.
var errNoTopics = errors.New("relay: the backend has no client of Pub/Sub")

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	return feedapi.New("relay", source, func(b *api.Backend) (feed.Consumer, error) {
		if b.Topics == nil {
			return feed.Consumer{}, errNoTopics
		}
		if b.Heads == nil {
			return Consumer(b.Topics, nil), nil // not b.Heads: an interface that holds nil is not nil
		}
		return Consumer(b.Topics, b.Heads), nil
	})
}
