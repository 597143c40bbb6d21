package daybookstore_test

import (
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// The tests of this file are named for the faults of DOMAIN.md's last list that a store can have.

func TestFault02RejectingMovesNoMoney(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 1_000)
	o := reject("r", h.waiting(t, "w", todayText, 700))
	before := h.day(t, todayText)
	for range 3 { // delivered more than once
		h.do(t, o)
		d := h.day(t, todayText)
		if d.Flows != before.Flows || d.ClosingMinor != 1_000 || d.Version != before.Version+1 {
			t.Errorf("after the rejection %+v, before %+v", d, before)
		}
	}
}

func TestFault03BulkApprovalUpdatesTheDay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 1_000)
	var orders []daybookstore.Order
	for i := range 5 {
		orders = append(orders, approve(fmt.Sprint("a", i), h.waiting(t, fmt.Sprint("w", i), "2026-03-09", 100)))
	}
	answers := h.ExecuteAll(testkit.Context(t), h.desk, orders)
	sound(t, "approvals", answers, false)
	if d := h.day(t, "2026-03-09"); d.Flows.CashReceivedMinor != 500 || d.ClosingMinor != 1_500 {
		t.Errorf("the day = %+v", d)
	}
	for _, a := range answers {
		e := a.Data.(daybook.EntryApproved)
		if e.AmountMinor != 100 || e.Mode != ledger.Cash || len(e.Legs) != 2 || e.BusinessDate.String() != "2026-03-09" {
			t.Errorf("the event does not carry what it does: %+v", e)
		}
	}
}

func TestFault04ReversalKeepsTheDayWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 1_000)
	id := h.posted(t, "p", todayText, 300)
	h.posted(t, "q", todayText, 40)
	h.do(t, count("n", todayText, 1_340))
	before := h.day(t, todayText)
	h.do(t, reverse("v", id))
	d := h.day(t, todayText)
	if d.ClosingMinor != 1_040 || d.Flows.CashReceivedMinor != 40 || d.Flows.EntryCount != 3 {
		t.Errorf("the day did not take the reversal: %+v", d)
	}
	if d.OpeningMinor != before.OpeningMinor || d.CountedMinor != 1_340 || d.CountVersion != before.CountVersion {
		t.Errorf("opening and count are %+v, before %+v", d, before)
	}
}

func TestFault06TheDayEndsWithThePropertysClock(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	h.desk.Zone, h.desk.CutoffMinutes = time.FixedZone("IST", 5*3600+1800), 240
	id := h.waiting(t, "w", "2026-03-09", 10)
	h.do(t, closeDay("c", "2026-03-09"))
	lastMoment := time.Date(2026, 3, 11, 3, 59, 59, 999_999_999, h.desk.Zone)
	*h.now = lastMoment
	if r := h.do(t, approve("a", id)); r.Stream != today {
		t.Errorf("at %v the open day is %s, want %s", lastMoment, r.Stream, today)
	}
	*h.now = lastMoment.Add(1)
	id = h.posted(t, "p", "2026-03-12", 10) // tomorrow's date, which a moment ago was too far
	if e := h.entry(t, id); e.PostedDate.String() != "2026-03-12" {
		t.Errorf("entry = %+v", e)
	}
}

func TestFault09CountsAreNeverChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 1_000)
	waits := h.waiting(t, "w", "2026-03-09", 100)
	h.do(t, count("n1", "2026-03-09", 900))
	first := h.countRows(t)
	h.do(t, approve("a", waits))
	h.posted(t, "p", "2026-03-09", 50)
	h.do(t, record("s", movement("2026-03-09", ledger.Short, 100)))
	h.do(t, count("n2", "2026-03-09", 950))
	h.do(t, daybookstore.Order{Actor: owner, Key: "o", Action: daybook.SetOpening{OpeningMinor: 5_000}})
	h.do(t, closeDay("c", todayText))
	h.do(t, reopen("r", todayText))
	rows := h.countRows(t)
	if len(rows) != 2 || len(first) != 1 || rows[1] != first[0] { // the newest first
		t.Errorf("counts = %v, at first %v", rows, first)
	}
	if want := [3]int64{900, 1_000, -100}; first[0] != want {
		t.Errorf("first count = %v, want %v: what was found, and what was to be", first[0], want)
	}
}

