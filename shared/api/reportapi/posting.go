package reportapi

import (
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
)

// Posting is an entry as a report lists it: without its present status, so that the report of a
// closed day stays as it is whatever becomes of its entries later.
type Posting struct {
	PendingPosting
	ApprovedBy string `json:"approvedBy"`
	ReversalOf string `json:"reversalOf,omitempty"`
}

// PendingPosting is an entry that waits, as a report lists it.
type PendingPosting struct {
	ID           string `json:"id"`
	Type         string `json:"type" enum:"REVENUE,EXPENSE,MOVEMENT"`
	BusinessDate string `json:"businessDate" format:"date" doc:"Earlier than the report's for what was approved after its own day had closed."`
	AmountMinor  int64  `json:"amountMinor"`
	NetMinor     int64  `json:"netMinor"`
	PaymentMode  string `json:"paymentMode"`
	Source       string `json:"source,omitempty"`
	CategoryCode string `json:"categoryCode,omitempty"`
	Kind         string `json:"kind,omitempty"`
	Description  string `json:"description,omitempty"`
	VendorName   string `json:"vendorName,omitempty"`
	CreatedBy    string `json:"createdBy"`
}

func newPosting(property ids.UUID, e daybook.Entry) Posting {
	return Posting{PendingPosting: newPending(property, e), ApprovedBy: e.DecidedBy, ReversalOf: e.ReversalOf}
}

func newPending(property ids.UUID, e daybook.Entry) PendingPosting {
	p := PendingPosting{
		ID: e.Locator(property), Type: string(e.Kind), BusinessDate: e.BusinessDate.String(), AmountMinor: e.AmountMinor, NetMinor: e.NetMinor,
		PaymentMode: string(e.Mode), Description: e.Description, VendorName: e.VendorName, CreatedBy: e.CreatedBy,
	}
	p.Source, p.CategoryCode, p.Kind = entryapi.Purpose(e.Facts)
	return p
}
