// Command verify proves from the tables that the books are whole: the operator's check.
//
//	go run ./scripts/verify [--database projects/P/instances/I/databases/D] [--org ORG [--property ID]]
//
// It walks every property's day book, or one organisation's or property's, and folds its events by
// arithmetic of its own: I1 to I7, I10, I11 and I13 to I15 of the invariants, one event a command (I8),
// and the chain of each organisation's setup stream. It reads alone, each property at one moment, so
// it may run at any time; it holds one property's books in memory for each of --workers.
//
// Each break is a line. It ends with 0 when there is none, 1 when there are some, 2 when it was
// called wrongly or could not read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/invariants"
)

const (
	exitBroken = 1
	exitFailed = 2
)

// databaseEnv names the database where no flag does.
const databaseEnv = "INNKEEP_SPANNER_DATABASE"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	broken, err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(exitFailed)
	case broken > 0:
		os.Exit(exitBroken)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (broken int, err error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	database := flags.String("database", os.Getenv(databaseEnv), "`name` of the database; "+databaseEnv+" by default")
	org := flags.String("org", "", "one `organisation`; all by default")
	property := flags.String("property", "", "one `property` of --org; all by default")
	workers := flags.Int("workers", 4, "properties at a time")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	if *database == "" || *property != "" && *org == "" || *workers < 1 || flags.NArg() > 0 {
		return 0, errors.New("--database is needed, --property goes with --org, and nothing stands behind the flags")
	}
	db, err := spannerdb.Open(ctx, *database)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	v := &verifier{db: db, out: out}
	var g errgroup.Group
	g.SetLimit(*workers)
	err = v.each(ctx, *org, *property, func(b tenant.Book) {
		g.Go(func() error { return v.book(ctx, b) })
	})
	err = errors.Join(err, g.Wait())
	fmt.Fprintf(out, "%d organisations, %d properties verified: %d breaks\n", v.organisations, v.properties, v.broken)
	return v.broken, err
}

// verifier looks at books and tells what is broken.
type verifier struct {
	db  *spannerdb.DB
	mu  sync.Mutex
	out io.Writer

	organisations, properties, broken int
}

// each gives every book that is asked for: those of properties, and the one of each organisation's
// setup stream.
func (v *verifier) each(ctx context.Context, org, property string, found func(tenant.Book)) error {
	keys := spanner.AllKeys()
	one := tenant.Book{Org: tenant.OrgID(org), Property: tenant.PropertyID(property)}
	switch {
	case property != "":
		keys = spanner.Key{one.Shard(), org, property}
	case org != "":
		var shards []spanner.KeySet
		for shard := range int64(tenant.Shards) {
			shards = append(shards, spanner.Key{shard, org}.AsPrefix())
		}
		keys = spanner.KeySets(shards...)
	}
	none := true
	err := v.db.Single().Read(ctx, "Properties", keys, []string{"OrgId", "PropertyId"}).Do(func(r *spanner.Row) error {
		none = false
		var o, p string
		if err := r.Columns(&o, &p); err != nil {
			return err
		}
		found(tenant.Book{Org: tenant.OrgID(o), Property: tenant.PropertyID(p)})
		return nil
	})
	if err == nil && none && org != "" {
		err = errors.New("there is no such organisation or property")
	}
	return err
}

// book verifies one book.
func (v *verifier) book(ctx context.Context, b tenant.Book) error {
	var findings []invariants.Finding
	var err error
	if b.Property == tenant.Setup {
		findings, err = invariants.FindSetup(ctx, v.db, b.Org)
	} else {
		findings, err = invariants.Find(ctx, v.db, b)
	}
	if err != nil {
		return fmt.Errorf("%s/%s: %w", b.Org, b.Property, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if b.Property == tenant.Setup {
		v.organisations++
	} else {
		v.properties++
	}
	v.broken += len(findings)
	for _, f := range findings {
		fmt.Fprintf(v.out, "%s/%s: %s\n", b.Org, b.Property, f)
	}
	return nil
}
