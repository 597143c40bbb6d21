package correctionstore_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
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
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/testkit/events"
)

const (
	org      = tenant.OrgID("org")
	daysEach = 10 // rows of a property: of today and the days before
	closed   = 3  // of them, the oldest
)

var (
	owner = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}
	// today is the business date of the machine's clock, once for all: a test that lasts over midnight
	// finds its open day a day later, and nothing else.
	today   = bizdate.Of(time.Now(), time.UTC, 0)
	goLive  = today.AddDays(1 - daysEach)
	columns = []string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"}
)

// house is some properties with the same books: ten days with entries, three of them closed, counts.
type house struct {
	*correctionstore.Store
	t     testing.TB
	db    *spannerdb.DB
	books *daybookstore.Store
	desks []daybookstore.Desk
}

// deskOf is the nth property; its id is the same in every database.
func deskOf(n int) daybookstore.Desk {
	sum := sha256.Sum256(fmt.Append(nil, n))
	id := ids.UUID(sum[:16])
	return daybookstore.Desk{
		Book: tenant.Book{Org: org, Property: tenant.PropertyID(id.String())}, Zone: time.UTC,
		Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: goLive}, Policy: approval.Default(), Chart: ledger.Default(),
	}
}

// property is what every property is like.
func property(_ context.Context, b tenant.Book) (setup.Property, error) {
	return setup.Property{ID: b.Property, TimeZone: "UTC", Currency: "EUR", GoLive: goLive}, nil
}

// store is a corrector whose clock is ahead of the machine's.
func store(db *spannerdb.DB, ahead time.Duration, probe func(correctionstore.Point)) *correctionstore.Store {
	now := func() time.Time { return events.Now().Add(ahead) }
	return correctionstore.New(db, correctionstore.Options{Now: now, Property: property, Probe: probe})
}

func newHouse(t testing.TB, db *spannerdb.DB, properties int) *house {
	t.Helper()
	h := &house{t: t, db: db, Store: store(db, 0, nil), books: daybookstore.New(db, events.Now)}
	for n := range properties {
		h.open(deskOf(n))
		h.keep(h.desks[n])
	}
	return h
}

// open makes a property.
func (h *house) open(d daybookstore.Desk) {
	h.t.Helper()
	b := d.Book
	ms, err := daybookstore.Opening(d, owner, daybook.KeyFor(b, "owner", "create", "1"), 50_000)
	if err != nil {
		h.t.Fatal(err)
	}
	h.apply(append([]*spanner.Mutation{spanner.Insert("Properties", columns, []any{
		b.Shard(), string(b.Org), string(b.Property), string(b.Property)[:20], "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(goLive.Time()), 10, spanner.CommitTimestamp,
	})}, ms...)...)
	h.desks = append(h.desks, d)
}

// keep writes the books of ten days.
func (h *house) keep(d daybookstore.Desk) {
	h.t.Helper()
	var orders []daybookstore.Order
	for n := range daysEach {
		on := goLive.AddDays(n)
		orders = append(orders, sale(on, ledger.Cash, 1_000), sale(on, ledger.Card, 2_000))
	}
	h.all(d, orders)
	h.must(d, daybook.Count{Date: goLive.AddDays(1), CountedMinor: 51_900})
	h.must(d, daybook.Close{Date: goLive.AddDays(closed - 1)})
	h.must(d, daybook.Count{Date: goLive.AddDays(5), CountedMinor: 55_500})
	h.all(d, []daybookstore.Order{sale(goLive.AddDays(5), ledger.Cash, 333)})
}

func (h *house) all(d daybookstore.Desk, orders []daybookstore.Order) {
	h.t.Helper()
	for i := range orders {
		orders[i].Key = fmt.Sprintf("%v/%d", orders[i].Action, i)
	}
	for _, a := range h.books.ExecuteAll(h.ctx(), d, orders) {
		if a.Err != nil {
			h.t.Fatal(a.Err)
		}
	}
}

func (h *house) must(d daybookstore.Desk, do daybook.Action) {
	h.t.Helper()
	if _, err := h.books.Execute(h.ctx(), d, daybookstore.Order{Actor: owner, Key: fmt.Sprint(do), Action: do}); err != nil {
		h.t.Fatal(err)
	}
}

// ctx has the time that the longest of these tests takes.
func (h *house) ctx() context.Context {
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Minute)
	h.t.Cleanup(cancel)
	return ctx
}

func sale(on bizdate.Date, mode ledger.PaymentMode, minor int64) daybookstore.Order {
	return daybookstore.Order{Actor: owner, Action: daybook.Record{Draft: daybook.Draft{
		Kind: ledger.Revenue, BusinessDate: on, AmountMinor: minor, Currency: "EUR", Mode: mode, Category: "ROOM",
	}}}
}

func (h *house) apply(ms ...*spanner.Mutation) {
	h.t.Helper()
	if _, err := h.db.Client().Apply(h.ctx(), ms, spanner.ApplyAtLeastOnce()); err != nil {
		h.t.Fatal(err)
	}
}

