package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/platform/emulator"
)

// dialTimeout is for an emulator that is said to run on this machine or near it.
const dialTimeout = 3 * time.Second

var errEnded = errors.New("an emulator has ended, and with it all that it held")

// titles are what people call the emulators.
var titles = map[emulator.Kind]string{emulator.Spanner: "Spanner", emulator.Firestore: "Firestore", emulator.PubSub: "Pub/Sub"}

// emulators are those that the product stands on, started here or found running.
type emulators struct {
	mu      sync.Mutex
	running []*emulator.Process
}

// open starts or finds every emulator at the same time, tells of each, and lets next go on with each
// as soon as it is there.
func (e *emulators) open(ctx context.Context, out io.Writer, next func(context.Context, emulator.Kind) error) error {
	for _, k := range emulator.Kinds() {
		if err := found(ctx, k); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, k := range emulator.Kinds() {
		group.Go(func() error {
			p, err := emulator.Use(ctx, k)
			if err != nil {
				return err
			}
			e.mu.Lock()
			e.running = append(e.running, p)
			e.mu.Unlock()
			if p.Owned() {
				fmt.Fprintf(out, "%s emulator: started on %s; it holds everything in memory\n", titles[k], p.Addr)
			} else {
				fmt.Fprintf(out, "%s emulator: found on %s (%s)\n", titles[k], p.Addr, k.Env())
			}
			return next(ctx, k)
		})
	}
	return group.Wait()
}

// found asks an emulator that a variable names whether it is there at all, before another one is
// started: its client would try until the deadline.
func found(ctx context.Context, k emulator.Kind) error {
	addr := os.Getenv(k.Env())
	if addr == "" {
		return nil
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%s is %s, and nothing answers there: start that emulator, or unset the variable: %w", k.Env(), addr, err)
	}
	return conn.Close()
}

// of is the emulator of a kind, once all are open.
func (e *emulators) of(k emulator.Kind) *emulator.Process {
	return e.running[slices.IndexFunc(e.running, func(p *emulator.Process) bool { return p.Kind == k })]
}

// processes are the ids of our own emulators, by kind.
func (e *emulators) processes() map[string]int {
	all := map[string]int{}
	for _, p := range e.running {
		if p.Owned() {
			all[string(p.Kind)] = p.PID()
		}
	}
	return all
}

// watch tells of each emulator of ours that ends.
func (e *emulators) watch(ended func(error)) {
	for _, p := range e.running {
		if p.Owned() {
			go func() {
				<-p.Done()
				ended(fmt.Errorf("%s: %w", titles[p.Kind], errEnded))
			}()
		}
	}
}

// stop ends the emulators of our own.
func (e *emulators) stop() {
	for _, p := range e.running {
		p.Stop()
	}
}

// lines is a writer for several goroutines, each of which writes whole lines.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}
