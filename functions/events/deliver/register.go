// Package deliver is the function that sends events to the addresses that organisations have given.
//
// Trigger: nudges of the feed, and a sweep each minute, which also finds what is due again. Its
// subscription is not ordered: a receiver that takes its time must not hold the next nudge up.
// Effect: a PENDING delivery an event and endpoint, in the commit of the cursor; a signed POST to the
// endpoint, at least once; what came of it. Tables: reads Events, WebhookEndpoints; writes
// WebhookDeliveries, FeedCursors, ParkedEvents, and an endpoint that answers 410.
package deliver

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/feedapi"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/webhook"
)

func init() { functions.HTTP("Deliver", New(api.Process).ServeHTTP) }

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	return feedapi.NewDrainer("deliver", api.Events(priority.Feed), source, func(b *api.Backend) (feedapi.Drainer, error) {
		o, err := webhook.FromEnvironment(context.Background()) // once an instance, whoever asks first
		if err != nil {
			return nil, err
		}
		return newDrainer(b, webhook.NewClient(o)), nil
	})
}
