package reportstore

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/setupstore"
)

// Accounts are the accounts of an organisation by its charts, as they were known.
func (r Reader) Accounts(ctx context.Context, org tenant.OrgID) (_ report.Accounts, err error) {
	defer fault.Wrap(&err, "reportstore.Accounts")
	charts, err := setupstore.Charts(ctx, r.Snap, org, r.Known)
	return report.NewAccounts(charts), err
}

// Begun reports whether the property's books had begun at the moment: whether there was the first event
// of go-live, which its creation writes. One read by key.
func (r Reader) Begun(ctx context.Context, b Book) (begun bool, err error) {
	defer fault.Wrap(&err, "reportstore.Begun")
	key := spanner.Key{b.Shard(), string(b.Org), string(b.Book.Property), b.Property.GoLive.String(), int64(1)}
	opts := &spanner.ReadOptions{RequestTag: "reports/begun"}
	err = r.Snap.Read(ctx, eventlog.Table, key, []string{"RecordedAt"}, opts, func(row *spanner.Row) error {
		var at time.Time
		err := row.Columns(&at)
		begun = r.Known.IsZero() || !at.After(r.Known)
		return err
	})
	return begun, unavailable(err)
}

// Statistics are the room statistics of a range of dates, oldest first, of those that have any.
func (r Reader) Statistics(ctx context.Context, b Book, from, to bizdate.Date) (_ []daybook.Statistics, err error) {
	if r.Known.IsZero() {
		return daybookstore.ReadStatistics(ctx, r.Snap, b.Book, from, to)
	}
	defer fault.Wrap(&err, "reportstore.Statistics(%s..%s)", from, to)
	events, err := r.streams(ctx, b, from, to)
	var out []daybook.Statistics
	for len(events) > 0 {
		own := firstStream(events)
		list := make([]daybook.Event, len(own))
		for i, e := range own {
			list[i] = e.Event
		}
		if s, recorded := daybook.StatisticsOf(list); recorded {
			out = append(out, s)
		}
		events = events[len(own):]
	}
	return out, unavailable(err)
}

// Budget is a property's budget for a year; false when none was set.
func (r Reader) Budget(ctx context.Context, b Book, year int) (setup.Budget, bool, error) {
	if r.Known.IsZero() {
		return setupstore.ReadBudget(ctx, r.Snap, b.Org, b.Book.Property, year)
	}
	return setupstore.BudgetAt(ctx, r.Snap, b.Org, b.Book.Property, year, r.Known)
}
