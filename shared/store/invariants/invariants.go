// Package invariants proves the day book's invariants (DOMAIN.md) of one property from its tables
// alone, at one moment: it reads rows with the raw client and folds them by arithmetic of its own,
// so that a defect of the store, or of Evolve, does not excuse itself. Tests check themselves with
// it, operators their database (scripts/verify).
//
// It shares with the write path the words (what an event's data are called, how a chain links, what a
// policy allows), and nothing that computes a balance.
package invariants

import (
	"context"
	"fmt"
	"slices"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

// readTimeout bounds the reads of one check: eleven ranges of one book.
const readTimeout = time.Minute

// Option changes what a check expects.
type Option int

// ExpiredCommands says that command rows have been deleted: events without one are no finding.
const ExpiredCommands Option = 1

// Finding is one invariant that the tables break.
type Finding struct {
	Invariant string // I1 to I15 and I19, as in the package's functions
	Where     string // a date, an entry, an event
	Text      string
	// Date is the business date of the day, stream or entry that it is about; zero for what has none:
	// a setup stream, a sum over a whole book.
	Date bizdate.Date
}

// String is "I4 2026-03-01: ...".
func (f Finding) String() string { return f.Invariant + " " + f.Where + ": " + f.Text }

// Find lists what the tables of a book break among I1 to I7, I10, I11, I13 to I15 and I19, and events
// that stand twice for one command (I8); snapshots are part of I11, room statistics of I5. All reads are
// of one snapshot, so it may run while others write.
func Find(ctx context.Context, db *spannerdb.DB, b tenant.Book, opts ...Option) ([]Finding, error) {
	all, err := FindAll(ctx, db, []tenant.Book{b}, opts...)
	return all[b], err
}

// FindAll is Find for several books, whose rows it holds in memory all at once: eleven RPCs for all of
// them. Books that break nothing are not in what it gives.
func FindAll(ctx context.Context, db *spannerdb.DB, books []tenant.Book, opts ...Option) (map[tenant.Book][]Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	tables, err := load(ctx, db, books)
	if err != nil {
		return nil, err
	}
	found := map[tenant.Book][]Finding{}
	for b, t := range tables {
		if f := prove(b, *t, opts); len(f) > 0 {
			found[b] = f
		}
	}
	return found, nil
}

// prove lists what the rows of a book break.
func prove(b tenant.Book, t tables, opts []Option) []Finding {
	c := &check{tables: t, book: b, expired: slices.Contains(opts, ExpiredCommands), pending: map[string]snapshot{}}
	for _, x := range t.snapshots {
		c.pending[x.StreamId] = x
	}
	c.streams()
	c.history()
	c.dayRows()
	c.entryRows()
	c.reversals()
	c.approvals()
	c.countRows()
	c.roomRows()
	c.commandRows()
	c.snapshotsLeft()
	c.matchRows()
	return c.findings
}

// check is one look at a book.
type check struct {
	tables
	book     tenant.Book
	expired  bool
	folds    map[string]*fold    // by stream, as history leaves them
	pending  map[string]snapshot // by stream, those that history has not come to
	findings []Finding
}

// place is what a finding is about: its text, and its date where it has one.
type place struct {
	text string
	date bizdate.Date
}

func (p place) String() string { return p.text }

// on is a day, or its stream.
func on(date string) place {
	d, _ := bizdate.Parse(date) // zero for the setup stream
	return place{date, d}
}

func (c *check) failf(invariant string, where place, format string, args ...any) {
	c.findings = append(c.findings, Finding{invariant, where.text, fmt.Sprintf(format, args...), where.date})
}

// same fails unless the two are equal.
func same[T comparable](c *check, invariant string, where place, what string, got, want T) {
	if got != want {
		c.failf(invariant, where, "%s is %v, should be %v", what, got, want)
	}
}
