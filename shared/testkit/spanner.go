// Package testkit gives tests what they stand on: databases with the project's schema on the
// real emulator, one a test. Only tests import it.
package testkit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/option"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// testTimeout bounds what one test asks of Spanner. The slowest tests here, many writers on one
// day, need some seconds.
const testTimeout = time.Minute

// adminTimeout bounds making and dropping a database: 30 ms each, more while others do the same.
const adminTimeout = 30 * time.Second

// place is where the tests' databases stand.
var place = spanneradmin.Name{Project: "innkeep-test", Instance: "tests"}

// admin is the admin client of this test process, on the emulator that SPANNER_EMULATOR_HOST
// names, or else on one of its own, which ends with the process.
var admin = sync.OnceValues(func() (*spanneradmin.Admin, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*adminTimeout)
	defer cancel()
	if _, err := emulator.Use(ctx, emulator.Spanner); err != nil {
		return nil, err
	}
	a, err := spanneradmin.Open(ctx)
	if err != nil {
		return nil, err
	}
	return a, a.EnsureInstance(ctx, place)
})

// schema is the statements of the project's migrations.
var schema = sync.OnceValues(func() ([]string, error) {
	all, err := migrate.Load(schemas.Migrations())
	return migrate.Statements(all), err
})

// Spanner is a client of a fresh database with the project's schema. Both end with the test.
func Spanner(t testing.TB, opts ...option.ClientOption) *spannerdb.DB {
	t.Helper()
	return Open(t, Database(t), opts...)
}

// Database makes a fresh database with the project's schema and gives its full name. It is
// dropped at the end of the test, since the emulator refuses the 101st.
func Database(t testing.TB) string {
	t.Helper()
	ddl, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	return DatabaseOf(t, ddl)
}

// DatabaseOf is Database with a schema of the test's own; none for an empty database.
func DatabaseOf(t testing.TB, ddl []string) string {
	t.Helper()
	a := Admin(t)
	name := place
	name.Database = "t" + random()
	ctx, cancel := context.WithTimeout(t.Context(), adminTimeout)
	defer cancel()
	if err := a.CreateDatabase(ctx, name, ddl); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
		defer cancel()
		if err := a.DropDatabase(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return name.String()
}

// Open makes a client of a database, which ends with the test. A test that plays two instances
// of a function opens two.
func Open(t testing.TB, database string, opts ...option.ClientOption) *spannerdb.DB {
	t.Helper()
	Admin(t) // the emulator must be there before the client looks for it
	db, err := spannerdb.Open(t.Context(), database, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Admin is the admin client of the tests' emulator, shared by the tests of a process.
func Admin(t testing.TB) *spanneradmin.Admin {
	t.Helper()
	a, err := admin()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Context is the test's context with the deadline that read-write transactions ask for.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

func random() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // it never fails: see crypto/rand
	return hex.EncodeToString(b)
}
