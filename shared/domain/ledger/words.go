// Package ledger turns what happened at a front desk into double entry: the words of an entry,
// the chart of accounts, and the legs that an approved entry posts. It is pure and knows nothing
// of days, approval or storage.
package ledger

import "innkeep.internal/shared/core/fault"

// Kind is what sort of document an entry is.
type Kind string

// The kinds of an entry (DOMAIN.md).
const (
	Revenue  Kind = "REVENUE"
	Expense  Kind = "EXPENSE"
	Movement Kind = "MOVEMENT"
)

// Kinds lists every kind.
var Kinds = []Kind{Revenue, Expense, Movement}

// PaymentMode is how money changed hands. Only Cash moves the drawer.
type PaymentMode string

// The payment modes.
const (
	Cash       PaymentMode = "CASH"
	Bank       PaymentMode = "BANK"
	Card       PaymentMode = "CARD"
	UPI        PaymentMode = "UPI"
	Wallet     PaymentMode = "WALLET"
	Cheque     PaymentMode = "CHEQUE"
	OTA        PaymentMode = "OTA"
	CityLedger PaymentMode = "CITY_LEDGER"
)

// PaymentModes lists every mode.
var PaymentModes = []PaymentMode{Cash, Bank, Card, UPI, Wallet, Cheque, OTA, CityLedger}

// MovementKind is why cash moved without being earned or spent.
type MovementKind string

// The cash movements. Over and Short are the two directions of an over/short entry.
const (
	BankDeposit       MovementKind = "BANK_DEPOSIT"
	BankWithdrawal    MovementKind = "BANK_WITHDRAWAL"
	FloatIn           MovementKind = "FLOAT_IN"
	FloatOut          MovementKind = "FLOAT_OUT"
	OwnerDraw         MovementKind = "OWNER_DRAW"
	OwnerContribution MovementKind = "OWNER_CONTRIBUTION"
	SafeDrop          MovementKind = "SAFE_DROP"
	Over              MovementKind = "OVER"
	Short             MovementKind = "SHORT"
)

// MovementKinds lists every movement.
var MovementKinds = []MovementKind{
	BankDeposit, BankWithdrawal, FloatIn, FloatOut, OwnerDraw, OwnerContribution, SafeDrop, Over, Short,
}

// In reports whether the movement puts cash into the drawer.
func (m MovementKind) In() bool {
	switch m {
	case BankWithdrawal, FloatIn, OwnerContribution, Over:
		return true
	}
	return false
}

// OverShort reports whether the movement is a difference found by counting.
func (m MovementKind) OverShort() bool { return m == Over || m == Short }

// Use is what an account is for in posting: "mode:CASH", "source:ROOM", "category:UTILITIES",
// "movement:SAFE_DROP", "tax-out:VAT", "tax-in:VAT", "opening". A "*" after the colon of a tax use
// takes every code that has no account of its own.
type Use string

// UseOpening is the counter-account of the opening balance at go-live.
const UseOpening Use = "opening"

// useCash is the account of the drawer.
const useCash = Use("mode:" + string(Cash))

// CategoryUse is the use of what an entry was for: a revenue's source, an expense's category, a
// movement's kind.
func CategoryUse(k Kind, category string) Use {
	switch k {
	case Revenue:
		return Use("source:" + category)
	case Expense:
		return Use("category:" + category)
	default:
		return Use("movement:" + category)
	}
}

// CategoryPointer is where an entry of the kind says what it was for, in the API's entry object.
func CategoryPointer(k Kind) string {
	switch k {
	case Revenue:
		return "/source"
	case Expense:
		return "/categoryCode"
	default:
		return "/kind"
	}
}

var (
	// ErrUnknownSource means that the chart has no account for a revenue's source.
	ErrUnknownSource = fault.New(fault.Invalid, "unknown_source", "the chart of accounts has no account for this source")
	// ErrUnknownCategory means that the chart has no account for an expense's category.
	ErrUnknownCategory = fault.New(fault.Invalid, "unknown_category", "the chart of accounts has no account for this category")
	// ErrUnknownTax means that the chart has no account for a tax line's code.
	ErrUnknownTax = fault.New(fault.Invalid, "unknown_tax", "the chart of accounts has no account for this tax code")
	// ErrChart means that a chart cannot be used for posting.
	ErrChart = fault.New(fault.Invalid, "bad_chart", "the chart of accounts cannot be used")
)
