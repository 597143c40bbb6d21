package invariants

import (
	"bytes"
	"context"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
)

// FindSetup lists what an organisation's setup stream breaks: versions without a gap, each link of
// the chain, and the organisation's row at the end of both (I11).
func FindSetup(ctx context.Context, db *spannerdb.DB, org tenant.OrgID) ([]Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	book := tenant.Book{Org: org, Property: tenant.Setup}
	snap := db.Snapshot()
	c := &check{book: book}
	var version int64
	var chain daybook.Hash
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
		return nil
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
	return c.findings, err
}
