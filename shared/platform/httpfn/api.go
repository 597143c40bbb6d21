// Package httpfn is what every HTTP function is made of: operations on huma over net/http, strict
// JSON in, problems (RFC 9457) out, idempotency keys, and the plain middlewares around them.
//
// It owns the table from fault.Kind to status and the stable codes of what is refused before a
// handler is reached. It knows nothing of what the operations do.
//
// A function makes an API with New, adds its operations with Register, and gives the API, which is
// an http.Handler, to the functions framework.
package httpfn

import (
	"net/http"
	"path"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	// DefaultMaxBodyBytes bounds a body where the operation sets no MaxBodyBytes of its own.
	DefaultMaxBodyBytes = 1 << 20
	// defaultTimeout is shorter than the 60 s after which Cloud Functions gives up on a request, by
	// enough for the reply to say so.
	defaultTimeout = 55 * time.Second
	// bodyReadTimeout bounds the reading of a body: 8 MiB at 3 Mbit/s.
	bodyReadTimeout = 20 * time.Second
)

// Middleware wraps a handler.
type Middleware = func(http.Handler) http.Handler

// Options of an API; the zero value is usable.
type Options struct {
	// Version of the API, as in its OpenAPI document; "1" when empty.
	Version string
	// Timeout of a whole request: the deadline of its context. 55 s when zero, none when negative.
	Timeout time.Duration
	// Use wraps the operations, the first outermost, inside of logging, recovery and deadline:
	// authentication belongs here.
	Use []Middleware
	// Guard bounds how many requests work at once, where it is there.
	Guard *Guard
}

// API is the operations of one function. It is an http.Handler; add operations before it serves.
type API struct {
	huma    huma.API
	mux     *http.ServeMux
	guard   *Guard
	handler http.Handler
}

// New makes an API without operations. Its documents come from OpenAPI; it serves none itself.
func New(title string, options Options) *API {
	if options.Version == "" {
		options.Version = "1"
	}
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	mux := http.NewServeMux()
	a := &API{mux: mux, guard: options.Guard}
	a.huma = codec{humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: title, Version: options.Version},
		},
		Formats: map[string]huma.Format{jsonType: huma.DefaultJSONFormat},
	})}
	var h http.Handler = http.HandlerFunc(a.route)
	for i := len(options.Use) - 1; i >= 0; i-- {
		h = options.Use[i](h)
	}
	a.handler = Observe(Recover(Deadline(options.Timeout, a.guard.Wrap(h))))
	return a
}

// OpenAPI is the document (3.1) of the operations registered so far.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// Guard is that of Options.
func (a *API) Guard() *Guard { return a.guard }

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// route finds the operation. Paths are matched as they stand: ServeMux's redirects to cleaned
// paths would turn a POST into a GET.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != path.Clean(r.URL.Path) {
		writeProblem(w, r, notFound())
		return
	}
	missed, pattern := a.mux.Handler(r)
	if pattern == "" {
		a.miss(missed, w, r)
		return
	}
	SetRoute(r.Context(), pattern)
	a.mux.ServeHTTP(w, r)
}

// miss answers for a path without the operation: ServeMux's own answer says which methods it has.
func (a *API) miss(missed http.Handler, w http.ResponseWriter, r *http.Request) {
	own := discard{header: http.Header{}}
	missed.ServeHTTP(&own, r)
	if allow := own.header.Get("Allow"); own.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		writeProblem(w, r, newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "the resource has no such method"))
		return
	}
	writeProblem(w, r, notFound())
}

// discard is a ResponseWriter that keeps only header and status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
