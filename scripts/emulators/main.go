// Command emulators starts emulators, runs a command that finds them by their variables, and
// stops them when it ends:
//
//	go run ./scripts/emulators [--use spanner,firestore,pubsub] -- COMMAND [ARGUMENT...]
//
// An emulator whose *_EMULATOR_HOST variable is set is taken as it is, and left running. Without
// a command the emulators run until SIGINT or SIGTERM. Those signals are passed on to the
// command, with all of its children. The exit status is the command's; 125 when an emulator did
// not start or the command could not be run, 128+n when it ended by signal n.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"innkeep.internal/shared/platform/emulator"
)

// statusOwn is the exit status for this program's own failures, as env(1) has it.
const statusOwn = 125

// grace is what the command has to end by itself after a signal. A CI kills the whole job after
// about 10 s.
const grace = 5 * time.Second

// The kernel ties the command's parent-death signal to the thread that started it: this keeps
// main on the thread that lives as long as the program.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := flag.NewFlagSet("emulators", flag.ContinueOnError)
	use := flags.String("use", string(emulator.Spanner), "`kinds` of emulators, separated by commas: spanner, firestore, pubsub")
	if err := flags.Parse(args); err != nil {
		return statusOwn
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)

	stop, err := start(strings.Split(*use, ","), signals)
	defer stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "emulators:", err)
		return statusOwn
	}
	if flags.NArg() == 0 {
		<-signals
		return 0
	}
	return command(flags.Args(), signals)
}

// start takes or starts the emulators and prints the variable of each. stop is never nil.
func start(kinds []string, signals <-chan os.Signal) (stop func(), err error) {
	var running []*emulator.Process
	stop = func() {
		for _, p := range running {
			p.Stop()
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started := make(chan struct{})
	defer close(started)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-started:
		}
	}()
	for _, k := range kinds {
		p, err := emulator.Use(ctx, emulator.Kind(strings.TrimSpace(k)))
		if err != nil {
			return stop, err
		}
		running = append(running, p)
		fmt.Fprintf(os.Stderr, "%s=%s\n", p.Kind.Env(), p.Addr)
	}
	return stop, nil
}

// command runs argv in a process group of its own, so that a signal reaches all of its children
// once: a terminal's Ctrl-C would otherwise reach some of them twice.
func command(argv []string, signals <-chan os.Signal) int {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "emulators:", err)
		return statusOwn
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()

	var late <-chan time.Time
	for {
		select {
		case err := <-done:
			signalGroup(cmd, syscall.SIGKILL) // what it left behind
			return status(err)
		case s := <-signals:
			signalGroup(cmd, s.(syscall.Signal)) //nolint:errcheck // what signal.Notify gives
			late = time.After(grace)
		case <-late:
			signalGroup(cmd, syscall.SIGKILL)
		}
	}
}

// status is the exit status that a shell would give for a command's end.
func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, "emulators:", err)
		return statusOwn
	}
	if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return exit.ExitCode()
}
