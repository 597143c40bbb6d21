package demo

import (
	"slices"
	"testing"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
)

// What a date says of rooms is what the product takes, fits the revenue, and is the same each time.
func TestRoomsFitTheTrade(t *testing.T) {
	t.Parallel()
	for _, h := range houses() {
		for on := goLive; on <= goLive.AddDays(daysBack); on = on.AddDays(1) {
			s := h.lets("p", on)
			r := daybook.Rooms{Available: s.Available, OutOfOrder: s.OutOfOrder, Sold: s.Sold, Complimentary: s.Complimentary, Guests: &s.Guests}
			if err := r.Check(); err != nil || s.Sold < 1 || s.Guests < s.Sold || s != h.lets("p", on) {
				t.Errorf("%s %s: %+v, %v", h.code, on, s, err)
			}
		}
	}
}

func TestBudgetsFitTheChart(t *testing.T) {
	t.Parallel()
	for _, h := range houses() {
		b := h.budget("p", 2024)
		plan := setup.Budget{Year: b.Year, Currency: money.Currency(h.currency)}
		available, sold := setup.Months(b.RoomsAvailable), setup.Months(b.RoomsSold)
		plan.RoomsAvailable, plan.RoomsSold = &available, &sold
		for _, l := range b.Lines {
			if slices.Min(l.MonthsMinor) < 1 {
				t.Errorf("%s: %+v", h.code, l)
			}
			plan.Lines = append(plan.Lines, setup.BudgetLine{AccountCode: l.AccountCode, MonthsMinor: setup.Months(l.MonthsMinor)})
		}
		if _, err := setup.NewBudget(plan, ledger.Default()); err != nil {
			t.Errorf("%s: %v", h.code, err)
		}
		if available[1] != 29*h.rooms || available[11] != 31*h.rooms {
			t.Errorf("%s: %v room nights", h.code, available)
		}
	}
}
