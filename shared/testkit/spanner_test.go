package testkit_test

import (
	"testing"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
	"innkeep.internal/shared/testkit"
)

func TestDatabaseEndsWithItsTest(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("inner", func(t *testing.T) { name = testkit.Database(t) })
	n, err := spanneradmin.ParseName(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := testkit.Admin(t).DDL(t.Context(), n); spanner.ErrCode(err) != codes.NotFound {
		t.Errorf("the database is there after its test: %v", err)
	}
}

func TestTwoClientsSeeOneDatabase(t *testing.T) {
	t.Parallel()
	name := testkit.DatabaseOf(t, []string{"CREATE TABLE T (K INT64) PRIMARY KEY (K)"})
	one, two := testkit.Open(t, name), testkit.Open(t, name)
	ctx := testkit.Context(t)
	if _, err := one.Client().Apply(ctx, []*spanner.Mutation{spanner.Insert("T", []string{"K"}, []any{7})}); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Single().ReadRow(ctx, "T", spanner.Key{7}, []string{"K"}); err != nil {
		t.Errorf("the second client does not see the first one's row: %v", err)
	}
}
