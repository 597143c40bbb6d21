package eventapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/testkit"
)

// All of the story is fixed, so that its events are the same each time: ids, keys, the clock.
var (
	property = ids.UUID{0x8d, 0x9f, 0x3a, 0x52, 0x0c, 0x1e, 0x4b, 0x7a, 0x9f, 0x65, 0x2f, 0x8f, 0x0c, 0x6f, 0x4a, 0x10}
	house    = tenant.Book{Org: "acme", Property: tenant.PropertyID(property.String())}
	first    = bizdate.MustParse("2026-03-01")
	second   = bizdate.MustParse("2026-03-02")
	noon     = second.Time().Add(12 * time.Hour)
	owner    = approval.Actor{Subject: "auth0|owner", Role: approval.OwnerAdmin, Version: 1}
	clerk    = approval.Actor{Subject: "auth0|clerk", Role: approval.FrontDesk, Version: 3}
)

// story writes the books of two days by the store, with each type of event, and reads them back.
func story(t testing.TB) []eventlog.Stored {
	t.Helper()
	db := testkit.Spanner(t)
	d := daybookstore.Desk{
		Book: house, Property: daybook.Property{UUID: property, Currency: "EUR", GoLive: first},
		Zone: time.UTC, Policy: approval.Default(), Chart: ledger.Default(),
	}
	ms, err := daybookstore.Opening(d, owner, daybook.KeyFor(house, owner.Subject, "PropertyCreated", "1"), 50_000)
	if err != nil {
		t.Fatal(err)
	}
	row := spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{house.Shard(), string(house.Org), string(house.Property), "QUAY", "Quay House", "GUEST_HOUSE", "UTC", 0, "EUR", civil.DateOf(first.Time()), 10, spanner.CommitTimestamp})
	if _, err := db.Client().Apply(testkit.Context(t), append([]*spanner.Mutation{row}, ms...)); err != nil {
		t.Fatal(err)
	}
	s := daybookstore.New(db, func() time.Time { return noon })
	keys := 0
	do := func(a approval.Actor, id ids.Entry, action daybook.Action) ids.Entry {
		t.Helper()
		keys++
		r, err := s.Execute(testkit.Context(t), d, daybookstore.Order{Actor: a, Key: string(rune('a' + keys)), Action: action, Entry: id})
		if err != nil {
			t.Fatalf("%T: %v", action, err)
		}
		if made, ok := r.Data.(daybook.EntryRecorded); ok {
			id, _ = ids.ParseEntry(made.Locator(property))
		}
		return id
	}
	tell(do)
	return stored(t, db, house)
}

func tell(do func(approval.Actor, ids.Entry, daybook.Action) ids.Entry) {
	at := first.Time().Add(9*time.Hour + 30*time.Minute)
	room := daybook.Draft{
		Kind: ledger.Revenue, BusinessDate: first, AmountMinor: 118_000, Taxes: []ledger.TaxLine{{Code: "VAT", AmountMinor: 18_000}},
		Currency: "EUR", Mode: ledger.Cash, Category: "ROOM", Description: "Room 12, two nights <late>",
		External: &daybook.ExternalRef{System: "pms", ID: "F-2026-0117"}, OccurredAt: &at,
	}
	none := ids.Entry{}
	do(owner, none, daybook.Record{Draft: room})
	do(owner, none, daybook.Count{Date: first, CountedMinor: 167_900, Blind: true, Note: "one coin short",
		Denominations: []daybook.Denomination{{ValueMinor: 5_000, Quantity: 33}, {ValueMinor: 100, Quantity: 29}}})
	do(owner, none, daybook.Close{Date: first})
	do(owner, none, daybook.Reopen{Date: first, Reason: "The bar's till was left out."})
	do(owner, none, daybook.Close{Date: first})
	plumber := daybook.Draft{
		Kind: ledger.Expense, BusinessDate: second, AmountMinor: 23_800, Taxes: []ledger.TaxLine{{Code: "VAT", AmountMinor: 3_800}},
		Currency: "EUR", Mode: ledger.Bank, Category: "MAINTENANCE", Description: "Boiler", BankReference: "TR-5501", VendorName: "Pipe & Sons",
	}
	approved := do(clerk, none, daybook.Record{Draft: plumber})
	do(owner, approved, daybook.Approve{EntryID: approved.String()})
	do(owner, approved, daybook.Reverse{EntryID: approved.String(), Reason: "Paid twice."})
	drop := daybook.Draft{Kind: ledger.Movement, BusinessDate: second, AmountMinor: 100_000, Currency: "EUR", Mode: ledger.Cash, Category: "BANK_DEPOSIT"}
	rejected := do(clerk, none, daybook.Record{Draft: drop})
	do(owner, rejected, daybook.Reject{EntryID: rejected.String(), Reason: "No slip."})
	withdrawn := do(clerk, none, daybook.Record{Draft: drop})
	do(clerk, withdrawn, daybook.Withdraw{EntryID: withdrawn.String(), Reason: "Not sent after all."})
	do(owner, none, daybook.Grant{Subject: "auth0|manager"})
	do(owner, none, daybook.Count{Date: second, CountedMinor: 168_000})
	guests := int64(13)
	do(clerk, none, daybook.RecordStatistics{Date: second, Rooms: daybook.Rooms{Available: 10, OutOfOrder: 1, Sold: 7, Complimentary: 1, Guests: &guests}})
	do(owner, none, daybook.RecordStatistics{Date: second})
}

