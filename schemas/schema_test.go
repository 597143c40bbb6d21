package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
	"innkeep.internal/shared/testkit"
)

// schema.sql is what people read, the migrations are what databases get: both must say the same.
// The order of statements may differ, as a later migration may belong to an early table.
func TestSchemaIsWhatTheMigrationsMake(t *testing.T) {
	t.Parallel()
	whole, err := migrate.Split("schema.sql", schemas.SQL())
	if err != nil {
		t.Fatal(err)
	}
	want := ddl(t, testkit.DatabaseOf(t, whole))

	migrated := testkit.DatabaseOf(t, nil)
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	db := testkit.Open(t, migrated)
	if err := migrate.Run(testkit.Context(t), testkit.Admin(t), db, all, func(line string) { t.Log(line) }); err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(ddl(t, migrated), func(s string) bool {
		return strings.HasPrefix(s, "CREATE TABLE SchemaMigrations ")
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the migrations make another schema (-schema.sql +migrations):\n%s", diff)
	}
	if len(want) == 0 {
		t.Error("schema.sql makes nothing")
	}
}

// ddl is a database's schema as Spanner prints it, sorted.
func ddl(t *testing.T, database string) []string {
	t.Helper()
	name, err := spanneradmin.ParseName(database)
	if err != nil {
		t.Fatal(err)
	}
	statements, err := testkit.Admin(t).DDL(testkit.Context(t), name)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(statements)
	return statements
}
