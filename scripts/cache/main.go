// Command cache empties the second level of the report cache, after a restore of the database:
//
//	go run ./scripts/cache wipe [--project P] [--at-most N]
//
// From its first second on no value counts that was read before it: each shard's mark says so. Then values
// and heads are deleted, 500 at a time, and the marks are moved once more, since what happened meanwhile may
// have lost its head. A call that is ended goes on where it was when it is made again. Instances that hold
// answers in their memory forget them within 15 minutes; deploying them anew is quicker.
//
// It ends with 0 when all is gone, 1 when --at-most ended it before, 2 when it was called wrongly or failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"cloud.google.com/go/firestore"
)

const (
	exitMore   = 1
	exitFailed = 2
)

// projectEnv names the project where no flag does.
const projectEnv = "INNKEEP_PROJECT"

// errUsage means that the command was called wrongly.
var errUsage = errors.New("usage: cache wipe [--project P] [--at-most N], with a project or " + projectEnv)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errMore):
		fmt.Fprintln(os.Stderr, "cache:", err)
		os.Exit(exitMore)
	}
	fmt.Fprintln(os.Stderr, "cache:", err)
	os.Exit(exitFailed)
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] != "wipe" {
		return errUsage
	}
	flags := flag.NewFlagSet("cache wipe", flag.ContinueOnError)
	project := flags.String("project", os.Getenv(projectEnv), "`project` of the Firestore database; "+projectEnv+" by default")
	atMost := flags.Int("at-most", 0, "delete so many `documents` at most; 0 for all")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *project == "" || *atMost < 0 || flags.NArg() > 0 {
		return errUsage
	}
	client, err := firestore.NewClient(ctx, *project)
	if err != nil {
		return err
	}
	defer client.Close()
	return (&wiper{client: client, out: out, atMost: *atMost}).wipe(ctx)
}
