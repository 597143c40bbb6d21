// Package report defines each figure of the reports once. It is pure: it folds day rows, entries and
// totals that somebody else has read, all at one moment.
package report

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
)

// FormulaVersion names the formulas of this package. It moves when the same books come to other
// figures, and is printed in every report.
const FormulaVersion = 1

// Cash is the cash report of a range of business dates: amounts in minor units of the property's
// currency, reversals with the opposite sign (DOMAIN.md, "Arithmetic of a day").
type Cash struct {
	OpeningMinor       int64
	CashReceivedMinor  int64
	BankReceivedMinor  int64 // all modes but cash
	TotalReceivedMinor int64
	CashExpensesMinor  int64
	BankExpensesMinor  int64
	TotalExpensesMinor int64
	TransfersInMinor   int64
	TransfersOutMinor  int64
	OverShortMinor     int64
	ClosingMinor       int64
	NetCashFlowMinor   int64 // total received - total expenses
	EntryCount         int64 // entries that count, reversals among them
}

// NewCash folds the rows of a range, oldest first. before is the latest earlier row: where the range
// has no row, its closing is carried. ErrOverflow when a sum leaves what an int64 holds.
func NewCash(before *daybook.Day, days []daybook.Day) (Cash, error) {
	var c Cash
	switch {
	case len(days) > 0:
		c.OpeningMinor, c.ClosingMinor = days[0].OpeningMinor, days[len(days)-1].ClosingMinor
	case before != nil:
		c.OpeningMinor, c.ClosingMinor = before.ClosingMinor, before.ClosingMinor
	}
	add := adder{}
	for _, d := range days {
		f := d.Flows
		add.to(&c.CashReceivedMinor, f.CashReceivedMinor)
		add.to(&c.BankReceivedMinor, f.BankReceivedMinor)
		add.to(&c.CashExpensesMinor, f.CashExpensesMinor)
		add.to(&c.BankExpensesMinor, f.BankExpensesMinor)
		add.to(&c.TransfersInMinor, f.TransfersInMinor)
		add.to(&c.TransfersOutMinor, f.TransfersOutMinor)
		add.to(&c.OverShortMinor, f.OverShortMinor)
		c.EntryCount += f.EntryCount
	}
	c.derive(&add)
	return c, add.err
}

// derive computes what follows from the flows.
func (c *Cash) derive(add *adder) {
	c.TotalReceivedMinor = add.sum(c.CashReceivedMinor, c.BankReceivedMinor)
	c.TotalExpensesMinor = add.sum(c.CashExpensesMinor, c.BankExpensesMinor)
	net := money.NewSum(c.TotalReceivedMinor).Sub(c.TotalExpensesMinor)
	c.NetCashFlowMinor = net.Minor
	add.note(net.Err)
}

// Together is the sum of several properties' cash over one range, in one currency: openings and
// closings are the cash in all their drawers.
func Together(all []Cash) (Cash, error) {
	var c Cash
	add := adder{}
	for _, x := range all {
		add.to(&c.OpeningMinor, x.OpeningMinor)
		add.to(&c.CashReceivedMinor, x.CashReceivedMinor)
		add.to(&c.BankReceivedMinor, x.BankReceivedMinor)
		add.to(&c.CashExpensesMinor, x.CashExpensesMinor)
		add.to(&c.BankExpensesMinor, x.BankExpensesMinor)
		add.to(&c.TransfersInMinor, x.TransfersInMinor)
		add.to(&c.TransfersOutMinor, x.TransfersOutMinor)
		add.to(&c.OverShortMinor, x.OverShortMinor)
		add.to(&c.ClosingMinor, x.ClosingMinor)
		c.EntryCount += x.EntryCount
	}
	c.derive(&add)
	return c, add.err
}

// Part is the cash of a part of a range: a day or a month of it.
type Part struct {
	From, To bizdate.Date
	Closed   bool // that its last date is closed
	Cash
}

// Parts divides a range into parts, each with its own opening and closing, and nothing left out: days,
// or calendar months. A part without a row carries the balance of the one before. lastClosed is the
// last closed date that is known beyond the rows.
func Parts(before *daybook.Day, days []daybook.Day, cuts []Range, lastClosed bizdate.Date) ([]Part, error) {
	for _, d := range days {
		if d.Closed {
			lastClosed = max(lastClosed, d.Date)
		}
	}
	out := make([]Part, len(cuts))
	for i, r := range cuts {
		n := 0
		for n < len(days) && days[n].Date <= r.To {
			n++
		}
		c, err := NewCash(before, days[:n])
		if err != nil {
			return nil, err
		}
		if before == nil && n == 0 && len(days) > 0 { // before the first row of the books: what it began with
			c.OpeningMinor, c.ClosingMinor = days[0].OpeningMinor, days[0].OpeningMinor
		}
		out[i] = Part{From: r.From, To: r.To, Closed: lastClosed >= r.To, Cash: c}
		if n > 0 {
			before, days = &days[n-1], days[n:]
		}
	}
	return out, nil
}

// ProfitMarginBasisPoints is net / received, in basis points rounded half away from zero: 0 when
// nothing was received (DOMAIN.md, "month").
func (c Cash) ProfitMarginBasisPoints() int64 {
	return BasisPoints(c.NetCashFlowMinor, c.TotalReceivedMinor)
}

// adder adds checked; the first overflow stays.
type adder struct{ err error }

func (a *adder) note(err error) {
	if a.err == nil {
		a.err = err
	}
}

func (a *adder) to(sum *int64, x int64) {
	s := money.NewSum(*sum).Add(x)
	*sum = s.Minor
	a.note(s.Err)
}

func (a *adder) sum(x, y int64) int64 {
	a.to(&x, y)
	return x
}
