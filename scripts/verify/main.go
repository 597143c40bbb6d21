// Command verify proves from the tables that the books are whole: the operator's check.
//
//	go run ./scripts/verify [--database projects/P/instances/I/databases/D] [--org ORG [--property ID]]
//	    [--from 2026-01-01] [--to 2026-01-31]
//
// It walks every property's day book, or one organisation's or property's, and folds its events by
// arithmetic of its own: I1 to I7, I10, I11 (snapshots too), I13 to I15 and I19 of the invariants, one
// event a command (I8), and the chain of each organisation's setup stream. Read models are compared
// row by row with the events that their cursor has behind it and, where no organisation is named, by
// the checksum that the cursor keeps (I12). It reads alone, each property at one moment, so it may run
// at any time; it holds a hundred properties' books in memory for each of --workers.
//
// With --from, --to or both, inclusive, only breaks of those business dates are told and counted: of
// days, of events by their stream's date, of entries by their own. Each book is walked whole all the
// same, since a day stands on all days before it. What has no date is left out then, however wide
// the range: setup streams are not read, and the sum over a whole book (I6) is not told.
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

// together is how many books are read together.
const together = 100

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
	var dates period
	flags.Func("from", "only breaks of this business `date` (2026-01-31) and later", set(&dates.from))
	flags.Func("to", "only breaks of this business `date` and earlier", set(&dates.to))
	workers := flags.Int("workers", 4, "hundreds of properties at a time")
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	if *database == "" || *property != "" && *org == "" || *workers < 1 || flags.NArg() > 0 {
		return 0, errors.New("--database is needed, --property goes with --org, and nothing stands behind the flags")
	}
	if err := dates.check(); err != nil {
		return 0, err
	}
	db, err := spannerdb.Open(ctx, *database)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	v := &verifier{db: db, out: out, dates: dates, whole: *org == ""}
	err = v.books(ctx, *org, *property, *workers)
	if *org == "" {
		err = errors.Join(err, v.shards(ctx, *workers))
	}
	fmt.Fprintf(out, "%d organisations, %d properties, %d rows of read models verified%s: %d breaks\n",
		v.organisations, v.houses, v.rows, v.dates, v.broken)
	return v.broken, err
}

// verifier looks at books and tells what is broken.
type verifier struct {
	db    *spannerdb.DB
	dates period
	mu    sync.Mutex
	out   io.Writer

	whole                               bool // all books are asked for: read models are verified by shards
	organisations, houses, rows, broken int
}

// books verifies every book that is asked for, some together.
func (v *verifier) books(ctx context.Context, org, property string, workers int) error {
	var g errgroup.Group
	g.SetLimit(workers)
	var some []tenant.Book
	err := v.each(ctx, org, property, func(b tenant.Book) {
		if some = append(some, b); len(some) == together {
			full := some
			some = nil
			g.Go(func() error { return v.some(ctx, full) })
		}
	})
	g.Go(func() error { return v.some(ctx, some) })
	return errors.Join(err, g.Wait())
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

// some verifies some books, those of setup streams and those of properties.
func (v *verifier) some(ctx context.Context, some []tenant.Book) error {
	var orgs []tenant.OrgID
	var books []tenant.Book
	for _, b := range some {
		if b.Property == tenant.Setup {
			orgs = append(orgs, b.Org)
		} else {
			books = append(books, b)
		}
	}
	return errors.Join(v.setups(ctx, orgs), v.properties(ctx, books))
}

func (v *verifier) properties(ctx context.Context, books []tenant.Book) error {
	if len(books) == 0 {
		return nil
	}
	all, err := invariants.FindAll(ctx, v.db, books)
	if err != nil {
		return fmt.Errorf("%s/%s and others: %w", books[0].Org, books[0].Property, err)
	}
	for _, b := range books {
		findings := all[b]
		if !v.whole {
			model, err := v.readModel(ctx, b)
			if err != nil {
				return err
			}
			findings = append(findings, model...)
		}
		v.tell(1, &v.houses, fmt.Sprintf("%s/%s", b.Org, b.Property), findings)
	}
	return nil
}

// setups verifies organisations' setup streams, which have no dates.
func (v *verifier) setups(ctx context.Context, orgs []tenant.OrgID) error {
	if v.dates.bounded() || len(orgs) == 0 {
		return nil
	}
	all, err := invariants.FindSetups(ctx, v.db, orgs)
	if err != nil {
		return fmt.Errorf("%s and others: %w", orgs[0], err)
	}
	for _, org := range orgs {
		v.tell(1, &v.organisations, fmt.Sprintf("%s/%s", org, tenant.Setup), all[org])
	}
	return nil
}

// tell counts n more of what is verified, and counts and writes its breaks of the dates that are
// asked for.
func (v *verifier) tell(n int, verified *int, of string, findings []invariants.Finding) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*verified += n
	for _, f := range findings {
		if v.dates.has(f.Date) {
			v.broken++
			fmt.Fprintf(v.out, "%s: %s\n", of, f)
		}
	}
}
