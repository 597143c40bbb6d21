package daybookstore_test

import (
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

var (
	owner   = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}
	manager = approval.Actor{Subject: "manager", Role: approval.PropertyManager, Version: 2}
	noon    = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	today   = bizdate.MustParse("2026-03-10")
)

// house is a property with its books, and a store on a clock that the test moves.
type house struct {
	*daybookstore.Store
	db   *spannerdb.DB
	desk daybookstore.Desk
	now  *time.Time
}

// newHouse makes a property with go-live and opening in a database.
func newHouse(t testing.TB, db *spannerdb.DB, goLive string, openingMinor int64) house {
	t.Helper()
	now := noon
	id := ids.NewUUID()
	h := house{db: db, now: &now, desk: daybookstore.Desk{
		Book:     tenant.Book{Org: "org-" + tenant.OrgID(ids.NewUUID().String()), Property: tenant.PropertyID(id.String())},
		Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: bizdate.MustParse(goLive)},
		Zone:     time.UTC, Policy: approval.Default(), Chart: ledger.Default(),
	}}
	h.Store = daybookstore.New(db, func() time.Time { return *h.now })
	b := h.desk.Book
	ms := []*spanner.Mutation{spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), "H", "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(h.desk.Property.GoLive.Time()), 10, spanner.CommitTimestamp})}
	first, err := daybookstore.Opening(h.desk, owner, daybook.Hash{1}, openingMinor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Client().Apply(testkit.Context(t), append(ms, first...)); err != nil {
		t.Fatal(err)
	}
	return h
}

func revenue(date string, minor int64) daybook.Draft {
	return daybook.Draft{
		Kind: ledger.Revenue, BusinessDate: bizdate.MustParse(date), AmountMinor: minor, Currency: money.Currency("EUR"),
		Mode: ledger.Cash, Category: "ROOM",
	}
}

func record(key string, d daybook.Draft) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Action: daybook.Record{Draft: d}}
}
