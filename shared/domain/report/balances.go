package report

import (
	"maps"
	"slices"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
)

// ErrUnbalanced is a defect: the legs of a currency do not sum to zero.
var ErrUnbalanced = fault.New(fault.Internal, "books_unbalanced", "debits and credits of the books differ")

// Sides are what was posted to an account by side, in minor units; neither is negative.
type Sides struct{ DebitMinor, CreditMinor int64 }

// NetMinor is debit less credit. It cannot overflow: neither side is negative.
func (s Sides) NetMinor() int64 { return s.DebitMinor - s.CreditMinor }

func (s Sides) plus(t Sides, add *adder) Sides {
	add.to(&s.DebitMinor, t.DebitMinor)
	add.to(&s.CreditMinor, t.CreditMinor)
	return s
}

// Sums are what was posted in a range by account, in one currency.
type Sums map[string]Sides

// NewSums adds up the totals of posted dates in the range, over all payment modes. money.ErrOverflow
// when a sum leaves what an int64 holds.
func NewSums(totals map[Account]Total, r Range) (Sums, error) {
	s, add := Sums{}, adder{}
	for k, t := range totals {
		if r.Contains(k.PostedDate) {
			s[k.Code] = s[k.Code].plus(Sides{t.DebitMinor, t.CreditMinor}, &add)
		}
	}
	return s, add.err
}

// AddSums is several sums of one currency together, such as those of properties.
func AddSums(all []Sums) (Sums, error) {
	out, add := Sums{}, adder{}
	for _, s := range all {
		for code, x := range s {
			out[code] = out[code].plus(x, &add)
		}
	}
	return out, add.err
}

// Balance is an account in the trial balance: debit balances are positive, credit balances negative.
type Balance struct {
	ledger.Account
	OpeningMinor int64
	DebitMinor   int64
	CreditMinor  int64
	ClosingMinor int64 // opening + debits - credits
}

// TrialBalance is the balances of all accounts that anything was ever posted to, by code.
type TrialBalance struct {
	Balances []Balance
	Sum      Balance // over all of them: opening and closing are zero
}

// NewTrialBalance puts what was posted in a range on top of what was posted before it. ErrUnbalanced
// when the two sides differ, within the range or in the end, and so before it: then the books have a
// defect.
func NewTrialBalance(a Accounts, before, within Sums) (TrialBalance, error) {
	codes := map[string]bool{}
	for code := range before {
		codes[code] = true
	}
	for code := range within {
		codes[code] = true
	}
	var t TrialBalance
	add := adder{}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		x := within[code]
		b := Balance{Account: a.Of(code), OpeningMinor: before[code].NetMinor(), DebitMinor: x.DebitMinor, CreditMinor: x.CreditMinor}
		b.ClosingMinor = add.sum(b.OpeningMinor, x.NetMinor())
		t.Balances = append(t.Balances, b)
		add.to(&t.Sum.OpeningMinor, b.OpeningMinor)
		add.to(&t.Sum.DebitMinor, b.DebitMinor)
		add.to(&t.Sum.CreditMinor, b.CreditMinor)
		add.to(&t.Sum.ClosingMinor, b.ClosingMinor)
	}
	if add.err != nil {
		return t, add.err
	}
	if t.Sum.ClosingMinor != 0 || t.Sum.DebitMinor != t.Sum.CreditMinor {
		return t, ErrUnbalanced
	}
	return t, nil
}

// AccountAmount is an account and an amount of it.
type AccountAmount struct {
	ledger.Account
	AmountMinor int64
}

// Income is revenue and expense of a range by account, net of tax: what is earned and spent counts on
// its posted date, whether paid or not.
type Income struct {
	Revenue       []AccountAmount // credits less debits of INCOME accounts, by code
	Expenses      []AccountAmount // debits less credits of EXPENSE accounts, by code
	RevenueMinor  int64
	ExpensesMinor int64
	NetMinor      int64
	// Unknown are accounts that no chart knows, debits less credits. They are in no other figure: it
	// cannot be said whether they are of income.
	Unknown []AccountAmount
}

// NewIncome divides the accounts of a range. money.ErrOverflow when a sum leaves what an int64 holds.
func NewIncome(a Accounts, within Sums) (Income, error) {
	var p Income
	add := adder{}
	for _, code := range slices.Sorted(maps.Keys(within)) {
		x, net := a.Of(code), within[code].NetMinor()
		switch x.Type {
		case ledger.Income:
			p.Revenue = append(p.Revenue, AccountAmount{x, -net})
			add.to(&p.RevenueMinor, -net)
		case ledger.Cost:
			p.Expenses = append(p.Expenses, AccountAmount{x, net})
			add.to(&p.ExpensesMinor, net)
		case UnknownType:
			p.Unknown = append(p.Unknown, AccountAmount{x, net})
		}
	}
	p.NetMinor = add.less(p.RevenueMinor, p.ExpensesMinor)
	return p, add.err
}

// MarginBasisPoints is net by revenue, in basis points; false when there is no revenue to divide by.
func (p Income) MarginBasisPoints() (int64, bool) {
	return BasisPoints(p.NetMinor, p.RevenueMinor), p.RevenueMinor != 0
}

func (a *adder) less(x, y int64) int64 {
	s := money.NewSum(x).Sub(y)
	a.note(s.Err)
	return s.Minor
}
