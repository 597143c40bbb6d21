package report

import (
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
)

// Books are what a flash report reads of a property over a year up to a date.
type Books struct {
	Accounts   Accounts
	Totals     map[Account]Total
	Days       []daybook.Day   // oldest first
	Postings   []daybook.Entry // where the totals do not tell payments apart, else empty
	Statistics []daybook.Statistics
}

// Flash is the figures of a range in a flash report.
type Flash struct {
	Range
	Income
	Statement Statement
	Flows     Flows
	Rooms     RoomNights
	Rates     Rates
	// RoomRevenueMinor is nil where the account of ROOM is for something else as well.
	RoomRevenueMinor *int64
	DaysCounted      int   // of which the drawer was counted
	VarianceMinor    int64 // of their last counts together, by what is known now
}

// Flash computes the figures of a range that the books cover. ErrFlowsDiffer where the accounts do not
// say what the day rows say.
func (b Books) Flash(r Range) (Flash, error) {
	f := Flash{Range: r, Rooms: NewRoomNights(b.Statistics, r)}
	sums, err := NewSums(b.Totals, r)
	if err != nil {
		return f, err
	}
	if f.Income, err = NewIncome(b.Accounts, sums); err != nil {
		return f, err
	}
	if f.Statement, err = NewStatement(f.Income); err != nil {
		return f, err
	}
	if err := f.pay(b); err != nil {
		return f, err
	}
	f.RoomRevenueMinor = b.Accounts.RoomRevenue(f.Income)
	f.Rates = f.Rooms.Rates(f.RoomRevenueMinor)
	return f, nil
}

// pay computes what was paid and counted.
func (f *Flash) pay(b Books) error {
	flows, told, err := FlowsOf(b.Accounts, b.Totals, f.Range)
	if err == nil && !told {
		flows, err = FlowsFrom(b.Postings, f.Range)
	}
	if err != nil {
		return err
	}
	f.Flows = flows
	var days []daybook.Day
	add := adder{}
	for _, d := range b.Days {
		if !f.Contains(d.Date) {
			continue
		}
		days = append(days, d)
		if variance, counted := d.VarianceMinor(); counted {
			f.DaysCounted++
			add.to(&f.VarianceMinor, variance)
		}
	}
	if add.err != nil {
		return add.err
	}
	cash, err := NewCash(nil, days)
	if err != nil {
		return err
	}
	return flows.Prove(cash)
}

// FlashBudget is what a budget says of a range of its year, to the day (ToDate).
type FlashBudget struct {
	Income
	Statement Statement
	Available *int64 // room nights; nil where none were planned
	Sold      *int64
	Rates     Rates
	// RoomRevenueMinor is nil as in Flash.
	RoomRevenueMinor *int64
}

// NewFlashBudget takes the budget's part of a range.
func NewFlashBudget(a Accounts, b setup.Budget, r Range) (f FlashBudget, err error) {
	sums := Sums{}
	for _, l := range b.Lines {
		minor, err := ToDate(l.MonthsMinor, r)
		if err != nil {
			return f, err
		}
		if a.Of(l.AccountCode).Type == ledger.Cost {
			sums[l.AccountCode] = Sides{DebitMinor: minor}
		} else {
			sums[l.AccountCode] = Sides{CreditMinor: minor}
		}
	}
	if f.Income, err = NewIncome(a, sums); err != nil {
		return f, err
	}
	if f.Statement, err = NewStatement(f.Income); err != nil {
		return f, err
	}
	if f.Available, err = nights(b.RoomsAvailable, r); err != nil {
		return f, err
	}
	if f.Sold, err = nights(b.RoomsSold, r); err != nil {
		return f, err
	}
	f.RoomRevenueMinor = a.RoomRevenue(f.Income)
	f.Rates = newRates(f.RoomRevenueMinor, f.Sold, f.Available)
	return f, nil
}

func nights(m *setup.Months, r Range) (*int64, error) {
	if m == nil {
		return nil, nil
	}
	n, err := ToDate(*m, r)
	return &n, err
}

// Variance is the actual figure less another one; money.ErrOverflow.
func Variance(actual, other int64) (int64, error) {
	add := adder{}
	return add.less(actual, other), add.err
}
