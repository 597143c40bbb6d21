package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/deadline"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/telemetry"
)

const (
	dialTimeout = 2 * time.Second
	tlsTimeout  = 3 * time.Second
	// idleTimeout is below that of the servers behind it (Google's front: 10 minutes, the local one: 2), so
	// that as a rule no call goes out on a connection that is just being closed.
	idleTimeout = 90 * time.Second
	// idlePerHost are the connections that are kept for the next calls: what a bulkhead lets through.
	idlePerHost = 100
	// pause is the longest wait before a call is made again.
	pause = 50 * time.Millisecond
)

// NewTransport makes the connections to all functions of a process.
func NewTransport() *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: tlsTimeout, ForceAttemptHTTP2: true,
		IdleConnTimeout: idleTimeout, MaxIdleConnsPerHost: idlePerHost,
		DisableCompression: true, // what the caller asked for is passed on
	}
}

// Network is what calls of a process have in common.
type Network struct {
	Directory Directory
	Identity  Identity          // not asked on this machine
	Transport http.RoundTripper // that of NewTransport, as a rule
}

// Upstream is a function that is called. It is safe for concurrent use, and made once a process: it has
// the bulkhead and the breaker of all calls to that function.
type Upstream struct {
	Name string // in the catalogue

	base      *url.URL
	audience  string // "" on this machine, where nobody asks who calls
	identity  Identity
	transport http.RoundTripper
	places    *bulkhead.Bulkhead
	breaker   *breaker.Breaker
}

// Upstream is the function of a name, with the figures of its service.
func (n Network) Upstream(name string, p resilience.Policy) (*Upstream, error) {
	base, ok := n.Directory[name]
	if !ok {
		return nil, fmt.Errorf("gateway: there is no function %s", name)
	}
	u := &Upstream{
		Name: name, base: base, identity: n.Identity, transport: n.Transport,
		places: p.Bulkhead("gateway/" + name), breaker: p.Breaker("function/" + name),
	}
	if base.Scheme == "https" {
		u.audience = base.String()
	}
	return u, nil
}

// Enter waits for a place among the calls to the function; after a nil error Leave must be called,
// once. The error says that there is none, and when to come again.
func (u *Upstream) Enter(ctx context.Context, c priority.Class) error { return u.places.Enter(ctx, c) }

// Leave gives the place back.
func (u *Upstream) Leave() { u.places.Leave() }

// URL is the address of a path, which is escaped as it came, and a raw query at the function.
func (u *Upstream) URL(of *url.URL) *url.URL {
	to := *u.base
	to.RawQuery = of.RawQuery
	to.Path = u.base.Path + of.Path
	if of.RawPath != "" {
		to.RawPath = u.base.Path + of.RawPath
	}
	return &to
}

// RoundTrip makes the call, for which Enter was called, and gives the function's own answer, whatever
// its status. Every error has a kind: the network's failures, foreign answers and deadlines are
// ErrUnavailable, ErrTimedOut or ErrOutcomeUnknown, and so is what ended because the caller has gone; an
// open breaker's says when to come again. It sets headers of r, which is the caller's to give up.
//
// A call that the network lost is made once more where that is safe: see again. Any answer of the
// function's own shows the breaker that it lives; what it refuses or cannot do is its to judge. An error
// of r's body, which is a fault of kind Malformed or TooLarge, is given as it is and says nothing of it.
func (u *Upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := u.dress(r); err != nil {
		return nil, err
	}
	ticket, err := u.breaker.Allow(ctx)
	if err != nil {
		return nil, err
	}
	verdict := breaker.Silent
	defer func() { u.breaker.Done(ctx, ticket, verdict, err) }()
	answer, err := u.send(r)
	switch fault.KindOf(err) {
	case fault.Malformed, fault.TooLarge: // of the body that was to be sent
	default:
		verdict = u.breaker.Judge(ctx, ticket, err)
	}
	return answer, err
}

// send is RoundTrip without the breaker.
func (u *Upstream) send(r *http.Request) (*http.Response, error) {
	answer, err := u.transport.RoundTrip(r)
	if err != nil && again(r, err) {
		slog.InfoContext(r.Context(), "a call is made again", slog.String("upstream", u.Name), slog.Any("error", err))
		if r, err = rewound(r); err == nil {
			answer, err = u.transport.RoundTrip(r)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: %s: %w", u.Name, lost(r, err))
	}
	if !own(answer) {
		_ = answer.Body.Close()
		slog.ErrorContext(r.Context(), "an answer that no function of ours made", slog.String("upstream", u.Name),
			slog.Int("status", answer.StatusCode), slog.String("contentType", answer.Header.Get("Content-Type")))
		return nil, fmt.Errorf("gateway: %s: %w", u.Name, foreign(r, answer))
	}
	return answer, nil
}

// dress puts on what functions of ours tell each other.
func (u *Upstream) dress(r *http.Request) error {
	if trace := telemetry.From(r.Context()); trace.TraceID != "" {
		r.Header.Set("Traceparent", trace.Traceparent())
	}
	r.Header.Del(identityHeader)
	if err := deadline.Set(r.Context(), r.Header); err != nil {
		return err
	}
	if u.audience == "" {
		return nil
	}
	token, err := u.identity(r.Context(), u.audience)
	if err != nil {
		return fmt.Errorf("gateway: %s: %w: %w", u.Name, ErrUnavailable, err)
	}
	r.Header.Set(identityHeader, "Bearer "+token)
	return nil
}

// rewound is r as it was before it was sent, after a pause.
func rewound(r *http.Request) (*http.Request, error) {
	timer := time.NewTimer(rand.N(pause)) //nolint:gosec // G404: a wait
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return r, context.Cause(r.Context())
	}
	if r.GetBody == nil {
		return r, nil
	}
	c := *r // headers are the same: the transport leaves them as they are
	var err error
	c.Body, err = r.GetBody()
	return &c, err
}
