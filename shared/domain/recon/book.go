package recon

import (
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Item is what an entry that counts did to the bank account; false when it did nothing to it.
func (r Rules) Item(property ids.UUID, e daybook.Entry) (Item, bool) {
	sign := r.sign(e.Kind, e.Mode, e.Category)
	if sign == 0 || e.PostedDate.IsZero() {
		return Item{}, false
	}
	it := Item{
		ID: e.Locator(property), Date: e.PostedDate, AmountMinor: sign * e.AmountMinor, Mode: e.Mode,
		Reference: e.BankReference, Description: e.Description, ReversalOf: e.ReversalOf,
	}
	if e.External != nil {
		it.External = e.External.ID
	}
	return it, true
}

// sign is 1 for what comes to the account, -1 for what leaves it, 0 for what does not touch it.
// A reversal has the opposite sign by its amount.
func (r Rules) sign(k ledger.Kind, m ledger.PaymentMode, category string) int64 {
	if k == ledger.Movement {
		switch ledger.MovementKind(category) {
		case ledger.BankDeposit:
			return 1
		case ledger.BankWithdrawal:
			return -1
		}
		return 0
	}
	if _, settles := r.mode(m); !settles {
		return 0
	}
	if k == ledger.Expense {
		return -1
	}
	return 1
}

// Accounts are the accounts of the chart on which what the rules reconcile is posted: the bank's, and
// those of the other modes that settle through it.
func (r Rules) Accounts(c ledger.Chart) map[string]bool {
	uses := []ledger.Use{
		ledger.Use("mode:" + string(ledger.Bank)),
		ledger.CategoryUse(ledger.Movement, string(ledger.BankDeposit)), ledger.CategoryUse(ledger.Movement, string(ledger.BankWithdrawal)),
	}
	for _, m := range r.Modes {
		uses = append(uses, ledger.Use("mode:"+string(m.Mode)))
	}
	out := map[string]bool{}
	for _, u := range uses {
		out[c.Account(u)] = true
	}
	return out
}

// LegsMinor is what an entry's legs add to the accounts; money.ErrOverflow.
func LegsMinor(accounts map[string]bool, e daybook.Entry) (int64, error) {
	sum := money.Sum{}
	for _, l := range e.Legs {
		if accounts[l.Account] {
			sum = sum.Add(l.AmountMinor)
		}
	}
	return sum.Minor, sum.Err
}
