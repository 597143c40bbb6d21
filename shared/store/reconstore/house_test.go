package reconstore_test

import (
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"google.golang.org/api/option"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/reconstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/invariants"
)

var (
	owner = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}
	first = bizdate.MustParse("2026-03-01")
	today = bizdate.MustParse("2026-05-20")
)

// house is a property whose bank account is reconciled from first on, when it held 1,000.00.
type house struct {
	*reconstore.Store
	db    *spannerdb.DB
	books *daybookstore.Store
	desk  daybookstore.Desk
	keys  *int
}

func newHouse(t testing.TB, opts ...option.ClientOption) house {
	t.Helper()
	db, id := testkit.Spanner(t, opts...), ids.NewUUID()
	h := house{db: db, keys: new(int), desk: daybookstore.Desk{
		Book:     tenant.Book{Org: "org", Property: tenant.PropertyID(id.String())},
		Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: first},
		Zone:     time.UTC, Policy: approval.Default(), Chart: ledger.Default(),
	}}
	b := h.desk.Book
	h.books = daybookstore.New(db, func() time.Time { return today.Time().Add(12 * time.Hour) })
	h.Store = reconstore.New(db, h.books)
	ms := []*spanner.Mutation{spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), "MAIN", "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(first.Time()), 10, spanner.CommitTimestamp})}
	opening, err := daybookstore.Opening(h.desk, owner, daybook.Hash{1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Client().Apply(testkit.Context(t), append(ms, opening...)); err != nil {
		t.Fatal(err)
	}
	set := reconstore.Settings{Rules: recon.Rules{OpeningDate: first.AddDays(-1), OpeningMinor: 100_000, WindowDays: recon.DefaultWindowDays}}
	if _, err := h.Set(testkit.Context(t), h.act("set"), set); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { invariants.Check(t, db, b) })
	return h
}

// act is an act of the owner's under a key; "" is a fresh one.
func (h house) act(key string) reconstore.Act {
	if key == "" {
		*h.keys++
		key = fmt.Sprint("key-", *h.keys)
	}
	return reconstore.Act{Book: h.desk.Book, Subject: "owner", Key: key}
}

// draft is an entry that moves the account by an amount of either sign.
func draft(on bizdate.Date, minor int64, reference string) daybook.Draft {
	d := daybook.Draft{
		Kind: ledger.Revenue, BusinessDate: on, AmountMinor: minor, Currency: "EUR", Mode: ledger.Bank, Category: "ROOM", BankReference: reference,
	}
	if minor < 0 {
		d.Kind, d.Category, d.AmountMinor = ledger.Expense, "FOOD", -minor
	}
	return d
}

// book records entries, approved, and gives their ids.
func (h house) book(t testing.TB, drafts ...daybook.Draft) []string {
	t.Helper()
	orders := make([]daybookstore.Order, len(drafts))
	for i, d := range drafts {
		*h.keys++
		orders[i] = daybookstore.Order{Actor: owner, Key: fmt.Sprint("entry-", *h.keys), Action: daybook.Record{Draft: d}}
	}
	out := make([]string, len(drafts))
	for i, a := range h.books.ExecuteAll(testkit.Context(t), h.desk, orders) {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		e := a.Receipt.Made()
		out[i] = e.Locator(h.desk.Property.UUID)
	}
	return out
}

// statement is a whole one, of lines after first.
func statement(from, to bizdate.Date, opening int64, lines ...recon.Line) recon.Statement {
	st := recon.Statement{Currency: "EUR", From: from, To: to, Lines: lines}
	closing := opening
	for _, l := range lines {
		closing += l.AmountMinor
	}
	st.OpeningMinor, st.ClosingMinor = &opening, &closing
	return st
}

func (h house) load(t testing.TB, key string, st recon.Statement) reconstore.Done[reconstore.Imported] {
	t.Helper()
	d, err := h.Import(testkit.Context(t), h.act(key), "CSV", func(reconstore.Kept) (recon.Statement, error) { return st, nil })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines are the ids of a statement's lines.
func (h house) lines(t testing.TB, ref recon.StatementRef) []string {
	t.Helper()
	all, err := h.Lines(testkit.Context(t), h.desk.Book, ref, 0, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(all))
	for i, l := range all {
		out[i] = l.ID
	}
	return out
}

func (h house) prove(t testing.TB, on bizdate.Date) reconstore.Proved {
	t.Helper()
	p, err := h.Prove(testkit.Context(t), h.desk, on)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
