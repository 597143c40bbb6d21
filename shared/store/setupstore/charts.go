package setupstore

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
)

// Charts are the charts of accounts that an organisation has had, the default one first, as far as its
// events said up to a moment; the zero time takes all that the snapshot sees. It costs a read of the key
// range of the setup stream, of which it takes versions, types and times alone, and one of the charts
// where any was set.
func Charts(ctx context.Context, snap *spannerdb.Snapshot, org tenant.OrgID, until time.Time) (_ []ledger.Chart, err error) {
	defer fault.Wrap(&err, "setupstore.Charts")
	book := tenant.Book{Org: org, Property: tenant.Setup}
	versions, err := versionsOf(ctx, snap, book, setup.ChartSet{}.Type(), until)
	charts := []ledger.Chart{ledger.Default()}
	if err != nil || len(versions) == 0 {
		return charts, unavailable(err)
	}
	keys := make([]spanner.KeySet, len(versions))
	for i, v := range versions {
		keys[i] = bookKey(book, setup.Stream, v)
	}
	opts := &spanner.ReadOptions{RequestTag: "setup/chart_events"}
	columns := []string{"Version", "Type", "SchemaVersion", "Data"}
	err = snap.Read(ctx, events, spanner.KeySets(keys...), columns, opts, func(r *spanner.Row) error {
		var version, schema int64
		var kind, raw string
		if err := r.Columns(&version, &kind, &schema, &raw); err != nil {
			return err
		}
		data, err := setup.Decode[setup.ChartSet](daybook.EventType(kind), schema, raw)
		if err != nil {
			return err
		}
		c, err := ledger.NewChart(version, data.Accounts)
		charts = append(charts, c)
		return err
	})
	return charts, unavailable(err)
}

// versionsOf are the versions of the setup stream's events of a type that were recorded up to a moment.
func versionsOf(ctx context.Context, snap *spannerdb.Snapshot, book tenant.Book, kind daybook.EventType, until time.Time) (out []int64, err error) {
	keys := bookKey(book, setup.Stream).AsPrefix()
	opts := &spanner.ReadOptions{RequestTag: "setup/versions"}
	err = snap.Read(ctx, events, keys, []string{"Version", "Type", "RecordedAt"}, opts, func(r *spanner.Row) error {
		var version int64
		var own string
		var at time.Time
		if err := r.Columns(&version, &own, &at); err != nil {
			return err
		}
		if own == string(kind) && (until.IsZero() || !at.After(until)) {
			out = append(out, version)
		}
		return nil
	})
	return out, err
}
