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
	"innkeep.internal/shared/testkit/invariants"
)

var (
	owner   = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}
	manager = approval.Actor{Subject: "manager", Role: approval.PropertyManager, Version: 2}
	noon    = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	today   = bizdate.MustParse("2026-03-10")

	accountant = approval.Actor{Subject: "accountant", Role: approval.Accountant, Version: 3}
)

// house is a property with its books, and a store on a clock that the test moves.
type house struct {
	*daybookstore.Store
	db   *spannerdb.DB
	desk daybookstore.Desk
	now  *time.Time
}

// newHouse makes a property with go-live and opening in a database. After the test its books must
// be sound.
func newHouse(t testing.TB, db *spannerdb.DB, goLive string, openingMinor int64, opts ...invariants.Option) house {
	t.Helper()
	return newHouseOf(t, db, tenant.OrgID("org-"+ids.NewUUID().String()), goLive, openingMinor, opts...)
}

// newHouseOf is newHouse for a property of a given organisation.
func newHouseOf(t testing.TB, db *spannerdb.DB, org tenant.OrgID, goLive string, openingMinor int64, opts ...invariants.Option) house {
	t.Helper()
	now := noon
	id := ids.NewUUID()
	h := house{db: db, now: &now, desk: daybookstore.Desk{
		Book:     tenant.Book{Org: org, Property: tenant.PropertyID(id.String())},
		Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: bizdate.MustParse(goLive)},
		Zone:     time.UTC, Policy: approval.Default(), Chart: ledger.Default(),
	}}
	h.Store = daybookstore.New(db, func() time.Time { return *h.now })
	b := h.desk.Book
	ms := []*spanner.Mutation{spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), id.String()[:8], "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(h.desk.Property.GoLive.Time()), 10, spanner.CommitTimestamp})}
	first, err := daybookstore.Opening(h.desk, owner, daybook.Hash{1}, openingMinor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Client().Apply(testkit.Context(t), append(ms, first...)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { invariants.Check(t, db, b, opts...) })
	return h
}

// at is the house as another instance of the function sees it: by a client of its own.
func (h house) at(db *spannerdb.DB) house {
	now := h.now
	h.db, h.Store = db, daybookstore.New(db, func() time.Time { return *now })
	return h
}

// do carries out an order that must succeed.
func (h house) do(t testing.TB, o daybookstore.Order) daybookstore.Receipt {
	t.Helper()
	r, err := h.Execute(testkit.Context(t), h.desk, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// made is where the entry stands that an order makes.
func (h house) made(o daybookstore.Order) ids.Entry {
	d := o.Action.(daybook.Record).Draft
	key := daybook.KeyFor(h.desk.Book, o.Actor.Subject, o.Action.Operation(), o.Key)
	f := daybook.Facts{ID: daybook.EntryIDFor(key, d.BusinessDate), Kind: d.Kind, BusinessDate: d.BusinessDate}
	id, err := ids.ParseEntry(f.Locator(h.desk.Property.UUID))
	if err != nil {
		panic(err)
	}
	return id
}

// posted is an entry that counts, made by the owner.
func (h house) posted(t testing.TB, key, date string, minor int64) ids.Entry {
	t.Helper()
	o := record(key, revenue(date, minor))
	h.do(t, o)
	return h.made(o)
}

// waiting is an entry that waits, made by the manager.
func (h house) waiting(t testing.TB, key, date string, minor int64) ids.Entry {
	t.Helper()
	o := record(key, revenue(date, minor))
	o.Actor = manager
	h.do(t, o)
	return h.made(o)
}

// day is a day's row; the zero Day when there is none.
func (h house) day(t testing.TB, date string) daybook.Day {
	t.Helper()
	d := mustDate(date)
	rows, err := h.Days(testkit.Context(t), h.desk.Book, d, d)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return daybook.Day{}
	}
	return rows[0]
}

func mustDate(s string) bizdate.Date { return bizdate.MustParse(s) }

func revenue(date string, minor int64) daybook.Draft {
	return daybook.Draft{
		Kind: ledger.Revenue, BusinessDate: mustDate(date), AmountMinor: minor, Currency: money.Currency("EUR"),
		Mode: ledger.Cash, Category: "ROOM",
	}
}

func expense(date string, minor int64) daybook.Draft {
	d := revenue(date, minor)
	d.Kind, d.Category = ledger.Expense, "FOOD"
	return d
}

func movement(date string, kind ledger.MovementKind, minor int64) daybook.Draft {
	d := revenue(date, minor)
	d.Kind, d.Category = ledger.Movement, string(kind)
	return d
}

func record(key string, d daybook.Draft) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Action: daybook.Record{Draft: d}}
}

func approve(key string, id ids.Entry) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Entry: id, Action: daybook.Approve{EntryID: id.String()}}
}

func reject(key string, id ids.Entry) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Entry: id, Action: daybook.Reject{EntryID: id.String(), Reason: "no receipt"}}
}

func withdraw(key string, id ids.Entry) daybookstore.Order {
	return daybookstore.Order{Actor: manager, Key: key, Entry: id, Action: daybook.Withdraw{EntryID: id.String(), Reason: "mine"}}
}

func reverse(key string, id ids.Entry) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Entry: id, Action: daybook.Reverse{EntryID: id.String(), Reason: "wrong"}}
}

func let(key, date string, r daybook.Rooms) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Action: daybook.RecordStatistics{Date: mustDate(date), Rooms: r}}
}

func closeDay(key, date string) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Action: daybook.Close{Date: mustDate(date)}}
}

func reopen(key, date string) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Action: daybook.Reopen{Date: mustDate(date), Reason: "late receipt"}}
}

func count(key, date string, minor int64) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Key: key, Action: daybook.Count{Date: mustDate(date), CountedMinor: minor}}
}
