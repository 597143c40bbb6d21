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
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
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
	totals := accounttotals.New(db, events.Now, nil)
	if err := totals.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if out := verify(0); !strings.Contains(out, "2 organisations, 2 properties, 4 rows of read models verified: 0 breaks") {
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
	for _, tt := range []struct {
		want  int
		dates []string
	}{ // the day of the break, and what has no date where nothing is left out
		{1, []string{"--from", "2026-03-01"}},
		{1, []string{"--to", "2026-03-01"}},
		{1, []string{"--from", "2026-03-01", "--to", "2026-03-01"}},
		{1, []string{"--from", "1900-01-01", "--to", "9999-12-31"}},
		{0, []string{"--from", "2026-03-02"}},
		{0, []string{"--to", "2026-02-28"}},
		{0, []string{"--from", "2026-03-02", "--to", "2026-03-31"}},
	} {
		out := verify(tt.want, tt.dates...)
		if strings.Contains(out, "setup") || strings.Contains(out, "I5 2026-03-01") != (tt.want > 0) ||
			!strings.Contains(out, "0 organisations, 2 properties, 4 rows of read models verified "+strings.ReplaceAll(strings.Join(tt.dates, " "), "--", "")) {
			t.Errorf("%v:\n%s", tt.dates, out)
		}
	}
	wipe := []*spanner.Mutation{spanner.Delete("AccountTotals", spanner.Key{b.Shard(), "two", string(b.Property)}.AsPrefix())}
	if _, err := db.Client().Apply(ctx, wipe); err != nil {
		t.Fatal(err)
	}
	if out := verify(6); strings.Count(out, "I12 account-totals") != 4 { // two rows, their number, the checksum
		t.Error(out)
	}
	verify(3, "--org", "two", "--property", string(b.Property)) // two rows
	verify(3, "--to", "2026-03-01")
	verify(0, "--from", "2026-03-02")
	if _, err := run(ctx, []string{"--database", db.Name(), "--org", "nobody"}, &strings.Builder{}); err == nil {
		t.Error("an organisation that is not there was verified")
	}
}

// TestDatesAreChecked: called wrongly, the command reads nothing and says why.
func TestDatesAreChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--from", "2026-02-29"}, "-from: bad_date"},
		{[]string{"--to", "1.3.2026"}, "-to: bad_date"},
		{[]string{"--to", ""}, "-to: bad_date"},
		{[]string{"--from", "2026-03-02", "--to", "2026-03-01"}, "--from 2026-03-02 is later than --to 2026-03-01"},
	} {
		var out strings.Builder
		args := append([]string{"--database", "projects/p/instances/i/databases/nowhere"}, tt.args...)
		if broken, err := run(t.Context(), args, &out); err == nil || !strings.Contains(err.Error(), tt.want) || broken != 0 || out.Len() > 0 {
			t.Errorf("%v: %d, %v, %q; want %q", tt.args, broken, err, &out, tt.want)
		}
	}
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	d := bizdate.MustParse("2026-03-15")
	for _, tt := range []struct {
		p    period
		date bizdate.Date
		want bool
	}{
		{period{}, 0, true}, {period{}, d, true},
		{period{from: d}, 0, false}, {period{to: d}, 0, false},
		{period{from: d}, d, true}, {period{from: d}, d.AddDays(-1), false}, {period{from: d}, d.AddDays(1), true},
		{period{to: d}, d, true}, {period{to: d}, d.AddDays(-1), true}, {period{to: d}, d.AddDays(1), false},
		{period{d, d}, d, true}, {period{d, d}, d.AddDays(1), false},
	} {
		if got := tt.p.has(tt.date); got != tt.want {
			t.Errorf("%+v has %v: %v", tt.p, tt.date, got)
		}
	}
}
