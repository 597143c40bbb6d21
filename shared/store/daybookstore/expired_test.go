package daybookstore_test

import (
	"errors"
	"fmt"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/invariants"
)

// expire deletes all command rows of the books, as the deletion policy does after 90 days.
func (h house) expire(t *testing.T) {
	t.Helper()
	b := h.desk.Book
	all := spanner.Key{b.Shard(), string(b.Org), string(b.Property)}.AsPrefix()
	if _, err := h.db.Client().Apply(testkit.Context(t), []*spanner.Mutation{spanner.Delete("Commands", all)}); err != nil {
		t.Fatal(err)
	}
}

// entryCount is how many entries count, by the day rows.
func (h house) entryCount(t *testing.T) (n int64) {
	t.Helper()
	for _, d := range h.rows(t) {
		n += d.Flows.EntryCount
	}
	return n
}

// A command whose row has expired is sent again. It makes no second entry: records and reversals,
// on open and on closed days, alone and in bulk among new lines.
func TestExpiredCommandMakesNoSecondEntry(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	for _, closed := range []bool{false, true} {
		for _, bulk := range []bool{false, true} {
			t.Run(fmt.Sprintf("closed %v, bulk %v", closed, bulk), func(t *testing.T) {
				h := newHouse(t, db, "2026-03-01", 0, invariants.ExpiredCommands)
				a := act{bulk: bulk}
				orders := one(record("it", taxed(revenue("2026-03-05", 110))))
				first := a.call(testkit.Context(t), h, orders)
				sound(t, "first", first, false)
				if closed {
					h.do(t, closeDay("close", "2026-03-06"))
				}
				h.expire(t)
				if bulk {
					orders = append(orders, record("new", revenue(todayText, 7)))
				}
				got := a.call(testkit.Context(t), h, orders)
				switch {
				case got[0].Err == nil:
					sound(t, "sent again", got[:1], true)
					equal(t, "sent again", first, got[:1])
				case !closed || !bulk || !errors.Is(got[0].Err, daybook.ErrDayClosed):
					t.Errorf("sent again: %v", got[0].Err)
				}
				if bulk {
					sound(t, "the new line", got[1:], false)
				}
				if n := h.entryCount(t); n != int64(len(orders)) {
					t.Errorf("%d entries, want %d", n, len(orders))
				}
			})
		}
	}
}

// A bulk line that has expired finds its external reference taken: by its own entry, so it is told
// what it was told first. Its key with another date is another command and meets the same reference.
func TestExpiredLineMeetsItsOwnExternalRef(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0, invariants.ExpiredCommands)
	d := revenue("2026-03-05", 110)
	d.External = &daybook.ExternalRef{System: "pms", ID: "folio-1"}
	a := act{bulk: true}
	first := a.call(testkit.Context(t), h, one(record("it", d)))
	sound(t, "first", first, false)
	h.expire(t)
	again := a.call(testkit.Context(t), h, one(record("it", d)))
	sound(t, "sent again", again, true)
	equal(t, "sent again", first, again)
	d.BusinessDate = today
	other := a.call(testkit.Context(t), h, one(record("it", d)))
	if !errors.Is(other[0].Err, daybookstore.ErrExternalRef) || h.entryCount(t) != 1 {
		t.Errorf("on another date: %v, %d entries", other[0].Err, h.entryCount(t))
	}
}

func TestExpiredKeyWithAnotherPayload(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0, invariants.ExpiredCommands)
	h.posted(t, "it", todayText, 100)
	h.expire(t)
	other := one(record("it", revenue(todayText, 999)))
	for _, bulk := range []bool{false, true} {
		got := act{bulk: bulk}.call(testkit.Context(t), h, other)
		if !errors.Is(got[0].Err, daybookstore.ErrKeyReused) {
			t.Errorf("bulk %v: %v, want ErrKeyReused", bulk, got[0].Err)
		}
	}
	if n := h.entryCount(t); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestExpiredReversal(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	for _, closed := range []bool{false, true} {
		h := newHouse(t, db, "2026-03-01", 0, invariants.ExpiredCommands)
		o := reverse("it", h.posted(t, "p", "2026-03-05", 100))
		first := h.do(t, o)
		if closed {
			h.do(t, closeDay("close", "2026-03-06"))
		}
		h.expire(t)
		again := h.do(t, o)
		equal(t, "again", []daybookstore.Answer{{Receipt: first}}, []daybookstore.Answer{{Receipt: again}})
		got := h.ExecuteAll(testkit.Context(t), h.desk, one(o))
		if got[0].Err != nil && !errors.Is(got[0].Err, daybook.ErrReversed) {
			t.Errorf("in bulk: %v", got[0].Err)
		}
		o.Key = "another"
		if _, err := h.Execute(testkit.Context(t), h.desk, o); !errors.Is(err, daybook.ErrReversed) {
			t.Errorf("another key: %v, want ErrReversed", err)
		}
		if n := h.entryCount(t); n != 2 {
			t.Errorf("%d entries, want an entry and its reversal", n)
		}
	}
}
