// Package report defines each figure of the reports once. It is pure: it folds day rows and entries
// that somebody else has read, all at one moment.
package report

import (
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

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

	ByPaymentMode map[ledger.PaymentMode]ModeSum
	BySource      map[string]Sum // of revenues, gross
	ByCategory    map[string]Sum // of expenses, gross
}

// Sum is an amount and the number of entries in it.
type Sum struct {
	AmountMinor int64 `json:"amountMinor"`
	Count       int64 `json:"count"`
}

// ModeSum is what came in and went out by one payment mode. Cash movements are no part of it.
type ModeSum struct {
	ReceivedMinor int64 `json:"receivedMinor"`
	ExpensesMinor int64 `json:"expensesMinor"`
	Count         int64 `json:"count"`
}

// NewCash folds the rows of a range, oldest first, and the entries posted in it. before is the
// latest earlier row: where the range has no row, its closing is carried. ErrOverflow when a sum
// leaves what an int64 holds.
func NewCash(before *daybook.Day, days []daybook.Day, postings []daybook.Entry) (Cash, error) {
	c := Cash{ByPaymentMode: map[ledger.PaymentMode]ModeSum{}, BySource: map[string]Sum{}, ByCategory: map[string]Sum{}}
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
	c.TotalReceivedMinor = add.sum(c.CashReceivedMinor, c.BankReceivedMinor)
	c.TotalExpensesMinor = add.sum(c.CashExpensesMinor, c.BankExpensesMinor)
	net := money.NewSum(c.TotalReceivedMinor).Sub(c.TotalExpensesMinor)
	c.NetCashFlowMinor = net.Minor
	add.note(net.Err)
	for _, e := range postings {
		c.split(&add, e)
	}
	return c, add.err
}

// split adds an entry to the breakdowns of its kind.
func (c *Cash) split(add *adder, e daybook.Entry) {
	m := c.ByPaymentMode[e.Mode]
	switch e.Kind {
	case ledger.Revenue:
		add.to(&m.ReceivedMinor, e.AmountMinor)
		add.in(c.BySource, e)
	case ledger.Expense:
		add.to(&m.ExpensesMinor, e.AmountMinor)
		add.in(c.ByCategory, e)
	default:
		return
	}
	m.Count++
	c.ByPaymentMode[e.Mode] = m
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

func (a *adder) in(sums map[string]Sum, e daybook.Entry) {
	s := sums[e.Category]
	a.to(&s.AmountMinor, e.AmountMinor)
	s.Count++
	sums[e.Category] = s
}
