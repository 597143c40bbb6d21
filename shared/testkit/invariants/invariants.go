// Package invariants proves the day book's invariants (DOMAIN.md) of one property from its tables
// alone, at one moment: it reads rows with the raw client and folds them by arithmetic of its own,
// so that a defect of the store, or of Evolve, does not excuse itself. Only tests import it.
//
// It shares with the product the words (what an event's data are called, how a chain links, what a
// policy allows), and nothing that computes a balance.
package invariants

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

// readTimeout bounds the reads of one check: seven ranges, of some thousand rows at most.
const readTimeout = 30 * time.Second

// Option changes what a check expects.
type Option int

// ExpiredCommands says that command rows have been deleted: events without one are no finding.
const ExpiredCommands Option = 1

// Check fails the test for every invariant among I1 to I7, I10, I11 and I13 to I15 that the book's
// tables break, and for events that stand twice for one command (I8).
func Check(t testing.TB, db *spannerdb.DB, b tenant.Book, opts ...Option) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), readTimeout)
	defer cancel()
	found, err := Find(ctx, db, b, opts...)
	if err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// Find lists what is broken, each line beginning with the invariant's name, "I4 2026-03-01: ...".
// All reads are of one snapshot, so it may run while others write.
func Find(ctx context.Context, db *spannerdb.DB, b tenant.Book, opts ...Option) ([]string, error) {
	tables, err := load(ctx, db, b)
	if err != nil {
		return nil, err
	}
	c := &check{tables: tables, book: b, expired: slices.Contains(opts, ExpiredCommands)}
	c.streams()
	c.history()
	c.dayRows()
	c.entryRows()
	c.reversals()
	c.approvals()
	c.countRows()
	c.commandRows()
	return c.findings, nil
}

// check is one look at a book.
type check struct {
	tables
	book     tenant.Book
	expired  bool
	folds    map[string]*fold // by stream, as history leaves them
	findings []string
}

func (c *check) failf(invariant, where, format string, args ...any) {
	c.findings = append(c.findings, fmt.Sprintf(invariant+" "+where+": "+format, args...))
}

// same fails unless the two are equal.
func same[T comparable](c *check, invariant, where, what string, got, want T) {
	if got != want {
		c.failf(invariant, where, "%s is %v, should be %v", what, got, want)
	}
}
