package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"innkeep.internal/functions"
)

// startTimeout bounds everything up to "ready": 8 s on two cores that were busy with other work.
const startTimeout = 2 * time.Minute

// program is one run.
type program struct {
	options
	began     time.Time
	out       io.Writer
	catalogue functions.Catalogue
	listener  net.Listener // of the door
	inner     net.Listener // of the functions behind it
	store     *store
}

// run serves until ctx ends, then stops in order and returns nil. What it has started has ended when
// it returns, with an error as well.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	p := program{options: o, began: time.Now(), out: &lines{out: out}}
	if p.catalogue, err = functions.Load(); err != nil {
		return err
	}
	if p.listener, err = listen(ctx, o.listen); err != nil {
		return err
	}
	defer p.listener.Close()
	if p.inner, err = listen(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	defer p.inner.Close()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	// Receivers of webhooks stand on this machine, too.
	if err := os.Setenv("INNKEEP_LOCAL_WEBHOOKS", "true"); err != nil {
		return err
	}
	if p.store, err = openStore(starting, o.project, p.out); err != nil {
		return err
	}
	defer p.store.close()

	running, end := context.WithCancelCause(ctx)
	defer end(nil)
	p.store.watch(end)
	err = p.serve(running)
	if cause := context.Cause(running); errors.Is(cause, errEnded) {
		return cause
	}
	return err
}

// serve does what needs the emulators, until ctx ends.
func (p *program) serve(ctx context.Context) error {
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s, err := newServer(starting, p)
	if err != nil {
		return err
	}
	defer s.close()
	served := make(chan error, 1)
	go func() { served <- s.serve(p.listener, p.inner) }()
	defer s.stop()
	defer context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), errEnded) {
			s.breakOff()
		}
	})()

	warm := make(chan error, 1)
	go func() { warm <- s.warm(starting) }()
	disconnect, err := connect(starting, p.store, p.catalogue, s.inner)
	if err == nil {
		defer disconnect()
	}
	if err = errors.Join(err, <-warm); err != nil {
		return err
	}
	defer s.sweep(ctx, p.catalogue)()
	books, err := s.fill(starting, p.demo)
	if err != nil {
		return err
	}
	until := time.Now().Add(tokenLife)
	if err := s.writeEnv(p.envFile, until, p.store.names()); err != nil {
		return err
	}
	s.ready.Store(true)
	tellReady(p.out, readiness{
		url: s.url, envFile: p.envFile, verify: p.store.verify(), until: until, took: time.Since(p.began),
		exposed: exposed(p.listener), catalogue: p.catalogue, books: books,
	})
	select {
	case <-ctx.Done():
		if !errors.Is(context.Cause(ctx), errEnded) {
			fmt.Fprintln(p.out, "stopping")
		}
		return nil
	case err := <-served:
		return err
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
