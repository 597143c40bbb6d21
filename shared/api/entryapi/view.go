// Package entryapi is what revenues, expenses and cash movements have in common over HTTP: record
// one or many, list, read, reverse. The functions say which kind.
package entryapi

import (
	"time"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// View is an entry as the API shows it.
type View struct {
	ID            string       `json:"id" doc:"Opaque."`
	Type          string       `json:"type" enum:"REVENUE,EXPENSE,MOVEMENT"`
	PropertyID    string       `json:"propertyId"`
	BusinessDate  string       `json:"businessDate" format:"date"`
	PostedDate    string       `json:"postedDate,omitempty" format:"date" doc:"The business date on which it counts; absent while it does not."`
	Status        string       `json:"status" enum:"PENDING,APPROVED,REJECTED,WITHDRAWN,REVERSED"`
	AmountMinor   int64        `json:"amountMinor" doc:"Gross, in minor units of the currency; negative for a reversal."`
	NetMinor      int64        `json:"netMinor" doc:"Gross less taxes."`
	TaxLines      []TaxLine    `json:"taxLines,omitempty"`
	Currency      string       `json:"currency" doc:"ISO 4217."`
	PaymentMode   string       `json:"paymentMode"`
	Source        string       `json:"source,omitempty" doc:"Of a revenue."`
	CategoryCode  string       `json:"categoryCode,omitempty" doc:"Of an expense."`
	Kind          string       `json:"kind,omitempty" doc:"Of a cash movement."`
	Description   string       `json:"description,omitempty"`
	BankReference string       `json:"bankReference,omitempty"`
	VendorName    string       `json:"vendorName,omitempty"`
	ExternalRef   *ExternalRef `json:"externalRef,omitempty"`
	OccurredAt    string       `json:"occurredAt,omitempty" format:"date-time"`
	Legs          []Leg        `json:"legs,omitempty" doc:"The double entry of what counts: debits positive, credits negative."`
	CreatedBy     string       `json:"createdBy"`
	RecordedAt    string       `json:"recordedAt" format:"date-time" doc:"Commit time."`
	DecidedBy     string       `json:"decidedBy,omitempty"`
	ReversalOf    string       `json:"reversalOf,omitempty" doc:"The id of the entry that this one undoes."`
	ReversedBy    string       `json:"reversedBy,omitempty" doc:"The id of the entry that undoes this one."`
}

// TaxLine is the part of the gross amount that is one tax.
type TaxLine struct {
	Code        string `json:"code" minLength:"1" maxLength:"20" pattern:"^[A-Z0-9_]+$" doc:"The tax's code."`
	AmountMinor int64  `json:"amountMinor" doc:"Minor units, positive."`
}

// ExternalRef is an entry's name in another system; it is unique in a property.
type ExternalRef struct {
	System string `json:"system" minLength:"1" maxLength:"50"`
	ID     string `json:"id" minLength:"1" maxLength:"200"`
}

// Leg is one line of double entry.
type Leg struct {
	Account     string `json:"account"`
	AmountMinor int64  `json:"amountMinor"`
}

// NewView shows an entry of a property.
func NewView(property ids.UUID, e daybook.Entry) View {
	v := View{
		ID: e.Locator(property), Type: string(e.Kind), PropertyID: property.String(),
		BusinessDate: e.BusinessDate.String(), Status: string(e.Status),
		AmountMinor: e.AmountMinor, NetMinor: e.NetMinor, Currency: string(e.Currency), PaymentMode: string(e.Mode),
		Description: e.Description, BankReference: e.BankReference, VendorName: e.VendorName,
		CreatedBy: e.CreatedBy, RecordedAt: e.RecordedAt.UTC().Format(time.RFC3339Nano), DecidedBy: e.DecidedBy,
		ReversalOf: e.ReversalOf, ReversedBy: e.ReversedBy,
	}
	v.Source, v.CategoryCode, v.Kind = Purpose(e.Facts)
	if !e.PostedDate.IsZero() {
		v.PostedDate = e.PostedDate.String()
	}
	if e.OccurredAt != nil {
		v.OccurredAt = e.OccurredAt.UTC().Format(time.RFC3339Nano)
	}
	if e.External != nil {
		v.ExternalRef = &ExternalRef{System: e.External.System, ID: e.External.ID}
	}
	for _, t := range e.Taxes {
		v.TaxLines = append(v.TaxLines, TaxLine(t))
	}
	for _, l := range e.Legs {
		v.Legs = append(v.Legs, Leg(l))
	}
	return v
}

// Purpose is an entry's category as the API names it: a revenue's source, an expense's category code
// or a movement's kind; the other two are empty.
func Purpose(f daybook.Facts) (source, categoryCode, kind string) {
	switch f.Kind {
	case ledger.Revenue:
		return f.Category, "", ""
	case ledger.Expense:
		return "", f.Category, ""
	}
	return "", "", f.Category
}
