package daybook_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

func anyMinor() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, money.MaxMinor}), rapid.Int64())
}

func anyDate() *rapid.Generator[bizdate.Date] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-3, 14), may), rapid.SampledFrom([]bizdate.Date{0, 99991231, 19000101}),
		rapid.Map(rapid.Int32Range(0, 99991231), func(n int32) bizdate.Date { return bizdate.Date(n) }))
}

func anyDay() *rapid.Generator[daybook.Day] {
	return rapid.Custom(func(t *rapid.T) daybook.Day {
		return daybook.Day{
			Date: anyDate().Draw(t, "date"), Closed: rapid.Bool().Draw(t, "closed"), OpeningMinor: anyMinor().Draw(t, "opening"),
			ClosingMinor: anyMinor().Draw(t, "closing"), Version: anyMinor().Draw(t, "version"), Counted: rapid.Bool().Draw(t, "counted"),
			CountedMinor: anyMinor().Draw(t, "count"), CountVersion: anyMinor().Draw(t, "count version"), AfterCountMinor: anyMinor().Draw(t, "after"),
			Flows: daybook.Flows{
				CashReceivedMinor: anyMinor().Draw(t, "in"), CashExpensesMinor: anyMinor().Draw(t, "out"),
				TransfersInMinor: anyMinor().Draw(t, "tin"), TransfersOutMinor: anyMinor().Draw(t, "tout"), OverShortMinor: anyMinor().Draw(t, "os"),
			},
		}
	})
}

func anyDraft() *rapid.Generator[daybook.Draft] {
	return rapid.Custom(func(t *rapid.T) daybook.Draft {
		d := daybook.Draft{
			Kind:         rapid.SampledFrom(append([]ledger.Kind{"", "FEE"}, ledger.Kinds...)).Draw(t, "kind"),
			BusinessDate: anyDate().Draw(t, "date"), AmountMinor: anyMinor().Draw(t, "amount"),
			Currency: rapid.SampledFrom([]money.Currency{"EUR", "", "???"}).Draw(t, "currency"),
			Mode:     rapid.SampledFrom(append([]ledger.PaymentMode{""}, ledger.PaymentModes...)).Draw(t, "mode"),
			Category: rapid.SampledFrom([]string{"ROOM", "UTILITIES", "OVER", "SHORT", "SAFE_DROP", "", "\xff"}).Draw(t, "category"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "taxes") {
			d.Taxes = append(d.Taxes, ledger.TaxLine{Code: rapid.SampledFrom([]string{"VAT", ""}).Draw(t, "tax"), AmountMinor: anyMinor().Draw(t, "tax amount")})
		}
		return d
	})
}

func anyEntry(t *rapid.T) daybook.Entry {
	d := anyDraft().Draw(t, "entry")
	return daybook.Entry{
		Facts: daybook.Facts{
			EntryID: "x", Kind: d.Kind, BusinessDate: d.BusinessDate, AmountMinor: d.AmountMinor, NetMinor: d.AmountMinor, Taxes: d.Taxes,
			Currency: d.Currency, Mode: d.Mode, Category: d.Category,
		},
		Status:    rapid.SampledFrom(append([]daybook.Status{""}, daybook.Statuses...)).Draw(t, "status"),
		CreatedBy: rapid.SampledFrom([]string{"", owner.Subject, desk.Subject}).Draw(t, "creator"), PostedDate: anyDate().Draw(t, "posted"),
	}
}

func anyAction(t *rapid.T) daybook.Action {
	switch rapid.IntRange(0, 11).Draw(t, "action") {
	case 0:
		return daybook.Record{Draft: anyDraft().Draw(t, "draft")}
	case 1:
		return daybook.Approve{EntryID: "x"}
	case 2:
		return daybook.Reject{EntryID: "x"}
	case 3:
		return daybook.Withdraw{EntryID: "x"}
	case 4:
		return daybook.Reverse{EntryID: "x"}
	case 5:
		return daybook.Count{Date: anyDate().Draw(t, "date"), CountedMinor: anyMinor().Draw(t, "counted")}
	case 6:
		return daybook.Close{Date: anyDate().Draw(t, "date")}
	case 7:
		return daybook.Reopen{Date: anyDate().Draw(t, "date")}
	case 8:
		return daybook.SetOpening{OpeningMinor: anyMinor().Draw(t, "opening")}
	case 9:
		return daybook.Grant{}
	case 10:
		return daybook.RecordStatistics{Date: anyDate().Draw(t, "date"), Rooms: daybook.Rooms{Available: anyMinor().Draw(t, "rooms"), Sold: anyMinor().Draw(t, "sold")}}
	}
	return nil
}

// TestDecideNeverPanics: whatever state and command meet, also ones that no store would read and no
// door would let in; and what is let out evolves.
func TestDecideNeverPanics(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := daybook.State{
			Property: daybook.Property{Currency: "EUR", GoLive: anyDate().Draw(t, "go-live")}, Today: anyDate().Draw(t, "today"),
			Days: rapid.SliceOfN(anyDay(), 0, 4).Draw(t, "days"), Entry: anyEntry(t),
			Policy: rapid.SampledFrom(policies).Draw(t, "policy"),
		}
		if rapid.Bool().Draw(t, "chart") {
			s.Chart = ledger.Default()
		}
		before := fmt.Sprintf("%+v", s)
		actor := rapid.SampledFrom(append([]approval.Actor{{}}, actors...)).Draw(t, "actor")
		events, err := daybook.Decide(s, daybook.Command{Actor: actor, Do: anyAction(t)})
		if err == nil && len(events) == 0 || err != nil && events != nil {
			t.Fatalf("%d events, %v", len(events), err)
		}
		if after := fmt.Sprintf("%+v", s); after != before {
			t.Fatalf("the state was changed: %s\n%s", before, after)
		}
		for _, e := range events {
			var err error
			if s, err = daybook.Evolve(s, e); err != nil {
				t.Fatalf("%+v was let out and does not evolve: %v", e.Data, err)
			}
		}
	})
}
