// Package webhooks is the function in which an organisation says where its events are to be sent, sees
// what came of it, and has events sent again. Package deliver sends them.
//
// Trigger: HTTP, /v1/events/webhooks. Effect: one commit an endpoint; a replay also makes deliveries
// due. Tables: reads Events, Properties, Members; reads and writes WebhookEndpoints, WebhookDeliveries.
package webhooks

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/lazy"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/webhookstore"
)

func init() { functions.HTTP("Webhooks", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	return newAPI(source, func(ctx context.Context) (*webhook.Client, error) {
		o, err := webhook.FromEnvironment(ctx)
		return webhook.NewClient(o), err
	})
}

const path = "/v1/events/webhooks"

func newAPI(source api.Source, client func(context.Context) (*webhook.Client, error)) *httpfn.API {
	a := api.New("Webhooks", api.Events(priority.Read), source)
	f := function{source: source, store: lazy.New(func(ctx context.Context) (*webhookstore.Store, error) {
		b, err := source(ctx)
		if err != nil {
			return nil, err
		}
		c, err := client(ctx)
		if err != nil {
			return nil, err
		}
		return webhookstore.New(b.DB, webhookstore.Options{Now: b.Now, Check: c.Check}), nil
	})}
	op := func(id, method, at string, status int, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path + at, DefaultStatus: status, Tags: []string{"webhooks"}, Summary: summary}
	}
	httpfn.Register(a, op("create-webhook", http.MethodPost, "", http.StatusCreated, "Have events sent to an address; the answer shows the secret"), f.create)
	httpfn.Register(a, op("list-webhooks", http.MethodGet, "", http.StatusOK, "List the organisation's webhook endpoints"), f.list)
	httpfn.Register(a, op("get-webhook", http.MethodGet, "/{endpointId}", http.StatusOK, "Read one endpoint"), f.get)
	httpfn.Register(a, op("put-webhook", http.MethodPut, "/{endpointId}", http.StatusOK, "Replace an endpoint's settings"), f.update)
	httpfn.Register(a, op("delete-webhook", http.MethodDelete, "/{endpointId}", http.StatusOK, "End an endpoint, with its log"), f.remove)
	httpfn.Register(a, op("rotate-webhook-secret", http.MethodPost, "/{endpointId}/rotate-secret", http.StatusOK, "Make a new secret; for 24 hours the old one signs beside it"), f.rotate)
	httpfn.Register(a, op("list-webhook-deliveries", http.MethodGet, "/{endpointId}/deliveries", http.StatusOK, "List what was and is to be sent, the latest event first"), f.deliveries)
	httpfn.Register(a, op("retry-webhook-delivery", http.MethodPost, "/{endpointId}/deliveries/{eventId}/retry", http.StatusAccepted, "Send an event again, whatever came of it"), f.retry)
	httpfn.Register(a, op("replay-webhook", http.MethodPost, "/{endpointId}/replay", http.StatusAccepted, "Send the events again that were recorded from a time on"), f.replay)
	return a
}

type function struct {
	source api.Source
	store  *lazy.Value[*webhookstore.Store]
}
