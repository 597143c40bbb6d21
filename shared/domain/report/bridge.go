package report

import (
	"maps"
	"slices"

	"innkeep.internal/shared/domain/ledger"
)

// CashAccount is an account that holds cash, or cash at the bank.
type CashAccount struct {
	ledger.Account
	OpeningMinor int64
	ChangeMinor  int64
	ClosingMinor int64
}

// Bridge leads from the net income of a range, which counts what is earned and spent, to the change of
// cash and bank, which counts what was paid: the movement of every other account of the balance sheet
// lies between them.
type Bridge struct {
	NetMinor int64 // of the profit and loss account
	// Lines are what each other account does to cash: more of a receivable or a recoverable tax is less
	// cash, more of a liability or of the owner's money is more of it.
	Lines        []AccountAmount
	ChangeMinor  int64 // net + lines = the change of the cash accounts
	Cash         []CashAccount
	OpeningMinor int64
	ClosingMinor int64
}

// NewBridge builds it. ErrUnbalanced when the two ways to the change of cash do not meet.
func NewBridge(a Accounts, before, within Sums) (Bridge, error) {
	p, err := NewIncome(a, within)
	if err != nil {
		return Bridge{}, err
	}
	b := Bridge{NetMinor: p.NetMinor, ChangeMinor: p.NetMinor}
	add := adder{}
	all := maps.Clone(within)
	for code := range before {
		if _, moved := all[code]; !moved && a.Cash(code) {
			all[code] = Sides{}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(all)) {
		x, net := a.Of(code), all[code].NetMinor()
		switch {
		case a.Cash(code):
			own := CashAccount{Account: x, OpeningMinor: before[code].NetMinor(), ChangeMinor: net}
			own.ClosingMinor = add.sum(own.OpeningMinor, net)
			b.Cash = append(b.Cash, own)
			add.to(&b.OpeningMinor, own.OpeningMinor)
			add.to(&b.ClosingMinor, own.ClosingMinor)
		case x.Type != ledger.Income && x.Type != ledger.Cost:
			b.Lines = append(b.Lines, AccountAmount{x, -net})
			add.to(&b.ChangeMinor, -net)
		}
	}
	if change := add.less(b.ClosingMinor, b.OpeningMinor); add.err == nil && change != b.ChangeMinor {
		return b, ErrUnbalanced
	}
	return b, add.err
}
