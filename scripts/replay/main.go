// Command replay builds a read model anew from the events and puts it in the place of the live one:
//
//	go run ./scripts/replay [--database projects/P/instances/I/databases/D] [--accept] [--by NAME]
//
// The rows are built beside the live ones, while these are read and kept up to date. Then both are
// compared: each row with what the events say, and the checksums. When they are equal the new
// generation goes live. When they differ, the differences are told and nothing is swapped, unless
// --accept says so. A call that is ended goes on where it was when it is made again.
//
// It ends with 0 when the new generation is live, 1 when the live one differs and stays, 2 when it was
// called wrongly or failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
)

const (
	exitDifferent = 1
	exitFailed    = 2
)

// databaseEnv names the database where no flag does.
const databaseEnv = "INNKEEP_SPANNER_DATABASE"

// errDifferent means that the live generation is not what the events say.
var errDifferent = errors.New("the live generation differs from the events: look at the differences, then run it again with --accept")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errDifferent):
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(exitDifferent)
	}
	fmt.Fprintln(os.Stderr, "replay:", err)
	os.Exit(exitFailed)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	database := flags.String("database", os.Getenv(databaseEnv), "`name` of the database; "+databaseEnv+" by default")
	accept := flags.Bool("accept", false, "swap although the live generation differs")
	by := flags.String("by", whoami(), "who asks; it is kept with the swap")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *database == "" || *by == "" || flags.NArg() > 0 {
		return errors.New("--database and --by are needed, and nothing stands behind the flags")
	}
	db, err := spannerdb.Open(ctx, *database)
	if err != nil {
		return err
	}
	defer db.Close()
	w := watch{out: out, began: time.Now()}
	rb, err := accounttotals.New(db, time.Now, nil).Rebuild(ctx, accounttotals.Order{By: *by, Accept: *accept, Say: w.say})
	if rb != nil {
		w.tell(rb)
	}
	if err == nil && rb.State == accounttotals.Different {
		return errDifferent
	}
	return err
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// sayEvery is how often progress is told.
const sayEvery = time.Second

// watch tells of a rebuild.
type watch struct {
	out         io.Writer
	began, said time.Time
}

func (w *watch) say(rb *accounttotals.Rebuilt) {
	if time.Since(w.said) < sayEvery {
		return
	}
	w.said = time.Now()
	done := 0
	for _, s := range rb.Shards {
		if s.Done {
			done++
		}
	}
	fmt.Fprintf(w.out, "generation %d: %d of %d shards, %d events, %d differences\n", rb.Generation, done, len(rb.Shards), rb.Events(), rb.Differences())
}

// tell says what came of it.
func (w *watch) tell(rb *accounttotals.Rebuilt) {
	took := time.Since(w.began)
	for _, d := range rb.Shown {
		fmt.Fprintln(w.out, d)
	}
	var rows, parked int64
	for _, s := range rb.Shards {
		rows, parked = rows+s.Rows, parked+s.Parked
	}
	fmt.Fprintf(w.out, "%s generation %d: %d events into %d rows in %.2f s (%.0f events/s), %d parked, %d rows of the live generation differ\n",
		rb.State, rb.Generation, rb.Events(), rows, took.Seconds(), float64(rb.Events())/took.Seconds(), parked, rb.Differences())
	fmt.Fprintf(w.out, "checksum %x, of the one before it %x\n", rb.Checksum, rb.Live)
}