// stored are the events of a property as the table holds them.
func stored(t testing.TB, db *spannerdb.DB, b tenant.Book) []eventlog.Stored {
	t.Helper()
	var all []eventlog.Stored
	key := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}
	err := db.Client().Single().Read(testkit.Context(t), eventlog.Table, key.AsPrefix(), eventlog.Columns).Do(func(r *spanner.Row) error {
		e, err := eventlog.Read(r)
		all = append(all, e)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// setupStory changes an organisation's setup by the store, in each way, and reads its events back.
func setupStory(t testing.TB) []eventlog.Stored {
	t.Helper()
	db := testkit.Spanner(t)
	s := setupstore.New(db, func() time.Time { return noon })
	c := setupstore.Change{Org: house.Org, Actor: approval.Actor{Subject: owner.Subject}}
	ctx := testkit.Context(t)
	next := func() setupstore.Change {
		c.Key += "x"
		return c
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.CreateOrganisation(ctx, next(), setup.Organisation{Name: "Acme", BaseCurrency: "EUR"})
	must(err)
	c.Actor.Role = approval.OwnerAdmin
	made, err := s.CreateProperty(ctx, next(), quay("00000000-0000-4000-8000-000000000000"), 0)
	must(err)
	_, err = s.SetMember(ctx, next(), setup.Member{Subject: "auth0|clerk", Role: approval.FrontDesk, Properties: []tenant.PropertyID{made.Data.ID}})
	must(err)
	_, err = s.SetMember(ctx, next(), setup.Member{Subject: "auth0|auditor", Role: approval.Auditor})
	must(err)
	_, err = s.RemoveMember(ctx, next(), "auth0|auditor")
	must(err)
	_, err = s.SetPolicy(ctx, next(), policy)
	must(err)
	_, err = s.SetPolicy(ctx, next(), approval.Default())
	must(err)
	_, err = s.SetChart(ctx, next(), ledger.Default().Accounts)
	must(err)
	_, err = s.SetBudget(ctx, next(), budget(made.Data.ID))
	must(err)
	_, err = s.SetBudget(ctx, next(), setup.Budget{Property: made.Data.ID, Year: 2026})
	must(err)
	return append(stored(t, db, tenant.Book{Org: house.Org, Property: tenant.Setup}),
		stored(t, db, tenant.Book{Org: house.Org, Property: made.Data.ID})...)
}

var policy = approval.Policy{DailyGrant: true, Rules: []approval.Rule{
	{Roles: []approval.Role{approval.OwnerAdmin}, SelfApproval: true},
	{Roles: []approval.Role{approval.PropertyManager}, Kinds: []ledger.Kind{ledger.Expense}, Categories: []string{"MAINTENANCE"},
		PaymentModes: []ledger.PaymentMode{ledger.Cash, ledger.Bank}, MaxAmountMinor: 50_000, Currency: "EUR"},
}}

// budget is one of an income and an expense account, and of rooms.
func budget(of tenant.PropertyID) setup.Budget {
	return setup.Budget{
		Property: of, Year: 2026, Currency: "EUR", ChartVersion: 6,
		Lines: []setup.BudgetLine{
			{AccountCode: "4010", MonthsMinor: setup.Months{900_000, 900_000, 1_100_000, 1_300_000, 1_500_000, 1_700_000,
				1_900_000, 1_900_000, 1_600_000, 1_200_000, 900_000, 1_000_000}},
			{AccountCode: "6010", MonthsMinor: setup.Months{400_000, 400_000, 400_000, 400_000, 500_000, 500_000,
				500_000, 500_000, 400_000, 400_000, 400_000, 400_000}},
		},
		RoomsAvailable: &setup.Months{310, 280, 310, 300, 310, 300, 310, 310, 300, 310, 300, 310},
		RoomsSold:      &setup.Months{120, 115, 150, 180, 210, 230, 260, 260, 220, 170, 120, 130},
	}
}

func quay(id tenant.PropertyID) setup.Property {
	return setup.Property{
		ID: id, Code: "QUAY", Name: "Quay House", Type: "GUEST_HOUSE", TimeZone: "Europe/Lisbon", CutoffMinutes: 240,
		Currency: "EUR", GoLive: first, RoomCount: 10,
	}
}

// setupEvents are the events of a setup stream with ids that stay, as the store encodes them.
func setupEvents(t testing.TB) []eventlog.Stored {
	t.Helper()
	clerks := setup.Member{Subject: clerk.Subject, Role: clerk.Role, Properties: []tenant.PropertyID{house.Property}}
	inForce := policy
	inForce.Version = 5
	book := tenant.Book{Org: house.Org, Property: tenant.Setup}
	var all []eventlog.Stored
	var chain daybook.Hash
	for i, data := range []daybook.Data{
		setup.OrganisationCreated{Organisation: setup.Organisation{Name: "Acme", BaseCurrency: "EUR", Plan: setup.DefaultPlan}, Owner: owner.Subject},
		setup.PropertyCreated{Property: quay(house.Property), OpeningMinor: 50_000},
		setup.MemberSet{Member: clerks}, setup.MemberRemoved{Subject: "auth0|auditor"}, setup.PolicySet{Policy: inForce},
		setup.ChartSet{Accounts: ledger.Default().Accounts}, setup.BudgetSet{Budget: budget(house.Property)},
	} {
		e := eventlog.Stored{
			Book: book, Stream: setup.Stream, Version: int64(i) + 1, Type: data.Type(), Schema: daybook.SchemaVersion,
			Cause: daybook.KeyFor(book, owner.Subject, string(data.Type()), "1"),
			Raw:   daybook.Raw{Actor: text(t, owner), Judged: "{}", Data: text(t, data)},
			At:    noon,
		}
		chain = daybook.Link(chain, book, e.Stream, e.Version, e.Type, e.Schema, e.Cause, e.Raw)
		e.Chain = chain
		all = append(all, e)
	}
	return all
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
