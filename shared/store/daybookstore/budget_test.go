package daybookstore_test

import (
	"fmt"
	"testing"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// TestRPCBudget counts the calls of each command on a property with 1,000 entries and 35 open days.
func TestRPCBudget(t *testing.T) {
	var calls rpc.Counter
	db := testkit.Spanner(t, calls.Options()...)
	h := newHouse(t, db, "2026-02-04", 50_000)
	var orders []daybookstore.Order
	for i := range 1_000 {
		day := h.desk.Property.GoLive.AddDays(i % 35)
		orders = append(orders, record(fmt.Sprint("seed-", i), revenue(day.String(), 100)))
	}
	ctx := testkit.Context(t)
	bulk := func(name string, most int) {
		calls.Reset()
		for _, a := range h.ExecuteAll(ctx, h.desk, orders) {
			if a.Err != nil {
				t.Fatal(a.Err)
			}
		}
		report(t, &calls, name, most*max(1, calls.Count("Commit")))
	}
	bulk("bulk of 1,000 lines, a commit", 4)
	bulk("bulk of 1,000 lines repeated, a commit", 4)

	locate := func(r daybookstore.Receipt) ids.Entry {
		id, err := ids.ParseEntry(r.Data.(daybook.EntryRecorded).Locator(h.desk.Property.UUID))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	run := func(name string, most int, o daybookstore.Order, refused bool) daybookstore.Receipt {
		t.Helper()
		calls.Reset()
		r, err := h.Execute(ctx, h.desk, o)
		if (err != nil) != refused {
			t.Fatalf("%s: %v", name, err)
		}
		report(t, &calls, name, most)
		return r
	}
	o := record("post", revenue("2026-03-01", 500))
	posted := run("post", 2, o, false)
	run("post replayed", 4, o, false)
	o.Key = "waits"
	o.Actor = manager
	waits := run("post, pending", 2, o, false)
	o.Key = "waits too"
	waits2 := run("post, pending", 2, o, false)
	o.Action = daybook.Record{Draft: revenue("2020-01-01", 5)}
	run("post refused", 4, o, true)
	act := func(key string, id ids.Entry, a daybook.Action) daybookstore.Order {
		return daybookstore.Order{Actor: owner, Key: key, Action: a, Entry: id}
	}
	run("approve", 3, act("a", locate(waits), daybook.Approve{EntryID: locate(waits).String()}), false)
	run("approve refused", 5, act("a2", locate(waits), daybook.Approve{EntryID: locate(waits).String()}), true)
	run("reject", 3, act("r", locate(waits2), daybook.Reject{EntryID: locate(waits2).String()}), false)
	rev := act("v", locate(posted), daybook.Reverse{EntryID: locate(posted).String(), Reason: "wrong"})
	run("reverse", 3, rev, false)
	run("reverse replayed", 5, rev, false)
	run("count", 2, daybookstore.Order{Actor: owner, Key: "c", Action: daybook.Count{Date: today, CountedMinor: 5}}, false)
	letting := let("l", todayText, daybook.Rooms{Available: 10, Sold: 7})
	run("statistics", 2, letting, false)
	run("statistics replayed", 4, letting, false)
	closing := daybookstore.Order{Actor: owner, Key: "close", Action: daybook.Close{Date: bizdate.MustParse("2026-03-09")}}
	run("close", 2, closing, false)
	run("close replayed", 4, closing, false)
}

func report(t *testing.T, calls *rpc.Counter, name string, most int) {
	t.Helper()
	t.Logf("%-40s %2d of %2d: %s", name, calls.Total(), most, calls)
	if calls.Total() > most {
		t.Errorf("%s took %d RPCs, may take %d", name, calls.Total(), most)
	}
}
