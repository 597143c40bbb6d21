package report

import (
	"cmp"
	"slices"
)

// Trend is the income of a part of a range, and how it differs from the part before.
type Trend struct {
	Range
	RevenueMinor  int64
	ExpensesMinor int64
	NetMinor      int64
	// Changes to the part before, in basis points of its magnitude; nil for the first part and where
	// that one is zero: there is nothing to compare with.
	RevenueChange  *int64
	ExpensesChange *int64
	NetChange      *int64
}

// NewTrends puts the incomes of the parts of a range, in their order, one beside the other.
func NewTrends(parts []Range, incomes []Income) ([]Trend, error) {
	out := make([]Trend, len(parts))
	add := adder{}
	for i, p := range incomes {
		t := Trend{Range: parts[i], RevenueMinor: p.RevenueMinor, ExpensesMinor: p.ExpensesMinor, NetMinor: p.NetMinor}
		if i > 0 {
			last := incomes[i-1]
			t.RevenueChange = add.change(last.RevenueMinor, p.RevenueMinor)
			t.ExpensesChange = add.change(last.ExpensesMinor, p.ExpensesMinor)
			t.NetChange = add.change(last.NetMinor, p.NetMinor)
		}
		out[i] = t
	}
	return out, add.err
}

// change is how much an amount has changed, by the magnitude of what it was.
func (a *adder) change(was, is int64) *int64 {
	if was == 0 {
		return nil
	}
	bp := BasisPoints(a.less(is, was), was)
	if was < 0 {
		bp = -bp
	}
	return &bp
}

// topAccounts is how many accounts a trend names.
const topAccounts = 10

// Top is the largest accounts of a list, and the rest as one.
type Top struct {
	Accounts  []AccountAmount // by amount, the largest first; then by code
	Others    int
	RestMinor int64 // of the others together
}

// NewTop finds the ten largest.
func NewTop(list []AccountAmount) (Top, error) {
	list = slices.SortedFunc(slices.Values(list), func(x, y AccountAmount) int {
		return cmp.Or(cmp.Compare(y.AmountMinor, x.AmountMinor), cmp.Compare(x.Code, y.Code))
	})
	n := min(topAccounts, len(list))
	t := Top{Accounts: list[:n], Others: len(list) - n}
	add := adder{}
	for _, x := range list[n:] {
		add.to(&t.RestMinor, x.AmountMinor)
	}
	return t, add.err
}
