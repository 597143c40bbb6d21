package report

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Account is where a leg is added up: an account, on the date that it was posted on, by the way that
// its entry was paid.
type Account struct {
	PostedDate bizdate.Date
	Code       string // of the chart
	Mode       ledger.PaymentMode
}

// Total is the sum of an account's legs, by side: neither is negative, since the leg of a reversal
// stands on the other side than the one that it undoes.
type Total struct {
	Currency    money.Currency
	DebitMinor  int64
	CreditMinor int64
	LegCount    int64
}

// Add is the sum of two totals of one account; money.ErrOverflow or money.ErrMismatch.
func (t Total) Add(u Total) (Total, error) {
	if t.LegCount == 0 {
		return u, nil
	}
	if t.Currency != u.Currency {
		return t, money.ErrMismatch
	}
	var err error
	if t.DebitMinor, err = money.AddMinor(t.DebitMinor, u.DebitMinor); err != nil {
		return t, err
	}
	if t.CreditMinor, err = money.AddMinor(t.CreditMinor, u.CreditMinor); err != nil {
		return t, err
	}
	t.LegCount += u.LegCount
	return t, nil
}

// Totals adds up the legs that an event posts to its accounts, into sums. An event that posts
// nothing changes nothing; with an error sums is as it was before or partly added to.
func Totals(sums map[Account]Total, posted bizdate.Date, data daybook.Data) error {
	legs, mode, currency := postings(data)
	for _, l := range legs {
		k := Account{PostedDate: posted, Code: l.Account, Mode: mode}
		leg := Total{Currency: currency, LegCount: 1}
		if l.AmountMinor >= 0 {
			leg.DebitMinor = l.AmountMinor
		} else {
			leg.CreditMinor = -l.AmountMinor
		}
		sum, err := sums[k].Add(leg)
		if err != nil {
			return err
		}
		sums[k] = sum
	}
	return nil
}

// postings are the legs of an event, and the mode and currency of its entry. An opening is cash.
func postings(data daybook.Data) ([]ledger.Leg, ledger.PaymentMode, money.Currency) {
	switch d := data.(type) {
	case daybook.OpeningSet:
		return d.Legs, ledger.Cash, d.Currency
	case daybook.EntryRecorded:
		return d.Legs, d.Mode, d.Currency
	case daybook.EntryApproved:
		return d.Legs, d.Mode, d.Currency
	case daybook.EntryReversed:
		return d.Legs, d.Mode, d.Currency
	}
	return nil, "", ""
}
