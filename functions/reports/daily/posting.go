package daily

import (
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
)

// Posting is an entry as a report lists it: without its present status, so that the report of a
// closed day stays as it is whatever becomes of its entries later.
type Posting struct {
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
	ApprovedBy   string `json:"approvedBy"`
	ReversalOf   string `json:"reversalOf,omitempty"`
}

func newPosting(property ids.UUID, e daybook.Entry) Posting {
	v := entryapi.NewView(property, e)
	return Posting{
		ID: v.ID, Type: v.Type, BusinessDate: v.BusinessDate, AmountMinor: v.AmountMinor, NetMinor: v.NetMinor,
		PaymentMode: v.PaymentMode, Source: v.Source, CategoryCode: v.CategoryCode, Kind: v.Kind,
		Description: v.Description, VendorName: v.VendorName, CreatedBy: v.CreatedBy, ApprovedBy: v.DecidedBy,
		ReversalOf: v.ReversalOf,
	}
}
