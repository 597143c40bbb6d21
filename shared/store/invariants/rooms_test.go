package invariants_test

import (
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
)

// TestRoomStatisticsAreChecked: a row that is not what the last event says, and one without the other.
func TestRoomStatisticsAreChecked(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	names := []string{"ShardId", "OrgId", "PropertyId", "Month", "BusinessDate"}
	row := func(date string, more map[string]any) *spanner.Mutation {
		d, err := civil.ParseDate(date)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]any{
			"RoomsAvailable": 10, "RoomsOutOfOrder": 0, "RoomsSold": 7, "RoomsComplimentary": 0, "Guests": spanner.NullInt64{}, "StreamVersion": 5,
		}
		for i, v := range b.key(202603, d) {
			all[names[i]] = v
		}
		for k, v := range more {
			all[k] = v
		}
		return spanner.InsertOrUpdateMap("DailyStatistics", all)
	}
	whole := row(second.String(), nil)
	for _, tt := range []struct {
		name, want string
		row        *spanner.Mutation
	}{
		{"as it is", "", whole},
		{"a room more", "I5 2026-03-02", row(second.String(), map[string]any{"RoomsAvailable": 11})},
		{"a room out of order", "I5 2026-03-02", row(second.String(), map[string]any{"RoomsOutOfOrder": 1})},
		{"the sold rooms of the event before", "I5 2026-03-02", row(second.String(), map[string]any{"RoomsSold": 9})},
		{"a room given away", "I5 2026-03-02", row(second.String(), map[string]any{"RoomsComplimentary": 1})},
		{"guests that nobody counted", "I5 2026-03-02", row(second.String(), map[string]any{"Guests": 0})},
		{"the version of the event before", "I5 2026-03-02", row(second.String(), map[string]any{"StreamVersion": 4})},
		{"no row", "I10 2026-03-02", spanner.Delete("DailyStatistics", spanner.AllKeys())},
		{"a row without an event", "I10 2026-03-01", row(first.String(), nil)},
	} {
		ms := []*spanner.Mutation{spanner.Delete("DailyStatistics", spanner.AllKeys()), whole, tt.row}
		if _, err := b.db.Client().Apply(testkit.Context(t), ms); err != nil {
			t.Fatal(err)
		}
		found, err := invariants.Find(testkit.Context(t), b.db, b.Book)
		only(t, tt.name, tt.want, found, err)
	}
}

// only fails unless the findings are one, of what is wanted, or none.
func only(t *testing.T, name, want string, found []invariants.Finding, err error) {
	t.Helper()
	other := func(f invariants.Finding) bool { return f.Invariant+" "+f.Where != want }
	if err != nil || (len(found) == 1) != (want != "") || slices.ContainsFunc(found, other) {
		t.Errorf("%s: found %q, %v; want only %s", name, found, err, want)
	}
}

// TestBudgetsAreChecked: the same for budgets and the organisation's stream.
func TestBudgetsAreChecked(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	of := budgeted(t, db)
	var text string
	var version int64
	row, err := db.Single().ReadRow(testkit.Context(t), "Budgets", spanner.Key{"org", string(of), 2026}, []string{"Budget", "Version"})
	if err == nil {
		err = row.Columns(&text, &version)
	}
	if err != nil {
		t.Fatal(err)
	}
	budget := func(year int, text string, version int64) *spanner.Mutation {
		return spanner.InsertOrUpdate("Budgets", []string{"OrgId", "PropertyId", "Year", "Budget", "Version"},
			[]any{"org", string(of), year, text, version})
	}
	where := "I10 budget " + string(of)
	for _, tt := range []struct {
		name, want string
		row        *spanner.Mutation
	}{
		{"as it is", "", budget(2026, text, version)},
		{"another text", where + "/2026", budget(2026, "{}", version)},
		{"another version", where + "/2026", budget(2026, text, version-1)},
		{"no row", where + "/2026", spanner.Delete("Budgets", spanner.AllKeys())},
		{"a row without an event", where + "/2027", budget(2027, text, version)},
	} {
		ms := []*spanner.Mutation{spanner.Delete("Budgets", spanner.AllKeys()), budget(2026, text, version), tt.row}
		if _, err := db.Client().Apply(testkit.Context(t), ms); err != nil {
			t.Fatal(err)
		}
		found, err := invariants.FindSetup(testkit.Context(t), db, "org")
		only(t, tt.name, tt.want, found, err)
	}
}

// budgeted is a property of the organisation org whose budget for 2026 was set twice.
func budgeted(t *testing.T, db *spannerdb.DB) tenant.PropertyID {
	t.Helper()
	s := setupstore.New(db, func() time.Time { return second.Time() })
	c := setupstore.Change{Org: "org", Actor: approval.Actor{Subject: "owner", Role: approval.OwnerAdmin}}
	_, err := s.CreateOrganisation(testkit.Context(t), c, setup.Organisation{Name: "Org", BaseCurrency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.CreateProperty(testkit.Context(t), c, setup.Property{
		Code: "H", Name: "House", Type: "HOTEL", TimeZone: "UTC", Currency: "EUR", GoLive: first,
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a", "b"} {
		c.Key = key
		b := setup.Budget{Property: made.Data.ID, Year: 2026, Lines: []setup.BudgetLine{{AccountCode: "4010", MonthsMinor: setup.Months{0: 5}}}}
		if _, err := s.SetBudget(testkit.Context(t), c, b); err != nil {
			t.Fatal(err)
		}
	}
	return made.Data.ID
}
