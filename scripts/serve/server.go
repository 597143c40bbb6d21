package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/functions/gateway/edge"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/scripts/serve/counters"
	"innkeep.internal/scripts/serve/demo"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/ledger"
)

const (
	audience = "innkeep-local"
	orgID    = "demo"  // its owners run this installation as well
	owner    = "owner" // subject of the token in the env file

	// The functions have time-outs of their own, 10 and 15 s, and read a body within 20 s; streams last
	// longer, see lasting.
	readHeaderTimeout = 5 * time.Second
	requestTimeout    = 40 * time.Second
	idleTimeout       = 2 * time.Minute
	// grace is what calls under way get to end after a signal: the longest time-out of a function.
	grace = 15 * time.Second
)

// server is the door on the public address, every function behind it on another, and the issuer whose
// tokens they take.
type server struct {
	url, inner   string // of the door and of the functions
	http, inmost *http.Server
	issuer       *issuer.Issuer
	ready        atomic.Bool
	counters     *counters.Counters
	beside       func() map[string]int // processes of the emulators

	machine machine // of all functions: they share this one
	topics  *publish.Client
	heads   *heads.Heads
	ledger  *ledger.Ledger     // nil without limits
	limits  *resilience.Limits // nil: there are none

	stopping context.Context // ends when stop begins: streams have no end of their own
	end      context.CancelFunc
}

// newServer makes the server of a program, which does not serve yet, on the emulators of its store.
func newServer(ctx context.Context, p *program) (_ *server, err error) {
	s := &server{
		url: address(p.listener), inner: address(p.inner), machine: newMachine(),
		counters: &p.store.count, beside: p.store.processes,
	}
	s.stopping, s.end = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.issuer, err = issuer.New(s.url+localPath, audience); err != nil {
		return nil, err
	}
	backend, err := s.open(ctx, p)
	if err != nil {
		return nil, err
	}
	source := func(context.Context) (*api.Backend, error) { return backend, nil }
	parts, err := assembly.Make(p.catalogue, source)
	if err != nil {
		return nil, err
	}
	door, err := s.door(p.catalogue, source)
	if err != nil {
		return nil, err
	}
	s.http, s.inmost = listener(s.outside(door)), listener(s.inside(parts))
	return s, nil
}

// door is the public door as it is deployed, with the functions of this server behind it.
func (s *server) door(catalogue functions.Catalogue, source api.Source) (http.Handler, error) {
	config := gateway.Config{FunctionURL: s.inner + "/{name}"}
	directory, err := config.Directory(edge.Behind(catalogue), func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, err
	}
	return edge.New(source, edge.Options{
		Catalogue: catalogue, Limits: s.limits, Machine: s.machine.calls, Network: gateway.Network{Directory: directory, Transport: gateway.NewTransport()},
		Checks: []edge.Check{{Name: "start", Ask: s.started}},
	})
}

// listener is a server of a handler.
func listener(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: requestTimeout,
		WriteTimeout: requestTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
}

// open opens what stands behind the functions, once for all of them. The clients outlive ctx.
func (s *server) open(ctx context.Context, p *program) (_ *api.Backend, err error) {
	ctx = context.WithoutCancel(ctx)
	parts := api.Parts{DB: p.store.db, Now: time.Now, Operator: orgID}
	parts.Verifier, err = auth.NewVerifier(auth.Config{Issuer: s.url + localPath, Audience: audience, Keys: s.issuer.KeySet()})
	if err != nil {
		return nil, err
	}
	if s.topics, err = publish.Open(ctx, p.store.place.Project); err != nil {
		return nil, err
	}
	if s.heads, err = heads.Open(ctx, p.store.place.Project); err != nil {
		return nil, err
	}
	parts.Topics, parts.Heads, parts.Cache = s.topics, s.heads, api.NewCache(s.heads, parts.Now)
	if p.limits {
		if s.ledger, err = ledger.Open(ctx, p.store.place.Project, resilience.Gateway.Breaker("firestore/limits")); err != nil {
			return nil, err
		}
		s.limits = resilience.NewLimits(s.ledger)
	}
	return api.NewBackend(parts), nil
}

// warm is the first call of Firestore, which takes its emulator longer than a function has for one.
func (s *server) warm(ctx context.Context) error {
	return s.heads.Move(ctx, map[string]time.Time{"local": time.Now()})
}

// serve answers at both addresses, and gives the error that ends it.
func (s *server) serve(outside, inside net.Listener) error {
	served := make(chan error, 2)
	go func() { served <- s.http.Serve(outside) }()
	go func() { served <- s.inmost.Serve(inside) }()
	return <-served
}

// stop lets the calls that are under way end, and then ends the others: the door first, since its calls
// end behind it.
func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.stopping), grace)
	defer cancel()
	s.end()
	for _, h := range []*http.Server{s.http, s.inmost} {
		if err := h.Shutdown(ctx); err != nil {
			slog.WarnContext(ctx, "calls were broken off", slog.Any("error", err))
			_ = h.Close()
		}
	}
}

// breakOff ends the calls that are under way at once: without an emulator they would try until their
// time-outs.
func (s *server) breakOff() {
	s.end()
	_ = s.http.Close()
	_ = s.inmost.Close()
}

// close ends what open has opened; the database is the store's.
func (s *server) close() {
	s.end()
	var err error
	if s.heads != nil {
		err = s.heads.Close()
	}
	if s.ledger != nil {
		err = errors.Join(err, s.ledger.Close())
	}
	if s.topics != nil {
		err = errors.Join(err, s.topics.Close())
	}
	if err != nil {
		slog.Warn("the clients were not closed well", slog.Any("error", err))
	}
}

// fill makes the organisation and, where wanted, its books.
func (s *server) fill(ctx context.Context, wanted bool) (*demo.Books, error) {
	as := func(subject string) (string, error) { return s.issuer.Mint(subject, orgID, tokenLife) }
	url := s.url
	if s.limits != nil {
		url = s.inner // some weeks' calls in some seconds are more than any plan gives
	}
	d, err := demo.New(url, owner, as)
	if err != nil {
		return nil, err
	}
	if err := d.Found(ctx); err != nil || !wanted {
		return nil, err
	}
	return d.Fill(ctx, time.Now())
}
