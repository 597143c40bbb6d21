// Package recon holds what the books say of a property's bank account against what the bank says:
// which book items and statement lines belong together, which of these matches are beyond doubt, and
// the reconciliation statement, which explains the difference between the two balances item by item.
//
// It is pure: what is read and written is reconstore's, and files of banks are read by bankfile.
package recon

import (
	"slices"
	"strconv"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
)

// Line is one booking on a bank's statement.
type Line struct {
	ID            string       // unique in the property; see LineRef
	Statement     string       // the Key of the one that holds it
	BookingDate   bizdate.Date // the date on which the bank counts it
	ValueDate     bizdate.Date // zero when the bank does not say
	AmountMinor   int64        // what it adds to the account: never zero
	Reference     string       // the payment's own, such as EndToEndId; empty when there is none
	BankReference string       // the bank's name for the booking
	Text          string       // what else is written there
}

// Statement is what a bank says of an account from one date to another, both included.
type Statement struct {
	Key          string         `json:"key,omitempty"`     // unique in the property; empty until it is kept
	Account      string         `json:"account,omitempty"` // IBAN or number without blanks; empty when the file does not say
	ID           string         `json:"bankId,omitempty"`  // the bank's; empty when the file has none
	Currency     money.Currency `json:"currency"`
	From         bizdate.Date   `json:"from"`
	To           bizdate.Date   `json:"to"`
	OpeningMinor *int64         `json:"openingMinor,omitempty"` // nil when the bank does not say
	ClosingMinor *int64         `json:"closingMinor,omitempty"`
	Lines        []Line         `json:"-"`                 // in the order of the file
	LeftOut      int            `json:"leftOut,omitempty"` // entries that are no bookings: pending or for information
}

// Item is an entry of the books that moved the bank account.
type Item struct {
	ID          string       // the entry's self-locating id
	Date        bizdate.Date // on which it counts
	AmountMinor int64        // what it adds to the account: never zero
	Mode        ledger.PaymentMode
	Reference   string // the entry's bank reference
	External    string // its name in another system
	Description string
	ReversalOf  string // the id of the entry that it undoes
}

// Rules are how a property's bank account is reconciled.
type Rules struct {
	// OpeningDate is the date at whose end the account held OpeningMinor by the books: an organisation
	// starts somewhere. What counts on it or before it is out of the reconciliation.
	OpeningDate  bizdate.Date `json:"openingDate"`
	OpeningMinor int64        `json:"openingMinor"`
	// Account is the account's number; statements of another one are refused. Empty: any.
	Account string `json:"account,omitempty"`
	// WindowDays is how many days the bank's date of a payment may be away from the books' date.
	WindowDays int `json:"windowDays"`
	// ToleranceMinor is how much the amounts of a line and an item may differ.
	ToleranceMinor int64 `json:"toleranceMinor"`
	// Modes settle through the account besides BANK and the cash that is taken to the bank.
	Modes []ModeRule `json:"modes,omitempty"`
}

// ModeRule says that a payment mode settles through the bank account, less a fee.
type ModeRule struct {
	Mode ledger.PaymentMode `json:"mode"`
	// FeeBasisPoints are what the payer of a payout keeps, in 1/100 percent of it.
	FeeBasisPoints int64 `json:"feeBasisPoints,omitempty"`
	// FeeToleranceMinor is how much a payout may differ from that.
	FeeToleranceMinor int64 `json:"feeToleranceMinor,omitempty"`
}

// The bounds of rules.
const (
	// DefaultWindowDays is the window where none is given.
	DefaultWindowDays = 5
	maxWindowDays     = 31
	maxTolerance      = 10_000 // minor units: more would be another payment
	maxFeePoints      = 2_000  // 20 %, more than any scheme takes
)

var (
	// ErrWindow means that the days between books and bank are out of range.
	ErrWindow = fault.New(fault.Invalid, "bad_match_window", "the window has 0 to 31 days")
	// ErrTolerance means that a tolerance is out of range.
	ErrTolerance = fault.New(fault.Invalid, "bad_match_tolerance", "a tolerance is 0 to 10,000 minor units")
	// ErrMode means that a payment mode cannot have a rule: CASH never settles through the bank, BANK always does.
	ErrMode = fault.New(fault.Invalid, "bad_settling_mode", "a rule is for one of CARD, UPI, WALLET, CHEQUE, OTA and CITY_LEDGER, once")
	// ErrFee means that a fee is out of range.
	ErrFee = fault.New(fault.Invalid, "bad_payout_fee", "a fee is 0 to 2,000 basis points")
)

// Check lists every fault of the rules.
func (r Rules) Check() error {
	var f fault.Faults
	if r.OpeningDate.IsZero() {
		f.Add("/openingDate", bizdate.ErrDate)
	}
	if r.OpeningMinor > money.MaxMinor || r.OpeningMinor < -money.MaxMinor {
		f.Add("/openingMinor", money.ErrOverflow)
	}
	if r.WindowDays < 0 || r.WindowDays > maxWindowDays {
		f.Add("/windowDays", ErrWindow)
	}
	if r.ToleranceMinor < 0 || r.ToleranceMinor > maxTolerance {
		f.Add("/toleranceMinor", ErrTolerance)
	}
	seen := map[ledger.PaymentMode]bool{ledger.Cash: true, ledger.Bank: true}
	for i, m := range r.Modes {
		at := "/modes/" + strconv.Itoa(i)
		if seen[m.Mode] || !slices.Contains(ledger.PaymentModes, m.Mode) {
			f.Add(at+"/mode", ErrMode)
		}
		seen[m.Mode] = true
		if m.FeeBasisPoints < 0 || m.FeeBasisPoints > maxFeePoints {
			f.Add(at+"/feeBasisPoints", ErrFee)
		}
		if m.FeeToleranceMinor < 0 || m.FeeToleranceMinor > maxTolerance {
			f.Add(at+"/feeToleranceMinor", ErrTolerance)
		}
	}
	return f.Err()
}

// mode is the rule of a payment mode; false where it does not settle through the account.
func (r Rules) mode(m ledger.PaymentMode) (ModeRule, bool) {
	if m == ledger.Bank {
		return ModeRule{Mode: m}, true
	}
	for _, rule := range r.Modes {
		if rule.Mode == m {
			return rule, true
		}
	}
	return ModeRule{}, false
}
