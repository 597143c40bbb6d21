package daybookstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

func withRef(key, id string) daybookstore.Order {
	d := revenue(todayText, 10)
	d.External = &daybook.ExternalRef{System: "pos", ID: id}
	return record(key, d)
}

// An external reference is unique in a property, names the entry that has it, and does not stand in
// the way of the command that brought it.
func TestExternalRefs(t *testing.T) {
	t.Parallel()
	name := testkit.Database(t)
	db := testkit.Open(t, name)
	h, other := newHouse(t, db, "2026-03-01", 0), newHouse(t, db, "2026-03-01", 0)
	for _, bulk := range []bool{false, true} {
		a, ref := act{bulk: bulk}, fmt.Sprint("ref-", bulk)
		it := withRef(fmt.Sprint("it-", bulk), ref)
		first := a.call(testkit.Context(t), h, one(it))
		sound(t, "first", first, false)
		again := a.call(testkit.Context(t), h, one(it))
		sound(t, "the same command", again, true)
		equal(t, "the same command", first, again)
		got := a.call(testkit.Context(t), h, one(withRef(fmt.Sprint("new-", bulk), ref)))
		f := fault.From(got[0].Err)
		if !errors.Is(got[0].Err, daybookstore.ErrExternalRef) || f.Params["entryId"] != h.made(it).String() {
			t.Errorf("bulk %v: %v, want ErrExternalRef with the other entry's id", bulk, got[0].Err)
		}
		sound(t, "at another property", a.call(testkit.Context(t), other, one(it)), false)
	}
	// A race for one reference: one command has it.
	hs := [2]house{h, h.at(testkit.Open(t, name))}
	var orders []daybookstore.Order
	for i := range 10 {
		orders = append(orders, withRef(fmt.Sprint("race-", i), "raced"))
	}
	if n := succeeded(t, race(t, hs, orders...), daybookstore.ErrExternalRef); n != 1 {
		t.Errorf("%d entries have one reference", n)
	}
}

// While a manager's entries of earlier days wait, new ones need the owner's grant for today. In one
// bulk call it is the same as in single ones.
func TestDailyGrant(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	by := func(a approval.Actor, key, date string) daybookstore.Order {
		o := record(key, revenue(date, 10))
		o.Actor = a
		return o
	}
	for _, bulk := range []bool{false, true} {
		t.Run(fmt.Sprint("bulk ", bulk), func(t *testing.T) {
			h := newHouse(t, db, "2026-03-01", 0)
			h.desk.Policy.DailyGrant = true
			call := func(os ...daybookstore.Order) (errs []error) {
				if bulk {
					for _, a := range h.ExecuteAll(testkit.Context(t), h.desk, os) {
						errs = append(errs, a.Err)
					}
					return errs
				}
				for _, o := range os {
					_, err := h.Execute(testkit.Context(t), h.desk, o)
					errs = append(errs, err)
				}
				return errs
			}
			want := func(what string, got []error, wants ...error) {
				t.Helper()
				for i := range wants {
					if !errors.Is(got[i], wants[i]) {
						t.Errorf("%s: %d is %v, want %v", what, i, got[i], wants[i])
					}
				}
			}
			need := approval.ErrGrantNeeded
			want("today's own do not matter", call(by(manager, "1", todayText), by(manager, "2", todayText)), nil, nil)
			want("yesterday's do, from the next on",
				call(by(manager, "3", "2026-03-09"), by(manager, "4", todayText), by(manager, "5", todayText)), nil, need, need)
			want("others are free", call(by(owner, "6", todayText), by(accountant, "7", todayText)), nil, nil)
			h.do(t, daybookstore.Order{Actor: owner, Key: "g", Action: daybook.Grant{Subject: "manager"}})
			want("granted", call(by(manager, "8", "2026-03-08"), by(manager, "9", todayText)), nil, nil)
			*h.now = noon.Add(24 * time.Hour)
			want("a grant is for a day", call(by(manager, "10", "2026-03-11")), need)
			for i, o := range []daybookstore.Order{by(manager, "1", todayText), by(manager, "2", todayText),
				by(manager, "3", "2026-03-09"), by(manager, "8", "2026-03-08"), by(manager, "9", todayText)} {
				h.do(t, approve(fmt.Sprint("a", i), h.made(o)))
			}
			want("all decided", call(by(manager, "11", "2026-03-11")), nil)
		})
	}
}
