package main

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
)

// TestVerify damages books in two ways and finds both, where they are and nowhere else.
func TestVerify(t *testing.T) {
	t.Parallel()
	ctx, db := testkit.Context(t), testkit.Spanner(t)
	s := setupstore.New(db, time.Now)
	actor := approval.Actor{Subject: "owner", Role: approval.OwnerAdmin}
	properties := map[tenant.OrgID]tenant.PropertyID{}
	for _, org := range []tenant.OrgID{"one", "two"} {
		c := setupstore.Change{Org: org, Actor: actor, Key: "k"}
		if _, err := s.CreateOrganisation(ctx, c, setup.Organisation{Name: "Group", BaseCurrency: "EUR"}); err != nil {
			t.Fatal(err)
		}
		made, err := s.CreateProperty(ctx, c, setup.Property{
			Code: "H", Name: "House", Type: "HOTEL", TimeZone: "UTC", Currency: "EUR", GoLive: bizdate.MustParse("2026-03-01"),
		}, 500)
		if err != nil {
			t.Fatal(err)
		}
		properties[org] = made.Data.ID
	}
	verify := func(want int, args ...string) string {
		t.Helper()
		var out strings.Builder
		got, err := run(ctx, append([]string{"--database", db.Name()}, args...), &out)
		if err != nil || got != want {
			t.Fatalf("%v: %d breaks, %v, want %d:\n%s", args, got, err, want, &out)
		}
		return out.String()
	}
	if out := verify(0); !strings.Contains(out, "2 organisations, 2 properties verified: 0 breaks") {
		t.Error(out)
	}
	b := tenant.Book{Org: "two", Property: properties["two"]}
	day := spanner.Key{b.Shard(), "two", string(b.Property), int64(202603), "2026-03-01"}
	damage := []*spanner.Mutation{
		spanner.Update("DailyCashBalances", []string{"ShardId", "OrgId", "PropertyId", "Month", "BusinessDate", "EntryCount"},
			append([]any(day), int64(7))),
		spanner.Update("Organizations", []string{"OrgId", "StreamVersion"}, []any{"two", int64(9)}),
	}
	if _, err := db.Client().Apply(ctx, damage); err != nil {
		t.Fatal(err)
	}
	out := verify(2)
	if !strings.Contains(out, "I5 2026-03-01") || !strings.Contains(out, "two/-: I11 setup") || strings.Contains(out, "one/") {
		t.Error(out)
	}
	verify(0, "--org", "one")
	verify(1, "--org", "two", "--property", string(b.Property))
	if _, err := run(ctx, []string{"--database", db.Name(), "--org", "nobody"}, &strings.Builder{}); err == nil {
		t.Error("an organisation that is not there was verified")
	}
}
