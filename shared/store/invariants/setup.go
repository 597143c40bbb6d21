package invariants

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
)

// FindSetup lists what an organisation's setup stream breaks: versions without a gap, each link of
// the chain, and the organisation's row at the end of both (I11); every budget's row says what the last
// event says that set it, and neither is without the other (I10).
func FindSetup(ctx context.Context, db *spannerdb.DB, org tenant.OrgID) ([]Finding, error) {
	all, err := FindSetups(ctx, db, []tenant.OrgID{org})
	return all[org], err
}

// FindSetups is FindSetup for several organisations: three RPCs for all of them. Those that break nothing
// are not in what it gives.
func FindSetups(ctx context.Context, db *spannerdb.DB, orgs []tenant.OrgID) (map[tenant.OrgID][]Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	all := map[tenant.OrgID]*setupCheck{}
	var streams, rows, budgets []spanner.KeySet
	for _, org := range orgs {
		book := tenant.Book{Org: org, Property: tenant.Setup}
		all[org] = &setupCheck{check: check{book: book}, set: map[budgetKey]event{}}
		streams = append(streams, spanner.Key{book.Shard(), string(org), string(tenant.Setup), setup.Stream}.AsPrefix())
		rows, budgets = append(rows, spanner.Key{string(org)}), append(budgets, spanner.Key{string(org)}.AsPrefix())
	}
	snap := db.Snapshot()
	read := func(table string, keys []spanner.KeySet, columns []string, each func(*setupCheck, *spanner.Row) error) error {
		return snap.Read(ctx, table, spanner.KeySets(keys...), append([]string{"OrgId"}, columns...), nil, func(r *spanner.Row) error {
			var org string
			if err := r.Column(0, &org); err != nil {
				return err
			}
			return each(all[tenant.OrgID(org)], r)
		})
	}
	err := cmp.Or(
		read("Events", streams, columns["Events"], (*setupCheck).event),
		read("Organizations", rows, []string{"StreamVersion", "ChainHash"}, (*setupCheck).organisation),
		read("Budgets", budgets, []string{"PropertyId", "Year", "Budget", "Version"}, (*setupCheck).budget),
	)
	found := map[tenant.OrgID][]Finding{}
	for org, c := range all {
		if c.budgetsLeft(); len(c.findings) > 0 {
			found[org] = c.findings
		}
	}
	return found, err
}

// setupCheck is one look at a setup stream.
type setupCheck struct {
	check
	version int64
	chain   daybook.Hash
	set     map[budgetKey]event // the last event that set each budget, until its row is found
}

func (c *setupCheck) event(r *spanner.Row) error {
	var e event
	if err := r.ToStructLenient(&e); err != nil {
		return err
	}
	c.version++
	same(&c.check, "I11", e.where(), "the version", e.Version, c.version)
	c.chain = daybook.Link(c.chain, c.book, e.StreamId, e.Version, daybook.EventType(e.Type), e.SchemaVersion,
		hash(e.Cause), daybook.Raw{Actor: e.Actor, Judged: e.Judged, Data: e.Data})
	if !bytes.Equal(c.chain[:], e.ChainHash) {
		c.failf("I11", e.where(), "the chain hash is not that of the event and the one before")
	}
	return noteBudget(c.set, e)
}

func (c *setupCheck) organisation(r *spanner.Row) error {
	var org string
	var last int64
	var link []byte
	if err := r.Columns(&org, &last, &link); err != nil {
		return err
	}
	same(&c.check, "I11", on(setup.Stream), "the organisation's stream version", last, c.version)
	if !bytes.Equal(link, c.chain[:]) {
		c.failf("I11", on(setup.Stream), "the organisation's chain hash is not that of its last event")
	}
	return nil
}

// budgetKey is whose budget it is, and for when.
type budgetKey struct {
	property string
	year     int64
}

func (k budgetKey) where() place { return place{text: fmt.Sprintf("budget %s/%d", k.property, k.year)} }

func noteBudget(set map[budgetKey]event, e event) error {
	if e.Type != string(setup.BudgetSet{}.Type()) {
		return nil
	}
	var of struct {
		PropertyID string `json:"propertyId"`
		Year       int64  `json:"year"`
	}
	if err := json.Unmarshal([]byte(e.Data), &of); err != nil {
		return fmt.Errorf("%s: %w", e.where(), err)
	}
	set[budgetKey{of.PropertyID, of.Year}] = e
	return nil
}

func (c *setupCheck) budget(r *spanner.Row) error {
	var k budgetKey
	var org, text string
	var version int64
	if err := r.Columns(&org, &k.property, &k.year, &text, &version); err != nil {
		return err
	}
	e, found := c.set[k]
	delete(c.set, k)
	if !found {
		c.failf("I10", k.where(), "the row has no event")
		return nil
	}
	same(&c.check, "I10", k.where(), "the row's version", version, e.Version)
	same(&c.check, "I10", k.where(), "the row's budget", text, e.Data)
	return nil
}

func (c *setupCheck) budgetsLeft() {
	for k := range c.set {
		c.failf("I10", k.where(), "the event has no row")
	}
}
