package invariants

import (
	"bytes"
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
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	book := tenant.Book{Org: org, Property: tenant.Setup}
	snap := db.Snapshot()
	c := &check{book: book}
	var version int64
	var chain daybook.Hash
	set := map[budgetKey]event{}
	key := spanner.Key{book.Shard(), string(org), string(tenant.Setup), setup.Stream}
	err := snap.Read(ctx, "Events", key.AsPrefix(), columns["Events"], nil, func(r *spanner.Row) error {
		var e event
		if err := r.ToStruct(&e); err != nil {
			return err
		}
		version++
		same(c, "I11", e.where(), "the version", e.Version, version)
		chain = daybook.Link(chain, book, e.StreamId, e.Version, daybook.EventType(e.Type), e.SchemaVersion,
			hash(e.Cause), daybook.Raw{Actor: e.Actor, Judged: e.Judged, Data: e.Data})
		if !bytes.Equal(chain[:], e.ChainHash) {
			c.failf("I11", e.where(), "the chain hash is not that of the event and the one before")
		}
		return noteBudget(set, e)
	})
	if err != nil {
		return nil, err
	}
	err = snap.Read(ctx, "Organizations", spanner.Key{string(org)}, []string{"StreamVersion", "ChainHash"}, nil, func(r *spanner.Row) error {
		var last int64
		var link []byte
		if err := r.Columns(&last, &link); err != nil {
			return err
		}
		same(c, "I11", on(setup.Stream), "the organisation's stream version", last, version)
		if !bytes.Equal(link, chain[:]) {
			c.failf("I11", on(setup.Stream), "the organisation's chain hash is not that of its last event")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.findings, c.budgetRows(ctx, snap, org, set)
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

func (c *check) budgetRows(ctx context.Context, snap *spannerdb.Snapshot, org tenant.OrgID, set map[budgetKey]event) error {
	columns := []string{"PropertyId", "Year", "Budget", "Version"}
	err := snap.Read(ctx, "Budgets", spanner.Key{string(org)}.AsPrefix(), columns, nil, func(r *spanner.Row) error {
		var k budgetKey
		var text string
		var version int64
		if err := r.Columns(&k.property, &k.year, &text, &version); err != nil {
			return err
		}
		e, found := set[k]
		delete(set, k)
		if !found {
			c.failf("I10", k.where(), "the row has no event")
			return nil
		}
		same(c, "I10", k.where(), "the row's version", version, e.Version)
		same(c, "I10", k.where(), "the row's budget", text, e.Data)
		return nil
	})
	for k := range set {
		c.failf("I10", k.where(), "the event has no row")
	}
	return err
}
