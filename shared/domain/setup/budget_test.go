package setup_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
)

// chart is one of version 7 with n income accounts, an expense account and an asset.
func chart(n int) ledger.Chart {
	c := ledger.Chart{Version: 7, Accounts: []ledger.Account{{Code: "1", Type: ledger.Asset}, {Code: "6", Type: ledger.Cost}}}
	for i := range n {
		c.Accounts = append(c.Accounts, ledger.Account{Code: fmt.Sprintf("4%03d", i), Type: ledger.Income})
	}
	return c
}

// lines are n income lines that take the same in each month.
func lines(n int, minor int64) []setup.BudgetLine {
	out := make([]setup.BudgetLine, n)
	for i := range out {
		out[i].AccountCode = fmt.Sprintf("4%03d", i)
		for m := range out[i].MonthsMinor {
			out[i].MonthsMinor[m] = minor
		}
	}
	return out
}

func TestNewBudget(t *testing.T) {
	t.Parallel()
	was := []setup.BudgetLine{{AccountCode: "6", MonthsMinor: setup.Months{11: 3}}, lines(1, 5)[0]}
	got, err := setup.NewBudget(setup.Budget{Year: 2026, Lines: was}, chart(1))
	want := setup.Budget{Year: 2026, ChartVersion: 7, Lines: []setup.BudgetLine{lines(1, 5)[0], {AccountCode: "6", MonthsMinor: setup.Months{11: 3}}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if was[0].AccountCode != "6" {
		t.Error("the caller's lines were moved")
	}
	if none, err := setup.NewBudget(setup.Budget{Year: 2026}, chart(0)); err != nil || none.Lines == nil {
		t.Errorf("a budget taken back: %+v, %v", none, err)
	}
}

// TestBudgetFaults: all of them, each with its place.
func TestBudgetFaults(t *testing.T) {
	t.Parallel()
	most := setup.Months{}
	for m := range most {
		most[m] = 3_100_000
	}
	for _, tt := range []struct {
		name string
		give setup.Budget
		code string
		at   []string
	}{
		{"all that can be kept", setup.Budget{Year: 9999, Lines: lines(768, money.MaxMinor), RoomsAvailable: &most, RoomsSold: &most}, "", nil},
		{"more than can be kept", setup.Budget{Year: 1900, Lines: lines(769, money.MaxMinor)}, "budget_too_large", []string{"/lines"}},
		{"an account that is none", setup.Budget{Year: 2026, Lines: []setup.BudgetLine{{AccountCode: "x"}}}, "unknown_account", []string{"/lines/0/accountCode"}},
		{"an asset", setup.Budget{Year: 2026, Lines: []setup.BudgetLine{{AccountCode: "1"}}}, "account_not_budgeted", []string{"/lines/0/accountCode"}},
		{"an account twice", setup.Budget{Year: 2026, Lines: append(lines(2, 1), lines(1, 2)...)}, "account_twice", []string{"/lines/2/accountCode"}},
		{"a negative amount", setup.Budget{Year: 2026, Lines: []setup.BudgetLine{{AccountCode: "6", MonthsMinor: setup.Months{4: -1}}}}, "bad_budget_amount", []string{"/lines/0/monthsMinor/4"}},
		{"an amount too large", setup.Budget{Year: 2026, Lines: []setup.BudgetLine{{AccountCode: "6", MonthsMinor: setup.Months{11: money.MaxMinor + 1}}}}, "bad_budget_amount", []string{"/lines/0/monthsMinor/11"}},
		{"negative room nights", setup.Budget{Year: 2026, RoomsSold: &setup.Months{-1}}, "bad_room_nights", []string{"/roomsSold/0"}},
		{"too many of them", setup.Budget{Year: 2026, RoomsAvailable: &setup.Months{11: 3_100_001}}, "bad_room_nights", []string{"/roomsAvailable/11"}},
		{"more sold than there are", setup.Budget{Year: 2026, RoomsAvailable: &setup.Months{310, 280}, RoomsSold: &setup.Months{310, 281}}, "rooms_sold_exceed_available", []string{"/roomsSold/1"}},
		{"sold alone", setup.Budget{Year: 2026, RoomsSold: &setup.Months{310}}, "", nil},
		{"many faults", setup.Budget{Year: 1899, RoomsSold: &setup.Months{2: -1}, Lines: []setup.BudgetLine{{AccountCode: "x", MonthsMinor: setup.Months{-1}}}},
			"invalid_request", []string{"/year", "/lines/0/accountCode", "/lines/0/monthsMinor/0", "/roomsSold/2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := setup.NewBudget(tt.give, chart(1000))
			var code string
			var at []string
			if f := fault.From(err); f != nil {
				code = f.Code
				for _, x := range f.Fields {
					at = append(at, x.Pointer)
				}
			}
			if code != tt.code || !cmp.Equal(at, tt.at) {
				t.Errorf("%v at %v, want %s at %v", err, at, tt.code, tt.at)
			}
		})
	}
}
