package setupstore

import (
	"context"
	"encoding/json"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
)

// SetBudget puts a property's budget for a year in the place of the one before. ErrNotFound when the
// organisation has no such property; the budget is in the property's currency.
func (s *Store) SetBudget(ctx context.Context, c Change, b setup.Budget) (Result[setup.BudgetSet], error) {
	if b.Property == tenant.Setup {
		return Result[setup.BudgetSet]{}, fault.ErrNotFound
	}
	p, err := s.Property(ctx, tenant.Book{Org: c.Org, Property: b.Property})
	if err != nil {
		return Result[setup.BudgetSet]{}, err
	}
	res, err := change(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction, o organisation) (setup.BudgetSet, []*spanner.Mutation, error) {
		if err := c.Actor.Role.May(approval.SetUp); err != nil {
			return setup.BudgetSet{}, nil, err
		}
		chart, err := readChart(ctx, tx, c.Org, o.chartVersion)
		if err != nil {
			return setup.BudgetSet{}, nil, err
		}
		b.Currency = p.Currency
		whole, err := setup.NewBudget(b, chart)
		data := setup.BudgetSet{Budget: whole}
		if err != nil {
			return data, nil, err
		}
		text, err := json.Marshal(data)
		return data, []*spanner.Mutation{spanner.InsertOrUpdateMap(budgets, map[string]any{
			"OrgId": string(c.Org), "PropertyId": string(b.Property), "Year": int64(b.Year),
			"Budget": string(text), "Version": o.version + 1,
		})}, err
	})
	res.Data.Version = res.Version
	return res, err
}

// ReadBudget reads a property's budget for a year as it stands at a snapshot: one row by its key.
// False when none was ever set.
func ReadBudget(ctx context.Context, snap *spannerdb.Snapshot, org tenant.OrgID, property tenant.PropertyID, year int) (b setup.Budget, found bool, err error) {
	defer fault.Wrap(&err, "setupstore.ReadBudget(%d)", year)
	key := spanner.Key{string(org), string(property), int64(year)}
	opts := &spanner.ReadOptions{RequestTag: "setup/budget"}
	err = snap.Read(ctx, budgets, key, []string{"Budget", "Version"}, opts, func(r *spanner.Row) error {
		var text string
		var version int64
		if err := r.Columns(&text, &version); err != nil {
			return err
		}
		found = true
		err := json.Unmarshal([]byte(text), &b)
		b.Version = version
		return err
	})
	return b, found, unavailable(err)
}

// Budget is ReadBudget at the moment of the read.
func (s *Store) Budget(ctx context.Context, org tenant.OrgID, property tenant.PropertyID, year int) (setup.Budget, bool, error) {
	return ReadBudget(ctx, s.db.Snapshot(), org, property, year)
}

// budgetsAtOnce is how many events BudgetAt reads at a time, the newest first: the one that it looks
// for is most often among the last, and a budget of a whole chart has 100 KB.
const budgetsAtOnce = 32

// BudgetAt is the budget as the organisation's events said it at a moment, which must not lie after
// the snapshot; false when none had been set by then. It costs a read of the key range of the setup
// stream, of which it takes versions, types and times alone, and one for each 32 budgets that any
// property has set up to then, until it has found the one.
func BudgetAt(ctx context.Context, snap *spannerdb.Snapshot, org tenant.OrgID, property tenant.PropertyID, year int, knownAt time.Time) (_ setup.Budget, found bool, err error) {
	defer fault.Wrap(&err, "setupstore.BudgetAt(%d)", year)
	book := tenant.Book{Org: org, Property: tenant.Setup}
	versions, err := versionsOf(ctx, snap, book, setup.BudgetSet{}.Type(), knownAt)
	for err == nil && len(versions) > 0 {
		first := max(0, len(versions)-budgetsAtOnce)
		var b setup.Budget
		if b, found, err = lastBudget(ctx, snap, book, versions[first:], property, year); found {
			return b, true, nil
		}
		versions = versions[:first]
	}
	return setup.Budget{}, false, unavailable(err)
}

// lastBudget is the last budget of the property and year among events of the setup stream.
func lastBudget(ctx context.Context, snap *spannerdb.Snapshot, book tenant.Book, versions []int64, property tenant.PropertyID, year int) (last setup.Budget, found bool, err error) {
	keys := make([]spanner.KeySet, len(versions))
	for i, v := range versions {
		keys[i] = bookKey(book, setup.Stream, v)
	}
	opts := &spanner.ReadOptions{RequestTag: "setup/budget_events"}
	columns := []string{"Version", "Type", "SchemaVersion", "Data"}
	err = snap.Read(ctx, events, spanner.KeySets(keys...), columns, opts, func(r *spanner.Row) error {
		var version, schema int64
		var kind, raw string
		if err := r.Columns(&version, &kind, &schema, &raw); err != nil {
			return err
		}
		data, err := setup.Decode[setup.BudgetSet](daybook.EventType(kind), schema, raw)
		if err == nil && data.Property == property && data.Year == year && version > last.Version {
			last, found = data.Budget, true
			last.Version = version
		}
		return err
	})
	return last, found, err
}
