// Package stream is the function that shows an organisation's events as they were recorded: page by
// page, and live as server-sent events.
//
// Trigger: HTTP, /v1/events/history and /v1/events/stream. Effect: none. Tables: reads Events and
// Properties.
//
// A live stream looks into the books whenever the organisation's head moves, and each 10 s without.
// It goes on after the place that the reader names, in the order of the history, so a reader who
// connects again with the last id that he got misses nothing and gets nothing twice.
package stream

import (
	"net/http"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Stream", New(api.Process).ServeHTTP) }

// requestTimeout bounds a page of the history and what a stream does before its first byte: the
// time-out of the events service. A stream itself has none but Options.MaxAge.
const requestTimeout = 10 * time.Second

// Options are the numbers of live streams.
type Options struct {
	Poll         time.Duration // from one look into the books to the next, when nothing wakes the stream
	Gap          time.Duration // at least, from one look to the next: what one stream costs Spanner
	Heartbeat    time.Duration // of silence, until a comment says that the stream is well
	MaxAge       time.Duration // of a stream; shorter than the platform's time-out, so that its end is a clean one
	WriteTimeout time.Duration // of one write: a reader who does not read is cut
	PageEvents   int           // that a stream holds in memory, at most 500
	Streams      int           // of an instance: below its concurrency, so that the history finds room
	OrgStreams   int           // of one organisation in an instance
}

// Defaults are what a deployed function runs on, with a time-out of 15 minutes and a concurrency of 500.
func Defaults() Options {
	return Options{
		Poll: 10 * time.Second, Gap: 250 * time.Millisecond, Heartbeat: 15 * time.Second,
		MaxAge: 14 * time.Minute, WriteTimeout: 10 * time.Second,
		PageEvents: 200, Streams: 400, OrgStreams: 50,
	}
}

var tags = []string{"events"}

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API { return NewWith(source, Defaults()) }

// NewWith is New with numbers of one's own.
func NewWith(source api.Source, o Options) *httpfn.API {
	terms := api.Events(priority.Read).Taking(-1) // no deadline for all: each operation has its own
	terms.Unbounded = true                        // see doors
	a := api.New("Stream", terms, source)
	f := function{source: source, Options: o, doors: newDoors(o.Streams, o.OrgStreams)}
	httpfn.Register(a, huma.Operation{
		OperationID: "list-events", Method: http.MethodGet, Path: "/v1/events/history", Tags: tags,
		Summary: "Read what was recorded at the caller's properties, oldest first",
	}, f.history)
	httpfn.Register(a, huma.Operation{
		OperationID: "stream-events", Method: http.MethodGet, Path: "/v1/events/stream", Tags: tags,
		Summary: "Follow what is recorded at the caller's properties, as server-sent events",
		Description: "Each message has the event's place as its id, its type as its name and a CloudEvent as its data. " +
			"A message without data moves the id alone. Connect again with the last id after every end: " +
			"a stream lasts 14 minutes at most, and ends with the token. A comment before the end says why.",
		Responses: map[string]*huma.Response{"200": {
			Description: "Server-sent events, until the stream ends.",
			Content:     map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, f.stream)
	return a
}

type function struct {
	Options
	source api.Source
	doors  *doors
}
