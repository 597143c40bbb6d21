package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/scripts/serve/demo"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/platform/publish"
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

// server is every function on one address, and the issuer whose tokens they take.
type server struct {
	url    string
	http   *http.Server
	issuer *issuer.Issuer
	ready  atomic.Bool

	topics *publish.Client
	heads  *heads.Heads

	stopping context.Context // ends when stop begins: streams have no end of their own
	end      context.CancelFunc
}

// newServer makes the server, which does not serve yet, on the emulators of the store.
func newServer(ctx context.Context, catalogue functions.Catalogue, store *store, url string) (_ *server, err error) {
	s := &server{url: url}
	s.stopping, s.end = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.issuer, err = issuer.New(url+localPath, audience); err != nil {
		return nil, err
	}
	backend, err := s.open(ctx, store)
	if err != nil {
		return nil, err
	}
	parts, err := assembly.Make(catalogue, func(context.Context) (*api.Backend, error) { return backend, nil })
	if err != nil {
		return nil, err
	}
	handler, err := s.routes(parts)
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: requestTimeout,
		WriteTimeout: requestTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	return s, nil
}

// open opens what stands behind the functions, once for all of them. The clients outlive ctx.
func (s *server) open(ctx context.Context, store *store) (_ *api.Backend, err error) {
	ctx = context.WithoutCancel(ctx)
	p := api.Parts{DB: store.db, Now: time.Now, Operator: orgID}
	p.Verifier, err = auth.NewVerifier(auth.Config{Issuer: s.url + localPath, Audience: audience, Keys: s.issuer.KeySet()})
	if err != nil {
		return nil, err
	}
	if s.topics, err = publish.Open(ctx, store.place.Project); err != nil {
		return nil, err
	}
	if s.heads, err = heads.Open(ctx, store.place.Project); err != nil {
		return nil, err
	}
	p.Topics, p.Heads = s.topics, s.heads
	return api.NewBackend(p), nil
}

// warm is the first call of Firestore, which takes its emulator longer than a function has for one.
func (s *server) warm(ctx context.Context) error {
	return s.heads.Move(ctx, map[string]time.Time{"local": time.Now()})
}

// stop lets the calls that are under way end, and then ends the others.
func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.stopping), grace)
	defer cancel()
	s.end()
	if err := s.http.Shutdown(ctx); err != nil {
		slog.WarnContext(ctx, "calls were broken off", slog.Any("error", err))
		_ = s.http.Close()
	}
}

// breakOff ends the calls that are under way at once: without an emulator they would try until their
// time-outs.
func (s *server) breakOff() {
	s.end()
	_ = s.http.Close()
}

// close ends what open has opened; the database is the store's.
func (s *server) close() {
	s.end()
	var err error
	if s.heads != nil {
		err = s.heads.Close()
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
	d, err := demo.New(s.url, owner, as)
	if err != nil {
		return nil, err
	}
	if err := d.Found(ctx); err != nil || !wanted {
		return nil, err
	}
	return d.Fill(ctx, time.Now())
}
