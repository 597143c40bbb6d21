package correctionstore_test

import (
	"fmt"
	"slices"
	"testing"

	"cloud.google.com/go/spanner"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/testkit"
)

// TestAnyDamage: whatever somebody writes into the day rows of any history, as far as the CHECKs let
// him, is found, and after repair and approval the books are whole.
func TestAnyDamage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 0)
	seen := 0
	rapid.Check(t, func(rt *rapid.T) {
		seen++
		d := deskOf(1_000 + seen)
		h.desks = nil
		h.open(d)
		h.live(rt, d)
		counts := h.counts()
		rows, err := h.books.Days(h.ctx(), d.Book, goLive, today.AddDays(1))
		if err != nil {
			rt.Fatal(err)
		}
		var damaged []bizdate.Date
		for _, row := range rows {
			if rapid.IntRange(0, 2).Draw(rt, "damage") == 0 {
				h.apply(anyDamage(rt, d, row))
				damaged = append(damaged, row.Date)
			}
		}
		sound, err := invariants.Find(h.ctx(), h.db, d.Book)
		if err != nil {
			rt.Fatal(err)
		}
		found, err := h.Detect(h.ctx(), d.Book, goLive, today.AddDays(1))
		if err != nil || len(sound) > 0 && len(found.Differences) == 0 {
			rt.Fatalf("%v damaged, %v, found %+v, %v", damaged, sound, found, err)
		}
		for _, x := range found.Differences {
			if !slices.Contains(damaged, x.Date) {
				rt.Errorf("%s is not damaged: %+v", x.Date, x)
			}
		}
		h.flush()
		h.approveAll()
		all, err := invariants.Find(h.ctx(), h.db, d.Book)
		if err != nil || len(all) > 0 {
			rt.Errorf("%v damaged: %v, %v", damaged, all, err)
		}
		if h.counts() != counts {
			rt.Error("a count was touched")
		}
	})
}

// live gives a property a history: posts, reversals, counts, closes, reopenings. Refusals are part of
// it.
func (h *house) live(rt *rapid.T, d daybookstore.Desk) {
	var made []ids.Entry
	for n := range rapid.IntRange(1, 14).Draw(rt, "commands") {
		on := goLive.AddDays(rapid.IntRange(0, daysEach).Draw(rt, "day"))
		minor := rapid.Int64Range(1, 5_000).Draw(rt, "amount")
		o := daybookstore.Order{Actor: owner, Key: fmt.Sprint(n)}
		switch rapid.IntRange(0, 9).Draw(rt, "command") {
		case 0:
			o.Action = daybook.Count{Date: on, CountedMinor: minor}
		case 1:
			o.Action = daybook.Close{Date: on}
		case 2:
			o.Action = daybook.Reopen{Date: on, Reason: "r"}
		case 3:
			if len(made) == 0 {
				continue
			}
			o.Entry = rapid.SampledFrom(made).Draw(rt, "entry")
			o.Action = daybook.Reverse{EntryID: o.Entry.String(), Reason: "r"}
		default:
			o = sale(on, rapid.SampledFrom([]ledger.PaymentMode{ledger.Cash, ledger.UPI}).Draw(rt, "mode"), minor)
			o.Key = fmt.Sprint(n)
		}
		r, err := h.books.Execute(h.ctx(), d, o)
		if fault.KindOf(err) == fault.Internal && err != nil {
			rt.Fatal(err)
		}
		if e, ok := r.Data.(daybook.EntryRecorded); ok && err == nil {
			id, _ := ids.ParseEntry(e.Locator(d.Property.UUID))
			made = append(made, id)
		}
	}
}

// anyDamage writes anything that the CHECKs let pass. What would say that events are lost is left out:
// that is parked.
func anyDamage(rt *rapid.T, d daybookstore.Desk, row daybook.Day) *spanner.Mutation {
	if rapid.IntRange(0, 9).Draw(rt, "missing") == 0 {
		return spanner.Delete("DailyCashBalances", dayKey(d.Book, row.Date))
	}
	change := map[string]any{}
	drift := int64(0)
	for _, c := range []struct {
		name string
		is   int64
		sign int64
	}{
		{"OpeningMinor", row.OpeningMinor, 1}, {"CashReceivedMinor", row.Flows.CashReceivedMinor, 1}, {"BankReceivedMinor", row.Flows.BankReceivedMinor, 0},
		{"TransfersOutMinor", row.Flows.TransfersOutMinor, -1}, {"EntryCount", row.Flows.EntryCount, 0}, {"AfterCountMinor", row.AfterCountMinor, 0},
	} {
		if rapid.IntRange(0, 2).Draw(rt, c.name) == 0 {
			by := rapid.Int64Range(-1_000_000, 1_000_000).Draw(rt, "by")
			change[c.name] = c.is + by
			drift += c.sign * by
		}
	}
	change["ClosingMinor"] = row.ClosingMinor + drift
	switch rapid.IntRange(0, 6).Draw(rt, "other") {
	case 0:
		change["StreamVersion"] = rapid.Int64Range(0, row.Version).Draw(rt, "version")
	case 1:
		chain := row.Chain
		chain[rapid.IntRange(0, 31).Draw(rt, "byte")]++
		change["ChainHash"] = chain[:]
	case 2:
		change["Status"] = rapid.SampledFrom([]string{"OPEN", "CLOSED"}).Draw(rt, "status")
	case 3:
		change["CountedMinor"], change["CountVersion"] = int64(5), int64(1)
	case 4:
		change["CountedMinor"], change["CountVersion"] = spanner.NullInt64{}, spanner.NullInt64{}
	case 5:
		change["Currency"] = "USD"
	}
	return foreign(d.Book, row.Date, change)
}
