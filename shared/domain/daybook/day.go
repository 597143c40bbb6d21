package daybook

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
)

// Flows are the sums of what is posted on one business date, in minor units of the property's
// currency, reversals with the opposite sign (DOMAIN.md, "Arithmetic of a day").
type Flows struct {
	CashReceivedMinor int64 `json:"cashReceivedMinor"`
	BankReceivedMinor int64 `json:"bankReceivedMinor"` // all modes but cash
	CashExpensesMinor int64 `json:"cashExpensesMinor"`
	BankExpensesMinor int64 `json:"bankExpensesMinor"`
	TransfersInMinor  int64 `json:"transfersInMinor"`
	TransfersOutMinor int64 `json:"transfersOutMinor"`
	OverShortMinor    int64 `json:"overShortMinor"` // over positive, short negative
	EntryCount        int64 `json:"entryCount"`     // entries that count here, reversals among them
}

// Hash is a link of a stream's chain: H(previous link, event).
type Hash [32]byte

// Day is one row of the day book: the folded state of its stream, and its place in the chain of
// balances. Version 0 is a day on which nothing has happened yet.
type Day struct {
	Date         bizdate.Date
	Closed       bool
	OpeningMinor int64 // closing of the latest earlier day; at go-live the opening entry
	Flows        Flows
	ClosingMinor int64
	Version      int64 // of the stream: events 1..Version
	Chain        Hash  // of event Version

	Counted         bool
	CountedMinor    int64 // of the last count
	CountVersion    int64 // the last count's event
	AfterCountMinor int64 // what entries recorded here after the last count did to the drawer, over/short left out
}

// VarianceMinor is counted less what the drawer should hold: the present opening and the day's
// flows without over/short and without entries recorded here after the count. It is 0 and false
// when nothing was counted.
func (d Day) VarianceMinor() (int64, bool) {
	if !d.Counted {
		return 0, false
	}
	return d.variance().Minor, true
}

// expected is what a count finds when nothing is missing.
func (d Day) expected() money.Sum {
	return money.NewSum(d.ClosingMinor).Sub(d.Flows.OverShortMinor).Sub(d.AfterCountMinor)
}

func (d Day) variance() money.Sum {
	expected := d.expected()
	return money.Sum{Minor: d.CountedMinor, Err: expected.Err}.Sub(expected.Minor)
}

// effect is what one entry does to a day: all that the flows depend on.
type effect struct {
	Kind        ledger.Kind
	Category    string
	Mode        ledger.PaymentMode
	AmountMinor int64
}

// flow is the sum that the effect goes into, and its sign there. Whatever has a mode other than
// cash stays out of the drawer.
func (e effect) flow(f *Flows) (*int64, int64) {
	movement := ledger.MovementKind(e.Category)
	switch {
	case e.Kind == ledger.Revenue && e.Mode == ledger.Cash:
		return &f.CashReceivedMinor, 1
	case e.Kind == ledger.Revenue:
		return &f.BankReceivedMinor, 1
	case e.Kind == ledger.Expense && e.Mode == ledger.Cash:
		return &f.CashExpensesMinor, 1
	case e.Kind == ledger.Expense:
		return &f.BankExpensesMinor, 1
	case movement == ledger.Over:
		return &f.OverShortMinor, 1
	case movement == ledger.Short:
		return &f.OverShortMinor, -1
	case movement.In():
		return &f.TransfersInMinor, 1
	default:
		return &f.TransfersOutMinor, 1
	}
}

// drawer is what the effect does to the cash in the drawer, over/short left out.
func (e effect) drawer() int64 {
	movement := ledger.MovementKind(e.Category)
	switch {
	case e.Mode != ledger.Cash || e.Kind == ledger.Movement && movement.OverShort():
		return 0
	case e.Kind == ledger.Revenue || e.Kind == ledger.Movement && movement.In():
		return e.AmountMinor
	default:
		return -e.AmountMinor
	}
}

// figures are all of the day that its closing and variance hang on.
func (d Day) figures() Day {
	d.Closed, d.Version, d.Chain = false, 0, Hash{}
	return d
}

// post adds the effect to the day's flows; the closing is balanced by the caller. recordedHere says
// that the entry was recorded in this day's stream, at the given version: after the last count it
// does not explain that count.
func (d Day) post(e effect, recordedHere bool, version int64) (Day, error) {
	sum, sign := e.flow(&d.Flows)
	var err error
	if *sum, err = money.AddMinor(*sum, sign*e.AmountMinor); err != nil {
		return d, overflowOn(d.Date)
	}
	d.Flows.EntryCount++
	if d.Counted && recordedHere && version > d.CountVersion {
		if d.AfterCountMinor, err = money.AddMinor(d.AfterCountMinor, e.drawer()); err != nil {
			return d, overflowOn(d.Date)
		}
	}
	return d, nil
}

// balanced is the day with its closing computed: the one formula of the product (I3).
func (d Day) balanced() (Day, error) {
	f := d.Flows
	sum := money.NewSum(d.OpeningMinor).Add(f.CashReceivedMinor).Add(f.TransfersInMinor).
		Sub(f.CashExpensesMinor).Sub(f.TransfersOutMinor).Add(f.OverShortMinor)
	if sum.Err != nil {
		return d, overflowOn(d.Date)
	}
	d.ClosingMinor = sum.Minor
	if d.Counted {
		if d.variance().Err != nil {
			return d, overflowOn(d.Date)
		}
	}
	return d, nil
}

func overflowOn(d bizdate.Date) error { return money.ErrOverflow.With("businessDate", d.String()) }
