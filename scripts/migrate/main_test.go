package main

import (
	"errors"
	"strings"
	"testing"

	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
	"innkeep.internal/shared/testkit"
)

func TestRunMakesAndMigrates(t *testing.T) {
	admin := testkit.Admin(t)
	name := spanneradmin.Name{Project: "innkeep-test", Instance: "migrate", Database: "fresh"}
	t.Setenv(databaseEnv, name.String())
	t.Cleanup(func() {
		if err := admin.DropDatabase(testkit.Context(t), name); err != nil {
			t.Log(err)
		}
	})
	if err := run(testkit.Context(t), nil, t.Output()); err == nil {
		t.Error("a database that is missing was migrated without --create")
	}
	var out strings.Builder
	if err := run(testkit.Context(t), []string{"--create"}, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.HasPrefix(got, "made "+name.String()+"\n0001_") {
		t.Errorf("output = %q, want a line for the database and one for each migration", got)
	}
	out.Reset()
	if err := run(testkit.Context(t), []string{"--database", name.String(), "--create"}, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, "made") || !strings.Contains(got, "was applied already") {
		t.Errorf("output of the second run = %q", got)
	}
}

func TestRunRefusesABadCall(t *testing.T) {
	t.Setenv(databaseEnv, "")
	for _, args := range [][]string{nil, {"--database", "books"}, {"--nothing"}, {"--create", "more"}} {
		if err := run(t.Context(), args, t.Output()); !errors.Is(err, errUsage) {
			t.Errorf("run(%q) = %v, want a usage error", args, err)
		}
	}
}
