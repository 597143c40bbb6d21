package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/scripts/serve/demo"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
)

const (
	audience = "innkeep-local"
	orgID    = "demo"
	owner    = "owner" // subject of the token in the env file

	// startTimeout bounds everything up to "ready": about 3 s on two idle cores.
	startTimeout = 2 * time.Minute
	// The functions have time-outs of their own, 10 and 15 s, and read a body within 20 s.
	readHeaderTimeout = 5 * time.Second
	requestTimeout    = 40 * time.Second
	idleTimeout       = 2 * time.Minute
	// grace is what calls under way get to end after a signal: the longest time-out of a function.
	grace = 15 * time.Second
)

var (
	errTopics   = errors.New("the catalogue has topics, which this program does not create yet")
	errEmulator = errors.New("the Spanner emulator has ended, and with it all that it held")
)

// run serves until ctx ends, then stops in order and returns nil. What it has started has ended when
// it returns, with an error as well.
func run(ctx context.Context, o options, out io.Writer) error {
	began := time.Now()
	catalogue, err := functions.Load()
	if err != nil {
		return err
	}
	if len(catalogue.Topics) > 0 {
		return errTopics
	}
	listener, err := listen(ctx, o.listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	store, err := openStore(starting, out)
	if err != nil {
		return err
	}
	defer store.close()
	s, err := newServer(catalogue, store, address(listener))
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(listener) }()
	defer s.stop()

	books, err := s.fill(starting, o.demo)
	if err != nil {
		return err
	}
	until := time.Now().Add(tokenLife)
	if err := s.writeEnv(o.envFile, until); err != nil {
		return err
	}
	s.ready.Store(true)
	tellReady(out, readiness{
		url: s.url, envFile: o.envFile, verify: store.verify(), until: until, took: time.Since(began), exposed: exposed(listener), books: books,
	})
	select {
	case <-ctx.Done():
		fmt.Fprintln(out, "stopping")
		return nil
	case err := <-served:
		return err
	case <-store.emulator.Done():
		return errEmulator
	}
}

// listen takes the address first of all, so that a port that is taken is told at once.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program: stop that one, or choose another address with --listen (127.0.0.1:0 is any free port)", addr)
	}
	return l, err
}

// address is the URL under which this machine reaches the listener.
func address(l net.Listener) string {
	a, ok := l.Addr().(*net.TCPAddr)
	if ok && a.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", a.Port)
	}
	return "http://" + l.Addr().String()
}

// exposed says whether other machines may reach the listener.
func exposed(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return !ok || !a.IP.IsLoopback()
}

// server is every function on one address, and the issuer whose tokens they take.
type server struct {
	url    string
	http   *http.Server
	issuer *issuer.Issuer
	ready  atomic.Bool
}

func newServer(catalogue functions.Catalogue, store *store, url string) (*server, error) {
	s := &server{url: url}
	var err error
	if s.issuer, err = issuer.New(url+localPath, audience); err != nil {
		return nil, err
	}
	verifier, err := auth.NewVerifier(auth.Config{Issuer: url + localPath, Audience: audience, Keys: s.issuer.KeySet()})
	if err != nil {
		return nil, err
	}
	backend := api.NewBackend(store.db, verifier, time.Now)
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

// stop lets the calls that are under way end, and then ends the others.
func (s *server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		slog.WarnContext(ctx, "calls were broken off", slog.Any("error", err))
		_ = s.http.Close()
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
