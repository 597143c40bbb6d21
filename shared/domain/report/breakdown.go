package report

import (
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Breakdown divides what was received and spent in a range by how and for what.
type Breakdown struct {
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

// NewBreakdown folds the entries posted in a range. ErrOverflow when a sum leaves what an int64 holds.
func NewBreakdown(postings []daybook.Entry) (Breakdown, error) {
	b := Breakdown{ByPaymentMode: map[ledger.PaymentMode]ModeSum{}, BySource: map[string]Sum{}, ByCategory: map[string]Sum{}}
	add := adder{}
	for _, e := range postings {
		m := b.ByPaymentMode[e.Mode]
		switch e.Kind {
		case ledger.Revenue:
			add.to(&m.ReceivedMinor, e.AmountMinor)
			add.in(b.BySource, e)
		case ledger.Expense:
			add.to(&m.ExpensesMinor, e.AmountMinor)
			add.in(b.ByCategory, e)
		default:
			continue
		}
		m.Count++
		b.ByPaymentMode[e.Mode] = m
	}
	return b, add.err
}

func (a *adder) in(sums map[string]Sum, e daybook.Entry) {
	s := sums[e.Category]
	a.to(&s.AmountMinor, e.AmountMinor)
	s.Count++
	sums[e.Category] = s
}

// Waiting is what entries that wait would come to, by kind, in minor units. It is part of no other sum.
type Waiting struct {
	RevenuesMinor     int64
	ExpensesMinor     int64
	MovementsInMinor  int64
	MovementsOutMinor int64
}

// NewWaiting folds entries that wait.
func NewWaiting(pending []daybook.Entry) (Waiting, error) {
	var w Waiting
	add := adder{}
	for _, e := range pending {
		switch {
		case e.Kind == ledger.Revenue:
			add.to(&w.RevenuesMinor, e.AmountMinor)
		case e.Kind == ledger.Expense:
			add.to(&w.ExpensesMinor, e.AmountMinor)
		case ledger.MovementKind(e.Category).In():
			add.to(&w.MovementsInMinor, e.AmountMinor)
		default:
			add.to(&w.MovementsOutMinor, e.AmountMinor)
		}
	}
	return w, add.err
}
