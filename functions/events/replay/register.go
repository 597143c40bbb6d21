// Package replay is the function by which operators look after what lives off the feed: how far each
// consumer is, read models built anew from the events, events that are parked.
//
// Trigger: HTTP, /v1/events/read-models, replay, parked, parked:retry and parked:drop, for operators
// of the installation. Effect: a new generation of a read model; a wish in ParkedEvents, which the
// consumer fulfils. Tables: reads Events, FeedCursors; writes AccountTotals, ReadModels, Rebuilds,
// ParkedEvents.
package replay

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Replay", New(api.Process).ServeHTTP) }

var tags = []string{"operations"}

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Replay", api.Events(priority.Rebuild), source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "list-read-models", Method: http.MethodGet, Path: "/v1/events/read-models", Tags: tags,
		Summary: "How far read models and other consumers of the feed are; operators only",
	}, f.models)
	httpfn.Register(a, huma.Operation{
		OperationID: "replay", Method: http.MethodPost, Path: "/v1/events/replay", Tags: tags,
		Summary: "Build a read model anew from the events, or go on with that; operators only",
		Description: "Each call works for some seconds and says how far it is: while the state is BUILDING, ask again with the generation. " +
			"The new generation takes the place of the live one when both are equal. When they differ (DIFFERENT), the differences are shown, " +
			"and a call with accept swaps all the same.",
	}, f.replay)
	httpfn.Register(a, huma.Operation{
		OperationID: "list-parked-events", Method: http.MethodGet, Path: "/v1/events/parked", Tags: tags,
		Summary: "List the events that a consumer has set aside; operators only",
	}, f.parked)
	httpfn.Register(a, huma.Operation{
		OperationID: "retry-parked-event", Method: http.MethodPost, Path: "/v1/events/parked:retry", Tags: tags,
		DefaultStatus: http.StatusAccepted, Summary: "Give a parked event to its consumer once more; operators only",
	}, f.retry)
	httpfn.Register(a, huma.Operation{
		OperationID: "drop-parked-event", Method: http.MethodPost, Path: "/v1/events/parked:drop", Tags: tags,
		DefaultStatus: http.StatusAccepted, Summary: "Decide that a consumer never takes a parked event; operators only",
	}, f.drop)
	return a
}

type function struct{ source api.Source }
