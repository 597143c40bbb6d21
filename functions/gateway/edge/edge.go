package edge

import (
	"context"
	"net/http"
	"time"

	catalogue "innkeep.internal/functions"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/telemetry"
)

// Options are what a door is made of. All but Origins and Checks are required.
type Options struct {
	Catalogue catalogue.Catalogue
	Directory gateway.Directory
	Identity  gateway.Identity
	Transport http.RoundTripper
	// Origins are those of web pages whose scripts may call, as browsers write them: https://desk.example.
	Origins []string
	// Checks are asked by /readyz beside the door's own.
	Checks []Check
}

// door is the handler's parts.
type door struct {
	table  table
	source api.Source
	cors   cors
	ready  *readiness
	docs   *docs
	// passed is what a call meets whose path is a function's: the caller's token, then the function.
	passed http.Handler
}

// New makes the door on a backend.
func New(source api.Source, o Options) (http.Handler, error) {
	d := &door{source: source, ready: newReadiness(source, o.Checks), docs: newDocs()}
	var err error
	if d.cors, err = newCORS(o.Origins); err != nil {
		return nil, err
	}
	if d.table, err = newTable(o); err != nil {
		return nil, err
	}
	verifier := func(ctx context.Context) (*auth.Verifier, error) {
		b, err := source(ctx)
		if err != nil {
			return nil, err
		}
		return b.Verifier, nil
	}
	d.passed = auth.Middleware(verifier)(http.HandlerFunc(d.pass))
	return traced(httpfn.Observe(httpfn.Recover(http.HandlerFunc(d.serve)))), nil
}

// traced begins a trace for callers who sent none that can be read.
func traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, _, _ := telemetry.ParseTraceparent(r.Header.Get("Traceparent")); id == "" {
			r.Header.Set("Traceparent", telemetry.NewTraceparent())
			r.Header.Del("Tracestate")
		}
		next.ServeHTTP(w, r)
	})
}

func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	v := &visit{began: time.Now(), reply: reply{ResponseWriter: w, rc: http.NewResponseController(w)}}
	defer v.record(r)
	own := d.own(r.URL.Path)
	if own == nil {
		v.route = d.table.find(r)
	}
	defaults(w.Header())
	if d.cors.answer(w.Header(), r) {
		v.reply.WriteHeader(http.StatusNoContent)
		return
	}
	switch {
	case own != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		own(&v.reply, r)
	case own == nil && v.route != nil:
		httpfn.SetRoute(r.Context(), v.route.pattern)
		d.passed.ServeHTTP(&v.reply, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	default:
		httpfn.WriteError(&v.reply, r, fault.ErrNotFound)
	}
}

// own is the door's answer at a path of its own, nil where it has none. No function's path is one: they
// have no dots, and all stand below /v1.
func (d *door) own(path string) http.HandlerFunc {
	switch path {
	case "/healthz":
		return alive
	case "/readyz":
		return d.ready.serve
	case "/v1/openapi.json":
		return d.docs.json
	case "/docs":
		return d.docs.page
	}
	return nil
}

// pass sends a call of a verified caller on.
func (d *door) pass(_ http.ResponseWriter, r *http.Request) {
	v := visitOf(r.Context())
	if err := v.take(r); err != nil {
		v.refuse(r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), v.route.timeout)
	defer cancel()
	// The function's own headers count, and these where it has none.
	v.reply.Header().Del("Cache-Control")
	for name := range security {
		v.reply.Header().Del(name)
	}
	v.route.proxy.ServeHTTP(&v.reply, r.WithContext(ctx))
}
