package setup

import (
	"cmp"
	"fmt"
	"slices"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Months are twelve numbers, of January first.
type Months [12]int64

// Budget is what a property means to earn, to spend and to let in a year. It is set whole: one
// without lines and rooms takes the one before back.
type Budget struct {
	Property     tenant.PropertyID `json:"propertyId"`
	Year         int               `json:"year"`
	Currency     money.Currency    `json:"currency"`     // the property's
	ChartVersion int64             `json:"chartVersion"` // of the chart that the accounts were found in; 0 is the default chart
	Lines        []BudgetLine      `json:"lines"`        // by account
	// RoomsAvailable and RoomsSold are room nights of each month, counted as in daybook.Rooms; nil
	// where nothing was planned.
	RoomsAvailable *Months `json:"roomsAvailable,omitempty"`
	RoomsSold      *Months `json:"roomsSold,omitempty"`

	Version int64 `json:"-"` // of the organisation's stream, when it was set
}

// BudgetLine is what an account is to take in each month: income of an INCOME account, cost of an
// EXPENSE one, in minor units of the budget's currency, not negative.
type BudgetLine struct {
	AccountCode string `json:"accountCode"`
	MonthsMinor Months `json:"monthsMinor"`
}

const (
	// MaxBudgetLines is what a budget has at most: as many as a chart has accounts.
	MaxBudgetLines = 1000
	// maxRoomNights is what a month of the largest property has.
	maxRoomNights = 31 * daybook.MaxRooms
	// The years are those that a business date may have.
	firstYear, lastYear = 1900, 9999
)

// The faults of a budget. Pointers are those of the API's object.
var (
	ErrBudgetYear     = fault.New(fault.Invalid, "bad_year", "a year has four digits, from 1900 on")
	ErrBudgetAccount  = fault.New(fault.Invalid, "unknown_account", "the chart of accounts has no such account")
	ErrBudgetType     = fault.New(fault.Invalid, "account_not_budgeted", "only accounts of the types INCOME and EXPENSE have a budget")
	ErrBudgetTwice    = fault.New(fault.Invalid, "account_twice", "the account stands in the budget already")
	ErrBudgetAmount   = fault.New(fault.Invalid, "bad_budget_amount", "an amount of a budget is 0 to 10^15 minor units")
	ErrBudgetTooLarge = fault.New(fault.Invalid, "budget_too_large", "the amounts of the budget add up to more than can be kept")
	ErrBudgetRooms    = fault.New(fault.Invalid, "bad_room_nights", "the room nights of a month are 0 to 3100000")
	ErrBudgetSold     = fault.New(fault.Invalid, "rooms_sold_exceed_available", "more room nights are to be sold than are available")
)

// NewBudget is a budget whose accounts are looked up in a chart, with its lines in the order of their
// accounts. All faults are in its error.
func NewBudget(b Budget, chart ledger.Chart) (Budget, error) {
	var f fault.Faults
	if b.Year < firstYear || b.Year > lastYear {
		f.Add("/year", ErrBudgetYear)
	}
	b.checkLines(chart, &f)
	b.checkRooms(&f)
	b.ChartVersion = chart.Version
	b.Lines = append([]BudgetLine{}, b.Lines...)
	slices.SortFunc(b.Lines, func(x, y BudgetLine) int { return cmp.Compare(x.AccountCode, y.AccountCode) })
	return b, f.Err()
}

func (b Budget) checkLines(chart ledger.Chart, f *fault.Faults) {
	types := make(map[string]ledger.AccountType, len(chart.Accounts))
	for _, a := range chart.Accounts {
		types[a.Code] = a.Type
	}
	seen := make(map[string]bool, len(b.Lines))
	total := money.Sum{}
	for i, l := range b.Lines {
		at := fmt.Sprintf("/lines/%d", i)
		switch kind, known := types[l.AccountCode]; {
		case !known:
			f.Add(at+"/accountCode", ErrBudgetAccount)
		case kind != ledger.Income && kind != ledger.Cost:
			f.Add(at+"/accountCode", ErrBudgetType)
		case seen[l.AccountCode]:
			f.Add(at+"/accountCode", ErrBudgetTwice)
		}
		seen[l.AccountCode] = true
		for m, minor := range l.MonthsMinor {
			if minor < 0 || minor > money.MaxMinor {
				f.Add(fmt.Sprintf("%s/monthsMinor/%d", at, m), ErrBudgetAmount)
				continue
			}
			total = total.Add(minor)
		}
	}
	if total.Err != nil { // so that nobody who sums a budget meets an overflow
		f.Add("/lines", ErrBudgetTooLarge)
	}
}

func (b Budget) checkRooms(f *fault.Faults) {
	sound := true
	for _, x := range []struct {
		pointer string
		months  *Months
	}{{"/roomsAvailable", b.RoomsAvailable}, {"/roomsSold", b.RoomsSold}} {
		if x.months == nil {
			continue
		}
		for m, nights := range x.months {
			if nights < 0 || nights > maxRoomNights {
				f.Add(fmt.Sprintf("%s/%d", x.pointer, m), ErrBudgetRooms)
				sound = false
			}
		}
	}
	if !sound || b.RoomsAvailable == nil || b.RoomsSold == nil {
		return
	}
	for m, sold := range b.RoomsSold {
		if sold > b.RoomsAvailable[m] {
			f.Add(fmt.Sprintf("/roomsSold/%d", m), ErrBudgetSold)
		}
	}
}
