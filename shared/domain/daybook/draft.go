package daybook

import (
	"fmt"
	"slices"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
)

// Draft is an entry that somebody wants to record: Facts without an id. Amounts are positive.
type Draft struct {
	Kind          ledger.Kind        `json:"kind"`
	BusinessDate  bizdate.Date       `json:"businessDate"`
	AmountMinor   int64              `json:"amountMinor"` // gross
	Taxes         []ledger.TaxLine   `json:"taxes,omitempty"`
	Currency      money.Currency     `json:"currency"`
	Mode          ledger.PaymentMode `json:"mode"`
	Category      string             `json:"category"`
	Description   string             `json:"description,omitempty"`
	BankReference string             `json:"bankReference,omitempty"`
	VendorName    string             `json:"vendorName,omitempty"`
	External      *ExternalRef       `json:"external,omitempty"`
	OccurredAt    *time.Time         `json:"occurredAt,omitempty"`
}

// The faults of a draft's fields. Pointers are those of the API's entry object.
var (
	ErrAmountZero     = fault.New(fault.Invalid, "amount_zero", "the amount must not be zero")
	ErrAmountNegative = fault.New(fault.Invalid, "amount_negative", "the amount must be positive")
	ErrAmountTooLarge = fault.New(fault.Invalid, "amount_too_large", "the amount must not exceed 10^15 minor units")
	ErrTaxExceeds     = fault.New(fault.Invalid, "tax_exceeds_amount", "the taxes exceed the gross amount")
	ErrTaxOnMovement  = fault.New(fault.Invalid, "tax_on_movement", "a cash movement has no taxes")
	ErrPaymentMode    = fault.New(fault.Invalid, "unknown_payment_mode", "the payment mode is unknown")
	ErrMovementMode   = fault.New(fault.Invalid, "movement_not_cash", "a cash movement has the payment mode CASH")
	ErrMovementKind   = fault.New(fault.Invalid, "unknown_movement", "the kind of cash movement is unknown")
	ErrCategory       = fault.New(fault.Invalid, "category_missing", "say what the entry was for")
	ErrKind           = fault.New(fault.Invalid, "unknown_kind", "an entry is a revenue, an expense or a cash movement")
	ErrOccurredAt     = fault.New(fault.Invalid, "occurred_at_out_of_range", "the time lies outside of the years 1 to 9999 in UTC")
)

// Check lists every fault of the draft that does not depend on the property's state, for a
// property that keeps its books in the given currency.
func (d Draft) Check(books money.Currency) error {
	var f fault.Faults
	if !slices.Contains(ledger.Kinds, d.Kind) {
		f.Add("", ErrKind)
	}
	if t := d.OccurredAt; t != nil && (t.UTC().Year() < 1 || t.UTC().Year() > 9999) {
		f.Add("/occurredAt", ErrOccurredAt)
	}
	f.Add("/amountMinor", checkAmount(d.AmountMinor))
	if _, err := money.ParseCurrency(string(d.Currency)); err != nil {
		f.Add("/currency", err)
	} else if d.Currency != books {
		f.Add("/currency", money.ErrMismatch)
	}
	if !slices.Contains(ledger.PaymentModes, d.Mode) {
		f.Add("/paymentMode", ErrPaymentMode)
	}
	taxes := money.Sum{}
	for i, t := range d.Taxes {
		f.Add(fmt.Sprintf("/taxLines/%d/amountMinor", i), checkAmount(t.AmountMinor))
		taxes = taxes.Add(t.AmountMinor)
	}
	if taxes.Err != nil || d.AmountMinor > 0 && taxes.Minor > d.AmountMinor {
		f.Add("/taxLines", ErrTaxExceeds)
	}
	if d.Kind == ledger.Movement {
		d.checkMovement(&f)
	} else if d.Category == "" {
		f.Add(ledger.CategoryPointer(d.Kind), ErrCategory)
	}
	return f.Err()
}

func (d Draft) checkMovement(f *fault.Faults) {
	if !slices.Contains(ledger.MovementKinds, ledger.MovementKind(d.Category)) {
		f.Add(ledger.CategoryPointer(d.Kind), ErrMovementKind)
	}
	if d.Mode != ledger.Cash {
		f.Add("/paymentMode", ErrMovementMode)
	}
	if len(d.Taxes) > 0 {
		f.Add("/taxLines", ErrTaxOnMovement)
	}
}

func checkAmount(minor int64) error {
	switch {
	case minor == 0:
		return ErrAmountZero
	case minor < 0:
		return ErrAmountNegative
	case minor > money.MaxMinor:
		return ErrAmountTooLarge
	}
	return nil
}

// facts are the draft's with the id that the command's key gives.
func (d Draft) facts(key Hash) Facts {
	id := EntryIDFor(key, d.BusinessDate)
	net := d.AmountMinor
	for _, t := range d.Taxes {
		net -= t.AmountMinor
	}
	return Facts{
		ID: id, EntryID: id.String(), Kind: d.Kind, BusinessDate: d.BusinessDate,
		AmountMinor: d.AmountMinor, NetMinor: net, Taxes: d.Taxes, Currency: d.Currency,
		Mode: d.Mode, Category: d.Category, Description: d.Description, BankReference: d.BankReference,
		VendorName: d.VendorName, External: d.External, OccurredAt: d.OccurredAt,
	}
}

// Draft is what the facts were made from: with it a request can be told from another under the
// same key when the command's row has expired.
func (f Facts) Draft() Draft {
	return Draft{
		Kind: f.Kind, BusinessDate: f.BusinessDate, AmountMinor: f.AmountMinor, Taxes: f.Taxes,
		Currency: f.Currency, Mode: f.Mode, Category: f.Category, Description: f.Description,
		BankReference: f.BankReference, VendorName: f.VendorName, External: f.External, OccurredAt: f.OccurredAt,
	}
}
