// Command migrate brings a database to the schema of schemas/migrations:
//
//	go run ./scripts/migrate --database projects/P/instances/I/databases/D [--create | --plan]
//
// With --plan it changes nothing, and prints a line for each migration that is missing: "expands", or
// "contracts" where it takes something away that programs of before may use.
//
// Behind the migrations it makes the database roles: those of schemas/roles.sql, and one a function of the
// catalogue. It goes to the emulator, which has no roles, when SPANNER_EMULATOR_HOST is set, else to the cloud with the
// application default credentials. It prints one line a migration, may be stopped and run again,
// and ends with 1 when the schema could not be reached, 2 when it was called wrongly.
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
	"time"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// databaseEnv names the database where no flag does.
const databaseEnv = "INNKEEP_SPANNER_DATABASE"

// timeout is of the whole run: the backfill of an index over a large table takes hours, and
// Spanner goes on with it when this program ends.
const timeout = 12 * time.Hour

var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "migrate:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "migrate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	database := flags.String("database", os.Getenv(databaseEnv),
		"`name` of the database, projects/P/instances/I/databases/D; "+databaseEnv+" by default")
	create := flags.Bool("create", false, "make the database if it is missing; on the emulator its instance, too")
	plan := flags.Bool("plan", false, "tell what is missing, and change nothing")
	if err := flags.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: %q is not understood", errUsage, flags.Arg(0))
	}
	if *plan && *create {
		return fmt.Errorf("%w: --plan makes nothing", errUsage)
	}
	name, err := spanneradmin.ParseName(*database)
	if err != nil {
		return fmt.Errorf("%w: --database or %s: %w", errUsage, databaseEnv, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return apply(ctx, name, *create, *plan, out)
}

func apply(ctx context.Context, name spanneradmin.Name, create, plan bool, out io.Writer) error {
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return err
	}
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	if create {
		made, err := admin.EnsureDatabase(ctx, name)
		if err != nil {
			return err
		}
		if made {
			fmt.Fprintln(out, "made", name)
		}
	}
	db, err := spannerdb.Open(ctx, name.String())
	if err != nil {
		return err
	}
	defer db.Close()
	if plan {
		return tell(ctx, admin, db, all, out)
	}
	if err := migrate.Run(ctx, admin, db, all, func(line string) { fmt.Fprintln(out, line) }); err != nil {
		return err
	}
	if spannerdb.IsEmulator() { // which knows no roles
		return nil
	}
	return grant(ctx, admin, name, out)
}

// tell prints what is missing.
func tell(ctx context.Context, admin *spanneradmin.Admin, db *spannerdb.DB, all []migrate.Migration, out io.Writer) error {
	left, err := migrate.Pending(ctx, admin, db, all)
	for _, m := range left {
		does := "expands"
		if m.Contracts() {
			does = "contracts"
		}
		fmt.Fprintf(out, "%04d_%s %s\n", m.Version, m.Name, does)
	}
	return err
}
