// Command lag measures how long a commit takes to be visible in a read model, on a running local
// server:
//
//	set -a; . .innkeep/local.env; set +a; go run ./scripts/lag [--duration 20s] [--rate N] [--limit 2s]
//
// It measures the floor first: how many transactions of a command's shape (one range read, one commit
// of four rows) the emulator takes a second from one client, on a database of its own. Then it posts
// revenues over HTTP, at half of that rate unless told otherwise, and looks at the cursors of the read
// model AccountTotals: an event is visible when its cursor has it behind it. Beside it, in the same
// seconds, it publishes messages of its own and takes the time until the Pub/Sub emulator pushes them.
//
// It ends with 1 when the 99th percentile is above --limit or a post failed, 2 when it was called
// wrongly or could not measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"innkeep.internal/scripts/lag/floor"
	"innkeep.internal/shared/platform/spannerdb"
)

const (
	exitSlow   = 1
	exitFailed = 2
)

var errSlow = errors.New("it is slower than the limit, or posts failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errSlow):
		fmt.Fprintln(os.Stderr, "lag:", err)
		os.Exit(exitSlow)
	}
	fmt.Fprintln(os.Stderr, "lag:", err)
	os.Exit(exitFailed)
}

// options are the flags, and what the local server's file says.
type options struct {
	duration, limit time.Duration
	rate            float64
	url, token      string
	database        string
	project         string
}

func parse(args []string) (options, error) {
	o := options{url: os.Getenv("INNKEEP_URL"), token: os.Getenv("INNKEEP_TOKEN"), database: os.Getenv("INNKEEP_SPANNER_DATABASE"), project: os.Getenv("INNKEEP_PROJECT")}
	flags := flag.NewFlagSet("lag", flag.ContinueOnError)
	flags.DurationVar(&o.duration, "duration", 20*time.Second, "how long posts come")
	flags.DurationVar(&o.limit, "limit", 2*time.Second, "the 99th percentile at most")
	flags.Float64Var(&o.rate, "rate", 0, "posts a second; 0: half of the measured floor")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.url == "" || o.token == "" || o.database == "" || o.project == "" || !spannerdb.IsEmulator() || os.Getenv("PUBSUB_EMULATOR_HOST") == "" {
		return o, errors.New("source the file that the local server has written first: set -a; . .innkeep/local.env; set +a")
	}
	if flags.NArg() > 0 || o.duration <= 0 || o.rate < 0 {
		return o, errors.New("nothing stands behind the flags, and they are not negative")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	most, err := transactions(ctx, o.database)
	if err != nil {
		return fmt.Errorf("the floor: %w", err)
	}
	fmt.Fprintf(out, "floor: %.0f commands/s, one client's transactions of one range read and a commit of four rows\n", most)
	if o.rate == 0 {
		o.rate = most / 2
	}
	m, err := measure(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "posts: %d answered of %d wanted at %.0f/s, %d failed; %.0f/s in fact\n",
		m.posted, m.wanted, o.rate, m.failed, float64(m.posted)/m.took.Seconds())
	tell(out, "post, sent to answered", m.answers)
	tell(out, "bare publish to push", m.pushes)
	slow := tell(out, "commit to visible in AccountTotals", m.visible) > o.limit
	if m.unseen > 0 {
		fmt.Fprintf(out, "%d posts were not visible %v after the last one\n", m.unseen, patience)
	}
	if slow || m.failed > 0 || m.unseen > 0 {
		return errSlow
	}
	return nil
}

// floorTime is how long the floor is measured.
const floorTime = 3 * time.Second

// transactions is the floor.
func transactions(ctx context.Context, database string) (float64, error) {
	f, err := floor.Open(ctx, database)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Transactions(ctx, floorTime)
}

// tell writes the distribution of some times and gives the 99th percentile.
func tell(out io.Writer, what string, times []time.Duration) time.Duration {
	if len(times) == 0 {
		fmt.Fprintf(out, "%-36s nothing was measured\n", what)
		return 0
	}
	slices.Sort(times)
	at := func(q float64) time.Duration { return times[min(len(times)-1, int(q*float64(len(times))))] }
	fmt.Fprintf(out, "%-36s p50 %7.1f ms  p99 %7.1f ms  max %7.1f ms  (%d)\n", what, ms(at(0.5)), ms(at(0.99)), ms(at(1)), len(times))
	return at(0.99)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