// countRows are counted, expected and variance of every count, the newest of a day first.
func (h house) countRows(t *testing.T) (rows [][3]int64) {
	t.Helper()
	columns := []string{"CountedMinor", "ExpectedMinor", "VarianceMinor"}
	err := h.db.Single().Read(testkit.Context(t), "CashCounts", bookPrefix(h.desk.Book), columns).Do(func(r *spanner.Row) error {
		var x [3]int64
		rows = append(rows, x)
		return r.Columns(&rows[len(rows)-1][0], &rows[len(rows)-1][1], &rows[len(rows)-1][2])
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func bookPrefix(b tenant.Book) spanner.KeySet {
	return spanner.Key{b.Shard(), string(b.Org), string(b.Property)}.AsPrefix()
}

// A commit that fails for good leaves neither an event nor a change of state, in any table.
func TestFault10NoEventWithoutItsState(t *testing.T) {
	t.Parallel()
	everyAct(t, func(t *testing.T, a act, h house, faults *rpc.Faults) {
		orders := a.orders(t, h)
		before := h.dump(t)
		faults.On("Commit").Times(rpc.Always).Fail(codes.ResourceExhausted)
		for i, x := range a.call(leaveAfter(t, 50*time.Millisecond), h, orders) {
			if x.Err == nil {
				t.Errorf("answer %d is a success", i)
			}
		}
		if diff := cmp.Diff(before, h.dump(t)); diff != "" {
			t.Errorf("something was written (-before +after):\n%s", diff)
		}
		faults.Clear()
		sound(t, "sent again", a.call(testkit.Context(t), h, orders), false)
		if cmp.Equal(before, h.dump(t)) {
			t.Error("the dump shows nothing")
		}
	})
}

// dump is every row of the books that the write path keeps, as text.
func (h house) dump(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for table, columns := range map[string][]string{
		"Events": {"StreamId", "Version", "ChainHash"}, "Commands": {"CommandKey", "Version"}, "CashCounts": {"Version"},
		"Entries":           {"EntryId", "Status", "PostedDate"},
		"DailyCashBalances": {"BusinessDate", "StreamVersion", "ClosingMinor", "Status"},
		"DailyGrants":       {"BusinessDate", "Subject"}, "Periods": {"Month"},
		"DailyStatistics": {"BusinessDate", "RoomsAvailable", "RoomsSold", "Guests", "StreamVersion"},
	} {
		err := h.db.Single().Read(testkit.Context(t), table, bookPrefix(h.desk.Book), columns).Do(func(r *spanner.Row) error {
			all[table] = append(all[table], r.String())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Every row of a property lies in the one shard of its books, and in the month of its date.
func TestFault11OneShardFunction(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	shards := map[string]int64{}
	for range 8 {
		h := newHouse(t, db, "2026-02-01", 0)
		shards[string(h.desk.Book.Property)] = tenant.ShardOf(h.desk.Book.Org, h.desk.Book.Property)
		h.posted(t, "p", "2026-02-27", 10)
		h.posted(t, "q", todayText, 10)
		h.do(t, count("n", "2026-02-27", 10))
		h.do(t, daybookstore.Order{Actor: owner, Key: "g", Action: daybook.Grant{Subject: "manager"}})
		h.do(t, let("l", "2026-02-27", daybook.Rooms{Available: 5}))
	}
	for _, table := range []string{"Periods", "DailyCashBalances", "Entries", "CashCounts", "DailyStatistics", "Events", "Commands", "DailyGrants"} {
		rows := 0
		err := db.Single().Read(testkit.Context(t), table, spanner.AllKeys(), []string{"PropertyId", "ShardId"}).Do(func(r *spanner.Row) error {
			var property string
			var shard int64
			rows++
			err := r.Columns(&property, &shard)
			if shard != shards[property] {
				t.Errorf("%s: a row of %s lies in shard %d, not in %d", table, property, shard, shards[property])
			}
			return err
		})
		if err != nil || rows < 8 {
			t.Errorf("%s: %d rows, %v", table, rows, err)
		}
	}
}

func TestFault12ARowForEachPropertyAndDay(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	one := newHouse(t, db, "2026-03-01", 1)
	two := newHouseOf(t, db, one.desk.Book.Org, "2026-03-01", 2)
	one.posted(t, "a", "2026-03-09", 10)
	one.posted(t, "b", todayText, 20)
	two.posted(t, "a", "2026-03-09", 100)
	two.posted(t, "b", todayText, 200)
	for _, tt := range []struct {
		h    house
		want [3]int64
	}{{one, [3]int64{1, 11, 31}}, {two, [3]int64{2, 102, 302}}} {
		for i, d := range tt.h.rows(t) {
			if d.ClosingMinor != tt.want[i] {
				t.Errorf("%s closes with %d, want %d", d.Date, d.ClosingMinor, tt.want[i])
			}
		}
	}
}

// 2^53 + 1 is the first integer that a float64 cannot hold; 10^15 - 1 with taxes the largest here.
func TestFault13AmountsAreExact(t *testing.T) {
	t.Parallel()
	const opening = 1<<53 + 1
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", opening)
	d := taxed(revenue(todayText, money.MaxMinor-1))
	h.do(t, record("it", d))
	e := h.entry(t, h.made(record("it", d)))
	if e.AmountMinor != money.MaxMinor-1 || e.NetMinor != money.MaxMinor-101 {
		t.Errorf("entry = %d, net %d", e.AmountMinor, e.NetMinor)
	}
	if got := h.day(t, todayText); got.OpeningMinor != opening || got.ClosingMinor != opening+money.MaxMinor-1 {
		t.Errorf("day = %d to %d", got.OpeningMinor, got.ClosingMinor)
	}
}

func TestFault14TheApprovalCheckFailsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	waits := h.waiting(t, "w", todayText, 10)
	before := h.dump(t)
	h.desk.Policy = approval.Policy{} // a policy that could not be read, had somebody gone on with it
	for _, a := range []approval.Actor{manager, accountant, owner, {Subject: "x", Role: "NOBODY"}, {}} {
		o := approve("a"+a.Subject, waits)
		o.Actor = a
		if _, err := h.Execute(testkit.Context(t), h.desk, o); err == nil {
			t.Errorf("%s approved without a policy", a.Role)
		}
	}
	if diff := cmp.Diff(before, h.dump(t)); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}
