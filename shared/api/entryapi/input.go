package entryapi

import (
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// Common is what every new entry says.
type Common struct {
	PropertyID    string       `json:"propertyId" format:"uuid"`
	BusinessDate  string       `json:"businessDate,omitempty" format:"date" doc:"The property's trading day. Without it, it follows from occurredAt."`
	OccurredAt    *time.Time   `json:"occurredAt,omitempty" doc:"When it happened. Without businessDate it gives that, by the property's time zone and cut-off."`
	AmountMinor   int64        `json:"amountMinor" doc:"Gross, in minor units of the currency: 1 to 10^15."`
	TaxLines      []TaxLine    `json:"taxLines,omitempty" maxItems:"20" doc:"Taxes in the gross amount."`
	Currency      string       `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217: the property's currency."`
	Description   string       `json:"description,omitempty" maxLength:"500"`
	BankReference string       `json:"bankReference,omitempty" maxLength:"100"`
	VendorName    string       `json:"vendorName,omitempty" maxLength:"200"`
	ExternalRef   *ExternalRef `json:"externalRef,omitempty" doc:"The entry's name in another system: unique in the property."`
}

// Revenue is a new revenue.
type Revenue struct {
	Common
	PaymentMode string `json:"paymentMode" enum:"CASH,BANK,CARD,UPI,WALLET,CHEQUE,OTA,CITY_LEDGER"`
	Source      string `json:"source" minLength:"1" maxLength:"64" doc:"What was sold: a source of the chart of accounts, such as ROOM."`
}

// Expense is a new expense.
type Expense struct {
	Common
	PaymentMode  string `json:"paymentMode" enum:"CASH,BANK,CARD,UPI,WALLET,CHEQUE,OTA,CITY_LEDGER"`
	CategoryCode string `json:"categoryCode" minLength:"1" maxLength:"64" doc:"What was bought: a category of the chart of accounts, such as UTILITIES."`
}

// Movement is a new cash movement.
type Movement struct {
	Common
	PaymentMode string `json:"paymentMode,omitempty" enum:"CASH" doc:"A movement is of cash."`
	Kind        string `json:"kind" enum:"BANK_DEPOSIT,BANK_WITHDRAWAL,FLOAT_IN,FLOAT_OUT,OWNER_DRAW,OWNER_CONTRIBUTION,SAFE_DROP,OVER,SHORT"`
}

// LineKey is the key of a line of a bulk call.
type LineKey struct {
	Key string `json:"key,omitempty" minLength:"1" maxLength:"200" doc:"Makes the line take effect once, like Idempotency-Key of a single call. Without it the call's key and the line's number serve."`
}

// The lines of a bulk call, one type a kind.
type (
	// RevenueLine is a new revenue with its key.
	RevenueLine struct {
		LineKey
		Revenue
	}
	// ExpenseLine is a new expense with its key.
	ExpenseLine struct {
		LineKey
		Expense
	}
	// MovementLine is a new cash movement with its key.
	MovementLine struct {
		LineKey
		Movement
	}
)

// Input is a new entry of any kind.
type Input interface {
	common() Common
	draft() daybook.Draft
}

// Line is a new entry of any kind in a bulk call.
type Line interface {
	Input
	lineKey() string
}

func (c Common) common() Common   { return c }
func (k LineKey) lineKey() string { return k.Key }

func (r Revenue) draft() daybook.Draft {
	return r.fill(ledger.Revenue, r.PaymentMode, r.Source)
}

func (e Expense) draft() daybook.Draft {
	return e.fill(ledger.Expense, e.PaymentMode, e.CategoryCode)
}

func (m Movement) draft() daybook.Draft {
	return m.fill(ledger.Movement, string(ledger.Cash), m.Kind)
}

func (c Common) fill(k ledger.Kind, mode, category string) daybook.Draft {
	d := daybook.Draft{
		Kind: k, AmountMinor: c.AmountMinor, Currency: money.Currency(c.Currency), Mode: ledger.PaymentMode(mode),
		Category: category, Description: c.Description, BankReference: c.BankReference, VendorName: c.VendorName,
	}
	for _, t := range c.TaxLines {
		d.Taxes = append(d.Taxes, ledger.TaxLine(t))
	}
	if c.ExternalRef != nil {
		d.External = &daybook.ExternalRef{System: c.ExternalRef.System, ID: c.ExternalRef.ID}
	}
	if c.OccurredAt != nil {
		at := c.OccurredAt.UTC()
		d.OccurredAt = &at
	}
	return d
}

// ErrDateMissing means that neither businessDate nor occurredAt was given.
var ErrDateMissing = fault.New(fault.Invalid, "date_missing", "give businessDate or occurredAt")

// Draft is the entry that in asks for at a desk. Its error lists the faults of all fields.
func Draft(d api.Desk, in Input) (daybook.Draft, error) {
	c, draft := in.common(), in.draft()
	var f fault.Faults
	switch {
	case c.BusinessDate != "":
		date, err := bizdate.Parse(c.BusinessDate)
		f.Add("/businessDate", err)
		draft.BusinessDate = date
	case c.OccurredAt == nil:
		f.Add("/businessDate", ErrDateMissing)
	default:
		draft.BusinessDate = d.Desk.Today(*c.OccurredAt)
	}
	f.Add("", draft.Check(d.Property.Currency))
	return draft, f.Err()
}
