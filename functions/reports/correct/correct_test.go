package correct

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/invariants"
)

// TestSweepFindsAndRepairs: a sweep finds what was written beside the product; it waits for company,
// and a nudge or a sweep after five minutes repairs it.
func TestSweepFindsAndRepairs(t *testing.T) {
	t.Parallel()
	ahead := time.Duration(0)
	b := api.NewBackend(api.Parts{DB: testkit.Spanner(t), Now: func() time.Time { return events.Now().Add(ahead) }})
	f := function{func(context.Context) (*api.Backend, error) { return b, nil }}
	org, owner := tenant.OrgID(ids.NewUUID().String()), approval.Actor{Subject: "owner", Role: approval.OwnerAdmin}
	ctx := testkit.Context(t)
	_, err := b.Setup.CreateOrganisation(ctx, setupstore.Change{Org: org, Actor: owner, Key: "o"}, setup.Organisation{Name: "Group", BaseCurrency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	today := bizdate.Of(time.Now(), time.UTC, 0)
	made, err := b.Setup.CreateProperty(ctx, setupstore.Change{Org: org, Actor: owner, Key: "p"}, setup.Property{
		Code: "A", Name: "House", Type: "HOTEL", TimeZone: "UTC", Currency: "EUR", GoLive: today,
	}, 700)
	if err != nil {
		t.Fatal(err)
	}
	book := tenant.Book{Org: org, Property: made.Data.ID}
	damaged := spanner.Update("DailyCashBalances", []string{"ShardId", "OrgId", "PropertyId", "Month", "BusinessDate", "OpeningMinor", "ClosingMinor"},
		[]any{book.Shard(), string(org), string(book.Property), int64(today.Month()), civil.DateOf(today.Time()), 900, 900})
	if _, err := b.DB.Client().Apply(ctx, []*spanner.Mutation{damaged}); err != nil {
		t.Fatal(err)
	}
	status := func() correctionstore.Status {
		t.Helper()
		page, err := b.Corrections.List(ctx, correctionstore.Query{Org: org, Limit: 10})
		if err != nil || len(page.Corrections) != 1 {
			t.Fatal(page, err)
		}
		return page.Corrections[0].Status
	}
	call := func(do func(context.Context) error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), api.ReportTimeout)
		defer cancel()
		if err := do(ctx); err != nil {
			t.Fatal(err)
		}
	}
	nudge := func(ctx context.Context) error { return f.queued(ctx, pushfn.Message{}) }
	call(f.sweep)
	call(nudge)
	if s := status(); s != correctionstore.Queued {
		t.Errorf("after a sweep: %s", s)
	}
	ahead = correctionstore.MaxDelay
	call(f.sweep)
	if s := status(); s != correctionstore.Done {
		t.Errorf("after five minutes: %s", s)
	}
	invariants.Check(t, b.DB, book)
}
