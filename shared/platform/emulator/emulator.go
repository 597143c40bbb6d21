// Package emulator starts the official emulators of Spanner, Firestore and Pub/Sub as children of
// this process, straight from the Cloud SDK's files, and stops them with it.
//
// It knows where the SDK keeps them and when they are ready. It knows no schema, topic or
// collection: what is made inside an emulator is its caller's business.
package emulator

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"innkeep.internal/shared/core/fault"
)

// startTimeout bounds one start: Java needs about 3 s on an idle machine, ten times that on a
// busy one.
const startTimeout = 60 * time.Second

// outputDelay is how long the output of an emulator that has ended may stay open: a grandchild
// that outlives it would hold it for ever.
const outputDelay = time.Second

// Kind is one of the emulators.
type Kind string

// The emulators, by the names that the command line of scripts/emulators uses.
const (
	Spanner   Kind = "spanner"
	Firestore Kind = "firestore"
	PubSub    Kind = "pubsub"
)

// Kinds lists every emulator.
func Kinds() []Kind { return []Kind{Spanner, Firestore, PubSub} }

// Env is the variable by which Google's clients find the emulator, "SPANNER_EMULATOR_HOST" for
// one. Its value is host:port.
func (k Kind) Env() string {
	switch k {
	case Spanner:
		return "SPANNER_EMULATOR_HOST"
	case Firestore:
		return "FIRESTORE_EMULATOR_HOST"
	case PubSub:
		return "PUBSUB_EMULATOR_HOST"
	}
	return ""
}

// Process is an emulator that accepts calls.
type Process struct {
	Kind Kind
	Addr string // host:port

	cmd  *exec.Cmd // nil when the emulator was found running
	done chan struct{}
	log  *tail
	once sync.Once
}

// Owned reports whether this process started the emulator.
func (p *Process) Owned() bool { return p.cmd != nil }

// PID is the process of an emulator of ours, 0 of one that was found running.
func (p *Process) PID() int {
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Done is closed when an emulator of ours has ended, wanted or not; it is nil for one that was
// found running.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop ends the emulator and all of its children, and returns when they are gone. One that was
// found running is left alone. Stop may be called more than once.
func (p *Process) Stop() {
	if p.cmd == nil {
		return
	}
	p.once.Do(func() {
		kill(p.cmd) // nothing that it holds outlives it, so there is nothing to ask for nicely
		<-p.done
	})
}

// Use is the emulator that k's variable names, or a new one. The variable is set to a new one's
// address, so that every client that this process opens later, and every child of it, finds it.
// Use is meant for the start of a program: a test that runs beside others calls it once.
func Use(ctx context.Context, k Kind) (*Process, error) {
	if addr := os.Getenv(k.Env()); addr != "" {
		return &Process{Kind: k, Addr: addr}, nil
	}
	p, err := Start(ctx, k)
	if err != nil {
		return nil, err
	}
	if err := os.Setenv(k.Env(), p.Addr); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// Start starts an emulator on a free port of 127.0.0.1 and returns once it answers. ctx bounds
// the start alone; the emulator runs until Stop, or until this process ends. An error says what
// to install when the emulator is not there, and carries the end of its output when it failed.
func Start(ctx context.Context, k Kind) (p *Process, err error) {
	defer fault.Wrap(&err, "emulator.Start(%s)", k)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	// A port is free only until somebody takes it: a second try covers that.
	for range 3 {
		if p, err = startOnce(ctx, k); err == nil || ctx.Err() != nil {
			return p, err
		}
	}
	return nil, err
}

func startOnce(ctx context.Context, k Kind) (*Process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	argv, err := command(ctx, k, port)
	if err != nil {
		return nil, err
	}
	p := &Process{Kind: k, Addr: fmt.Sprintf("127.0.0.1:%d", port), done: make(chan struct{}), log: &tail{}}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.WaitDelay = outputDelay
	if err := launch(p.cmd, p.done); err != nil {
		return nil, err
	}
	if err := p.waitReady(ctx); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%w; its output ended with:\n%s", err, p.log)
	}
	return p, nil
}
