package setupstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

const org = tenant.OrgID("org")

// house is an organisation with two properties.
type house struct {
	*setupstore.Store
	db    *spannerdb.DB
	calls *rpc.Counter
	owner approval.Actor
	first tenant.PropertyID
	other tenant.PropertyID
	keys  int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{calls: &rpc.Counter{}, owner: approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}}
	h.db = testkit.Spanner(t, h.calls.Options()...)
	h.Store = setupstore.New(h.db, func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) })
	if _, err := h.CreateOrganisation(testkit.Context(t), h.change(), setup.Organisation{Name: "Org", BaseCurrency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	for code, id := range map[string]*tenant.PropertyID{"A": &h.first, "B": &h.other} {
		made, err := h.CreateProperty(testkit.Context(t), h.change(), setup.Property{
			Code: code, Name: "House", Type: "HOTEL", TimeZone: "UTC", Currency: "INR", GoLive: bizdate.MustParse("2026-03-01"),
		}, 0)
		if err != nil {
			t.Fatal(err)
		}
		*id = made.Data.ID
	}
	return h
}

// change is one under a key of its own.
func (h *house) change() setupstore.Change {
	h.keys++
	return setupstore.Change{Org: org, Actor: h.owner, Key: fmt.Sprint("k", h.keys)}
}

// set sets a budget of one line and gives it as it stands, and when it was set.
func (h *house) set(t *testing.T, of tenant.PropertyID, year int, minor int64) (setup.Budget, time.Time) {
	t.Helper()
	res, err := h.SetBudget(testkit.Context(t), h.change(), budget(of, year, minor))
	if err != nil {
		t.Fatal(err)
	}
	return res.Data.Budget, res.At
}

func budget(of tenant.PropertyID, year int, minor int64) setup.Budget {
	return setup.Budget{Property: of, Year: year, Lines: []setup.BudgetLine{{AccountCode: "4010", MonthsMinor: setup.Months{0: minor}}}}
}

// same fails unless a read gave the budget; the zero Budget is none.
func same(t *testing.T, what string, want setup.Budget) func(setup.Budget, bool, error) {
	t.Helper()
	return func(got setup.Budget, found bool, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" || found != (want.Year != 0) {
			t.Errorf("%s: found %v, %v (-want +got):\n%s", what, found, err, diff)
		}
	}
}

// TestBudgets: the last one of a property and year stands, in the property's currency, and what was
// known at an earlier moment is what the events say, however many were set since.
func TestBudgets(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := testkit.Context(t)
	none := setup.Budget{}
	old, atOld := h.set(t, h.first, 2026, 100)
	neighbour, _ := h.set(t, h.other, 2026, 7)
	for year := range 40 { // more than one read of events takes
		h.set(t, h.other, 2030+year, 1)
	}
	now, atNow := h.set(t, h.first, 2026, 200)
	if old.Currency != "INR" || old.Version != 4 || now.Version != old.Version+42 || now.Lines[0].MonthsMinor[0] != 200 {
		t.Fatalf("old %+v, now %+v", old, now)
	}
	snap := h.db.SnapshotAt(atNow)
	same(t, "now", now)(setupstore.ReadBudget(ctx, snap, org, h.first, 2026))
	same(t, "at its own moment", old)(setupstore.ReadBudget(ctx, h.db.SnapshotAt(atOld), org, h.first, 2026))
	same(t, "the other property", neighbour)(setupstore.ReadBudget(ctx, snap, org, h.other, 2026))
	same(t, "another year", none)(setupstore.ReadBudget(ctx, snap, org, h.first, 2027))
	same(t, "another organisation", none)(setupstore.ReadBudget(ctx, snap, "org2", h.first, 2026))

	same(t, "known now", now)(setupstore.BudgetAt(ctx, snap, org, h.first, 2026, atNow))
	same(t, "known just before", old)(setupstore.BudgetAt(ctx, snap, org, h.first, 2026, atNow.Add(-1)))
	same(t, "known at the first", old)(setupstore.BudgetAt(ctx, snap, org, h.first, 2026, atOld))
	same(t, "known before the first", none)(setupstore.BudgetAt(ctx, snap, org, h.first, 2026, atOld.Add(-1)))
	same(t, "known of another year", none)(setupstore.BudgetAt(ctx, snap, org, h.first, 2027, atNow))
	same(t, "known of another organisation", none)(setupstore.BudgetAt(ctx, snap, "org2", h.first, 2026, atNow))

	h.calls.Reset()
	same(t, "now", now)(setupstore.ReadBudget(ctx, snap, org, h.first, 2026))
	if n := h.calls.Total(); n != 1 {
		t.Errorf("a budget takes %d RPCs", n)
	}
	h.calls.Reset()
	same(t, "known now", now)(setupstore.BudgetAt(ctx, snap, org, h.first, 2026, atNow))
	if n := h.calls.Total(); n != 2 {
		t.Errorf("the last budget that is known takes %d RPCs", n)
	}
}

// TestSetBudgetTakesEffectOnce: repeated it answers as the first time, also after another one was set.
func TestSetBudgetTakesEffectOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := testkit.Context(t)
	c := h.change()
	first, err := h.SetBudget(ctx, c, budget(h.first, 2026, 100))
	if err != nil || first.Replayed {
		t.Fatalf("%+v, %v", first, err)
	}
	later, _ := h.set(t, h.first, 2026, 200)
	again, err := h.SetBudget(ctx, c, budget(h.first, 2026, 100))
	first.Replayed = true
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("%v (-first +again):\n%s", err, diff)
	}
	same(t, "after the repetition", later)(h.Budget(ctx, org, h.first, 2026))
}

// TestBudgetsOfNobody: a property that the organisation does not have, and a role that may not.
func TestBudgetsOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, of := range []tenant.PropertyID{tenant.PropertyID(ids.NewUUID().String()), tenant.Setup} {
		if _, err := h.SetBudget(testkit.Context(t), h.change(), budget(of, 2026, 1)); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("property %s: %v", of, err)
		}
	}
	c := h.change()
	c.Actor.Role = approval.Accountant
	if _, err := h.SetBudget(testkit.Context(t), c, budget(h.first, 2026, 1)); !errors.Is(err, approval.ErrForbidden) {
		t.Errorf("an accountant: %v", err)
	}
	same(t, "after refusals", setup.Budget{})(h.Budget(testkit.Context(t), org, h.first, 2026))
}
