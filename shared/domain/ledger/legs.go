package ledger

import (
	"fmt"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
)

// Leg is one line of double entry: a debit is positive, a credit negative, in minor units of the
// entry's currency. The legs of one entry sum to zero (I2).
type Leg struct {
	Account     string `json:"account"`
	AmountMinor int64  `json:"amountMinor"`
}

// TaxLine is the part of an entry's gross that is one tax. AmountMinor is positive.
type TaxLine struct {
	Code        string `json:"code"`
	AmountMinor int64  `json:"amountMinor"`
}

// Posting is what legs are made of: gross = net + taxes, all positive.
type Posting struct {
	Kind       Kind
	Category   string // a revenue's source, an expense's category, a movement's kind
	Mode       PaymentMode
	GrossMinor int64
	NetMinor   int64
	Taxes      []TaxLine
}

// Check says whether the chart can post p: every word of it has an account.
func (c Chart) Check(p Posting) error {
	if c.Account(CategoryUse(p.Kind, p.Category)) == "" {
		if p.Kind == Revenue {
			return ErrUnknownSource.At(CategoryPointer(p.Kind))
		}
		return ErrUnknownCategory.At(CategoryPointer(p.Kind))
	}
	for i, t := range p.Taxes {
		if c.Account(taxUse(p.Kind, t.Code)) == "" {
			return ErrUnknownTax.At(fmt.Sprintf("/taxLines/%d/code", i))
		}
	}
	return nil
}

func taxUse(k Kind, code string) Use {
	if k == Expense {
		return Use("tax-in:" + code)
	}
	return Use("tax-out:" + code)
}

// Legs are the double entry of p. A revenue debits where the money came to and credits revenue and
// taxes; an expense is its mirror; a movement exchanges cash with its counter-account.
func (c Chart) Legs(p Posting) ([]Leg, error) {
	if err := c.Check(p); err != nil {
		return nil, err
	}
	money, counter := c.Account(Use("mode:"+string(p.Mode))), c.Account(CategoryUse(p.Kind, p.Category))
	sign := int64(1)
	if p.Kind == Expense || p.Kind == Movement && !MovementKind(p.Category).In() {
		sign = -1
	}
	legs := []Leg{{money, sign * p.GrossMinor}, {counter, -sign * p.NetMinor}}
	for _, t := range p.Taxes {
		legs = append(legs, Leg{c.Account(taxUse(p.Kind, t.Code)), -sign * t.AmountMinor})
	}
	return balanced(legs)
}

// OpeningLegs book a change of the opening balance by deltaMinor.
func (c Chart) OpeningLegs(deltaMinor int64) []Leg {
	return []Leg{{c.Account(useCash), deltaMinor}, {c.Account(UseOpening), -deltaMinor}}
}

// Opposite is the legs of a reversal: the same accounts, each amount with the other sign.
func Opposite(legs []Leg) []Leg {
	out := make([]Leg, len(legs))
	for i, l := range legs {
		out[i] = Leg{l.Account, -l.AmountMinor}
	}
	return out
}

// errUnbalanced is a defect: gross was not net + taxes.
var errUnbalanced = fault.New(fault.Internal, "legs_unbalanced", "the legs of an entry do not sum to zero")

func balanced(legs []Leg) ([]Leg, error) {
	var sum int64
	var err error
	for _, l := range legs {
		if sum, err = money.AddMinor(sum, l.AmountMinor); err != nil {
			return nil, err
		}
	}
	if sum != 0 {
		return nil, errUnbalanced
	}
	return legs, nil
}
