package daybookstore_test

import (
	"errors"
	"fmt"
	"testing"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

func TestBulkKeysOfOneCall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	line := revenue(todayText, 100)
	other := revenue(todayText, 200)
	orders := []daybookstore.Order{
		record("a", line), record("a", line), // one key, one line: one entry
		record("b", line),  // another key: another entry
		record("a", other), // one key, another line
		record("c", other), record("c", line), record("c", other),
	}
	for n := range 2 { // the first time and repeated whole
		got := h.ExecuteAll(testkit.Context(t), h.desk, orders)
		for i, want := range []error{nil, nil, nil, daybookstore.ErrKeyReused, nil, daybookstore.ErrKeyReused, nil} {
			if !errors.Is(got[i].Err, want) {
				t.Errorf("call %d, line %d: %v, want %v", n, i, got[i].Err, want)
			}
		}
		equal(t, "one key twice", got[0:1], got[1:2])
		equal(t, "one key thrice", got[4:5], got[6:7])
		if got[0].Position() == got[2].Position() {
			t.Error("two keys share an entry")
		}
		if got[0].Replayed != (n == 1) || !got[1].Replayed {
			t.Errorf("call %d: replayed %v and %v", n, got[0].Replayed, got[1].Replayed)
		}
	}
	if d := h.day(t, todayText); d.Flows.EntryCount != 3 || d.ClosingMinor != 400 {
		t.Errorf("%d entries, closing %d; want 3 and 400", d.Flows.EntryCount, d.ClosingMinor)
	}
}

// Each bad line is answered by its reason, and the good ones around it count.
func TestBulkBadLineHarmsNoOther(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	h := newHouse(t, db, "2026-03-01", 0)
	taken := revenue(todayText, 1)
	taken.External = &daybook.ExternalRef{System: "pos", ID: "1"}
	h.do(t, record("taken", taken))
	h.do(t, closeDay("close", "2026-03-03"))
	unknown := revenue(todayText, 1)
	unknown.Category = "NOBODY_KNOWS"
	twice := revenue(todayText, 1)
	twice.External = &daybook.ExternalRef{System: "pos", ID: "2"}
	bad := []struct {
		draft daybook.Draft
		want  error
	}{
		{revenue("2026-03-03", 1), daybook.ErrDayClosed},
		{unknown, ledger.ErrUnknownSource},
		{taken, daybookstore.ErrExternalRef},
		{revenue("2026-02-28", 1), daybook.ErrBeforeGoLive},
		{revenue("2026-03-12", 1), daybook.ErrDateInFuture},
		{twice, nil}, {twice, daybookstore.ErrExternalRef}, // the second one of this call
	}
	var orders []daybookstore.Order
	for i, b := range bad {
		orders = append(orders, record(fmt.Sprint("bad-", i), b.draft), record(fmt.Sprint("good-", i), revenue(todayText, 10)))
	}
	for n := range 2 {
		got := h.ExecuteAll(testkit.Context(t), h.desk, orders)
		for i, b := range bad {
			if !errors.Is(got[2*i].Err, b.want) {
				t.Errorf("call %d: bad line %d: %v, want %v", n, i, got[2*i].Err, b.want)
			}
		}
		for i := range bad {
			sound(t, "good line", got[2*i+1:2*i+2], n == 1)
		}
	}
	if got, want := h.day(t, todayText).ClosingMinor, int64(10*len(bad)+2); got != want {
		t.Errorf("closing = %d, want %d", got, want)
	}
}

func TestBulkDecisionsHarmNoOther(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	h, foreign := newHouse(t, db, "2026-03-01", 0), newHouse(t, db, "2026-03-01", 0)
	mine, decided := h.waiting(t, "w", todayText, 10), h.waiting(t, "d", todayText, 20)
	h.do(t, reject("r", decided))
	theirs := foreign.waiting(t, "w", todayText, 30)
	selfish := approve("s", h.waiting(t, "s", todayText, 40))
	selfish.Actor = manager
	got := h.ExecuteAll(testkit.Context(t), h.desk, []daybookstore.Order{
		approve("1", theirs), approve("2", decided), approve("3", mine), selfish, approve("5", mine),
	})
	for i, want := range []error{fault.ErrNotFound, daybook.ErrNotPending, nil, approval.ErrSelfApproval, daybook.ErrNotPending} {
		if !errors.Is(got[i].Err, want) {
			t.Errorf("item %d: %v, want %v", i, got[i].Err, want)
		}
	}
	if e, err := foreign.Entry(testkit.Context(t), foreign.desk.Book, theirs); err != nil || e.Status != daybook.Pending {
		t.Errorf("another property's entry is %s, %v", e.Status, err)
	}
}

// A bulk call that is partly new: what was there is answered as then, what is new takes effect.
func TestBulkPartlyNew(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	var orders []daybookstore.Order
	for i := range 20 {
		orders = append(orders, record(fmt.Sprint("it-", i), revenue(today.AddDays(-i%5).String(), 10)))
	}
	first := h.ExecuteAll(testkit.Context(t), h.desk, orders[:10])
	sound(t, "first", first, false)
	h.do(t, closeDay("close", today.AddDays(-2).String()))
	got := h.ExecuteAll(testkit.Context(t), h.desk, orders)
	equal(t, "what was there", first, got[:10])
	for i, a := range got[10:] {
		if late := i%5 >= 2; late != errors.Is(a.Err, daybook.ErrDayClosed) || !late && a.Err != nil {
			t.Errorf("new line %d: %v", i, a.Err)
		}
	}
}

// A balance that would leave int64 refuses its line, names the day, and harms no other. It takes
// 9,224 entries of the largest amount to come so far, so the opening is written as if they had been.
func TestOverflowNamesTheDay(t *testing.T) {
	t.Parallel()
	const nearly = 1<<63 - 1 - money.MaxMinor
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", nearly)
	h.posted(t, "later", "2026-03-08", money.MaxMinor)
	before := h.rows(t)
	tooMuch := record("too much", revenue("2026-03-05", 1))
	bank := revenue("2026-03-05", 5)
	bank.Mode = ledger.Card
	got := h.ExecuteAll(testkit.Context(t), h.desk, []daybookstore.Order{tooMuch, record("bank", bank), record("out", expense("2026-03-09", 1))})
	if _, err := h.Execute(testkit.Context(t), h.desk, tooMuch); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("alone: %v, want ErrOverflow", err)
	}
	if !errors.Is(got[0].Err, money.ErrOverflow) || fault.From(got[0].Err).Params["businessDate"] != "2026-03-08" {
		t.Errorf("error = %v %+v, want ErrOverflow of 2026-03-08: that day's balance is the one", got[0].Err, fault.From(got[0].Err))
	}
	sound(t, "others", got[1:], false)
	if len(h.rows(t)) != len(before)+2 || h.day(t, "2026-03-08").ClosingMinor != 1<<63-1 {
		t.Errorf("rows %v", h.rows(t))
	}
	h.do(t, record("room", expense("2026-03-05", 7)))
	h.do(t, record("fits now", revenue("2026-03-05", 7)))
}
