// Command serve is the whole product on one machine:
//
//	go run ./scripts/serve [--listen 127.0.0.1:8080] [--demo=true] [--env-file .innkeep/local.env] [--project innkeep-local] [--limits] [--verbose]
//
// It starts the Cloud SDK's emulators of Spanner, Pub/Sub and Firestore (or uses those that
// SPANNER_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and FIRESTORE_EMULATOR_HOST name), migrates, makes the
// topics and push subscriptions of functions/catalogue.yaml, and serves every function of it in one
// process: the public door on one address, the others behind it on an address of this machine's own,
// with their schedules, a local token issuer, an organisation and, unless told
// otherwise, some weeks of its books. It prints what to try, and writes INNKEEP_URL and an owner's
// INNKEEP_TOKEN to the env file.
//
// Two of it on the same emulators need a --project each: that is all their data's place.
//
// Ctrl-C or SIGTERM stops it, with the emulators that it started and all that these held; a second one
// ends it at once. The exit status is 0 after that, 1 when it did not come to be ready or an
// emulator ended, 2 when it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"syscall"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

var errUsage = errors.New("usage")

// projectName is how Google names projects.
var projectName = regexp.MustCompile(`^[a-z][a-z0-9-]{4,28}[a-z0-9]$`)

// options are the flags.
type options struct {
	listen  string // host:port
	demo    bool
	envFile string
	project string // in the emulators
	limits  bool   // on calls a minute
	verbose bool
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		// Before anybody sees the first signal, a second one does what it does by itself: it ends this
		// program at once, and the emulators with it.
		signal.Stop(signals)
		cancel()
	}()
	os.Exit(start(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func start(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "serve:", err)
		return exitUsage
	}
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelDebug
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})))
	switch err := run(ctx, o, stdout); {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(stderr, "serve: stopped before it was ready")
		return exitFailed
	case err != nil:
		fmt.Fprintln(stderr, "serve:", err)
		return exitFailed
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`address` to serve on; port 0 is any free one")
	flags.BoolVar(&o.demo, "demo", true, "fill the organisation with two properties and some weeks of entries")
	flags.StringVar(&o.envFile, "env-file", ".innkeep/local.env", "`file` for INNKEEP_URL and INNKEEP_TOKEN")
	flags.StringVar(&o.project, "project", "innkeep-local", "`name` of the project in the emulators")
	flags.BoolVar(&o.limits, "limits", false, "keep organisations to the calls a minute of their plans; imports and measurements ask for more")
	flags.BoolVar(&o.verbose, "verbose", false, "log every request")
	if err := flags.Parse(args); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			err = errors.Join(errUsage, err)
		}
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%w: %q is not understood", errUsage, flags.Arg(0))
	}
	if o.envFile == "" {
		return o, fmt.Errorf("%w: --env-file is empty", errUsage)
	}
	if !projectName.MatchString(o.project) {
		return o, fmt.Errorf("%w: --project %q is no project's name: 6 to 30 small letters, digits and hyphens, a letter first", errUsage, o.project)
	}
	return o, nil
}