// dayKey is the key of a day row.
func dayKey(b tenant.Book, on bizdate.Date) spanner.Key {
	return spanner.Key{b.Shard(), string(b.Org), string(b.Property), int64(on.Month()), civil.DateOf(on.Time())}
}

// foreign is a write to a day row that is none of ours.
func foreign(b tenant.Book, on bizdate.Date, values map[string]any) *spanner.Mutation {
	k := dayKey(b, on)
	row := map[string]any{"ShardId": k[0], "OrgId": k[1], "PropertyId": k[2], "Month": k[3], "BusinessDate": k[4]}
	for name, v := range values {
		row[name] = v
	}
	return spanner.UpdateMap("DailyCashBalances", row)
}

func (h *house) row(b tenant.Book, on bizdate.Date) daybook.Day {
	h.t.Helper()
	rows, err := h.books.Days(h.ctx(), b, on, on)
	if err != nil || len(rows) != 1 {
		h.t.Fatal(on, rows, err)
	}
	return rows[0]
}

// sweepAll goes through all properties once.
func (h *house) sweepAll() {
	h.t.Helper()
	if err := h.Sweep(h.ctx()); err != nil {
		h.t.Fatal(err)
	}
}

// flush repairs all that waits.
func (h *house) flush() correctionstore.Flushed {
	h.t.Helper()
	f, err := store(h.db, 6*time.Minute, nil).Flush(h.ctx())
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

func (h *house) list(status correctionstore.Status) (all []correctionstore.Correction) {
	h.t.Helper()
	q := correctionstore.Query{Org: org, Status: status, Limit: 500}
	for {
		page, err := h.List(h.ctx(), q)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, page.Corrections...)
		if q.After = page.Next; q.After == "" {
			return all
		}
	}
}

// correction is that of a date.
func (h *house) correction(b tenant.Book, on bizdate.Date) correctionstore.Correction {
	h.t.Helper()
	for _, c := range h.list("") {
		if c.Book == b && c.Date == on {
			return c
		}
	}
	h.t.Fatalf("%s has no correction", on)
	return correctionstore.Correction{}
}

// decide approves or rejects a proposal.
func (h *house) decide(c correctionstore.Correction, approve bool) (correctionstore.Decided, error) {
	return h.Decide(h.ctx(), correctionstore.Decision{
		Book: c.Book, Date: c.Date, Round: c.Round, Approve: approve, Actor: owner, Key: fmt.Sprint(c.Date, c.Round, approve),
	})
}

func (h *house) approveAll() (n int) {
	h.t.Helper()
	for _, c := range h.list(correctionstore.Proposed) {
		if _, err := h.decide(c, true); err != nil {
			h.t.Fatal(c.Date, err)
		}
		n++
	}
	return n
}

// findings are the invariants that the tables of all properties break, but for those that skip takes.
func (h *house) findings(skip func(tenant.Book, invariants.Finding) bool) (n int) {
	h.t.Helper()
	for _, d := range h.desks {
		all, err := invariants.Find(h.ctx(), h.db, d.Book)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, f := range all {
			if !skip(d.Book, f) {
				n++
				h.t.Errorf("%s: %s", d.Book.Property, f)
			}
		}
	}
	return n
}

func none(tenant.Book, invariants.Finding) bool { return false }

// evidence is how many BalanceCorrected events there are about each date.
func (h *house) evidence() map[string]int {
	h.t.Helper()
	out := map[string]int{}
	for _, d := range h.desks {
		prefix := spanner.Key{d.Book.Shard(), string(org), string(d.Book.Property)}.AsPrefix()
		err := h.db.Single().Read(h.ctx(), "Events", prefix, []string{"Type", "Data"}).Do(func(r *spanner.Row) error {
			var kind, text string
			if err := r.Columns(&kind, &text); err != nil || kind != string(daybook.TypeBalanceCorrected) {
				return err
			}
			data, err := daybook.DecodeData(daybook.TypeBalanceCorrected, daybook.SchemaVersion, text)
			if err == nil {
				out[string(d.Book.Property)+"/"+data.(daybook.BalanceCorrected).BusinessDate.String()]++
			}
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	return out
}

// state is the hash of a table's rows without times.
func (h *house) state(table string, names ...string) string {
	h.t.Helper()
	sum := sha256.New()
	err := h.db.Single().Read(h.ctx(), table, spanner.AllKeys(), names).Do(func(r *spanner.Row) error {
		_, err := fmt.Fprintln(sum, strings.Join(strings.Fields(r.String()), " "))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (h *house) counts() string {
	return h.state("CashCounts", "PropertyId", "BusinessDate", "Version", "CountedMinor", "ExpectedMinor", "VarianceMinor")
}

func (h *house) dayRows() string {
	return h.state("DailyCashBalances", "PropertyId", "BusinessDate", "Currency", "Status", "OpeningMinor", "CashReceivedMinor", "BankReceivedMinor",
		"OverShortMinor", "EntryCount", "ClosingMinor", "StreamVersion", "ChainHash", "CountedMinor", "CountVersion", "AfterCountMinor")
}
