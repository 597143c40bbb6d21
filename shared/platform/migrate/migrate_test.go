package migrate_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

type target struct {
	db    *spannerdb.DB
	admin *spanneradmin.Admin
	calls *rpc.Counter
	fault *rpc.Faults
}

func newTarget(t *testing.T) target {
	t.Helper()
	to := target{db: testkit.Open(t, testkit.DatabaseOf(t, nil)), calls: &rpc.Counter{}, fault: &rpc.Faults{}}
	var err error
	to.admin, err = spanneradmin.Open(t.Context(), slices.Concat(to.calls.Options(), to.fault.Options())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = to.admin.Close() })
	return to
}

// run gives the lines that Run said.
func (to target) run(t *testing.T, all []migrate.Migration) (lines []string, err error) {
	t.Helper()
	err = migrate.Run(testkit.Context(t), to.admin, to.db, all, func(line string) { lines = append(lines, line) })
	t.Log(lines, err)
	return lines, err
}

func load(t *testing.T) []migrate.Migration {
	t.Helper()
	all, err := migrate.Load(os.DirFS("testdata"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRunTwice(t *testing.T) {
	t.Parallel()
	to, all := newTarget(t), load(t)
	lines, err := to.run(t, all[:1])
	if err != nil || len(lines) != 1 {
		t.Fatalf("first run = %q, %v", lines, err)
	}
	if lines, err = to.run(t, all); err != nil || len(lines) != 2 {
		t.Fatalf("second run = %q, %v", lines, err)
	}
	to.calls.Reset()
	if _, err := to.run(t, all); err != nil {
		t.Fatal(err)
	}
	if n := to.calls.Count("UpdateDatabaseDdl"); n != 0 {
		t.Errorf("a third run changes the schema %d times, want 0", n)
	}
}

func TestChangedFileIsRefused(t *testing.T) {
	t.Parallel()
	to, all := newTarget(t), load(t)
	if _, err := to.run(t, all); err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(all)
	changed[0].Statements = append(slices.Clone(all[0].Statements), "CREATE INDEX More ON Rooms (Note)")
	if _, err := to.run(t, changed); !errors.Is(err, migrate.ErrChanged) {
		t.Errorf("a changed file = %v, want ErrChanged", err)
	}
	if _, err := to.run(t, all[:1]); !errors.Is(err, migrate.ErrBehind) {
		t.Errorf("a missing file = %v, want ErrBehind", err)
	}
}

// The schema change was applied, but the run ended before it knew.
func TestInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()
	to, all := newTarget(t), load(t)
	if _, err := to.run(t, nil); err != nil { // makes the book
		t.Fatal(err)
	}
	to.fault.On("UpdateDatabaseDdl").Lose(codes.Unknown)
	if _, err := to.run(t, all); err == nil {
		t.Fatal("the lost answer was not told")
	}
	lines, err := to.run(t, all)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || !strings.Contains(lines[0], "2 of its 2 statements were there") {
		t.Errorf("lines = %q, want the first to say that it was there", lines)
	}
}

// A statement in the middle fails by the data that are there; the rest is written anew.
func TestFailedStatementIsMendedAndTheRunGoesOn(t *testing.T) {
	t.Parallel()
	to, all := newTarget(t), load(t)
	if _, err := to.run(t, all[:1]); err != nil {
		t.Fatal(err)
	}
	same := func(k int64) *spanner.Mutation {
		return spanner.Insert("Rooms", []string{"Number", "Note"}, []any{k, "sea view"})
	}
	if _, err := to.db.Client().Apply(testkit.Context(t), []*spanner.Mutation{same(1), same(2)}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // failing again moves nothing
		if _, err := to.run(t, all); err == nil {
			t.Fatal("a unique index over equal values was made")
		}
	}
	mended := slices.Clone(all)
	mended[1].Statements = slices.Clone(all[1].Statements)
	mended[1].Statements[1] = "CREATE INDEX RoomsByNoteOften ON Rooms (Note, Number)"
	if _, err := to.run(t, mended); err != nil {
		t.Fatal(err)
	}
	if _, err := to.run(t, mended); err != nil {
		t.Errorf("the run after it: %v", err)
	}
}
