// Package invariants lets a test check the tables of a book.
package invariants

import (
	"context"
	"testing"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/invariants"
)

// ExpiredCommands says that the test has deleted command rows.
const ExpiredCommands = invariants.ExpiredCommands

// Option is one of the constants above.
type Option = invariants.Option

// Check fails the test for every invariant that the book's tables break: see invariants.Find.
func Check(t testing.TB, db *spannerdb.DB, b tenant.Book, opts ...Option) {
	t.Helper()
	found, err := invariants.Find(context.WithoutCancel(t.Context()), db, b, opts...)
	if err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}
