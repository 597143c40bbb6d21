// Command stage makes the uploads of functions:
//
//	go run ./scripts/stage [--out .innkeep/staged] --all | NAME...
//
// NAME is a function's name in functions/catalogue.yaml. It writes one zip file a function and
// staged.json, which names them with their hashes and which Terraform reads, and prints one line a
// function. The exit status is 1 when it failed, 2 when it was called wrongly.
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

	"innkeep.internal/functions"
	"innkeep.internal/scripts/stage/staging"
)

var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, ".", os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "stage:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "stage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("stage", flag.ContinueOnError)
	folder := flags.String("out", ".innkeep/staged", "`folder` for the uploads and staged.json")
	all := flags.Bool("all", false, "every function of the catalogue")
	if err := flags.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	names := flags.Args()
	if *all == (len(names) > 0) {
		return fmt.Errorf("%w: give --all or the names of functions", errUsage)
	}
	c, err := functions.Load()
	if err != nil {
		return err
	}
	if *all {
		for _, f := range c.Functions {
			names = append(names, f.Name)
		}
	}
	s, err := staging.New(ctx, root, c)
	if err != nil {
		return err
	}
	m, err := s.Stage(ctx, *folder, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		fmt.Fprintf(out, "%-24s %s\n", name, m[name].Object)
	}
	return nil
}
