package edge

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	catalogue "innkeep.internal/functions"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/telemetry"
)

// planTimeout bounds the reading of a plan. It is kept for 30 s, and a call has better things to wait for.
const planTimeout = 500 * time.Millisecond

// Options are what a door is made of. Catalogue and Network are required.
type Options struct {
	Catalogue catalogue.Catalogue
	Network   gateway.Network
	// Limits are those of organisations; nil: there are none.
	Limits *resilience.Limits
	// Origins are those of web pages whose scripts may call, as browsers write them: https://desk.example.
	Origins []string
	// Machine bounds what works at once on a machine that the door shares with all functions, as the local
	// server's does; nil where each has one of its own, as in the cloud.
	Machine *bulkhead.Bulkhead
	// Checks are asked by /readyz beside the door's own.
	Checks []Check
}

// door is the handler's parts.
type door struct {
	table  table
	source api.Source
	limits *resilience.Limits
	cors   cors
	ready  *readiness
	docs   *docs
	// machine is that of Options.
	machine *bulkhead.Bulkhead
	// passed is what a call meets whose path is a function's: the caller's token, then the function.
	passed http.Handler
}

// New makes the door on a backend.
func New(source api.Source, o Options) (http.Handler, error) {
	d := &door{source: source, limits: o.Limits, machine: o.Machine, ready: newReadiness(source, o.Checks), docs: newDocs()}
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
	return observed(d.serve), nil
}

// observed gives each call its ids, its line in the log and its answer to a panic.
func observed(h http.HandlerFunc) http.Handler { return traced(httpfn.Observe(httpfn.Recover(h))) }

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
	ctx, cancel := context.WithTimeout(r.Context(), v.route.timeout)
	defer cancel()
	if err := d.admit(ctx, v, r); err != nil {
		v.refuse(r, err)
		return
	}
	defer v.leave()
	// The function's own headers count, and these where it has none.
	v.reply.Header().Del("Cache-Control")
	for name := range security {
		v.reply.Header().Del(name)
	}
	v.route.proxy.ServeHTTP(&v.reply, r.WithContext(ctx))
	v.whole = true
}

// admit decides whether a call may go on now: by what its organisation has asked for in this minute, by
// its body, and by what its function is busy with. After a nil error the visit holds its places.
func (d *door) admit(ctx context.Context, v *visit, r *http.Request) error {
	class := v.route.class.Of(r.Method)
	if err := d.limit(ctx, v, class); err != nil {
		return err
	}
	if err := v.take(r); err != nil {
		return err
	}
	if err := v.route.upstream.Enter(ctx, class); err != nil {
		return err
	}
	v.places = append(v.places, v.route.upstream)
	if d.machine == nil {
		return nil
	}
	if err := d.machine.Enter(ctx, class); err != nil {
		v.leave()
		return err
	}
	v.places = append(v.places, d.machine)
	return nil
}

// limit counts the call for its organisation, and says in the answer's headers how that stands. Where
// the plan cannot be read the smallest one's limit holds.
func (d *door) limit(ctx context.Context, v *visit, class priority.Class) error {
	if d.limits == nil {
		return nil
	}
	claims, err := auth.FromContext(ctx)
	if err != nil {
		return err
	}
	decision := d.limits.Allow(ctx, claims.OrgID, d.plan(ctx, tenant.OrgID(claims.OrgID)), v.route.policy, class)
	decision.SetHeaders(v.reply.Header(), "organisation")
	return decision.Err()
}

// plan is the organisation's, "" where it is not known: it has not been created, or cannot be read now.
func (d *door) plan(ctx context.Context, org tenant.OrgID) string {
	ctx, cancel := context.WithTimeout(ctx, planTimeout)
	defer cancel()
	b, err := d.source(ctx)
	if err != nil {
		return ""
	}
	plan, err := b.Setup.Plan(ctx, org)
	if err != nil {
		slog.WarnContext(ctx, "a plan was not read", slog.Any("error", err))
	}
	return plan
}
