// Package daybook is the book of original entry: what may happen on a property's business date,
// and what it does to the money. Decide takes the locked state and a command and gives events;
// Evolve takes a state and an event and gives the next state. Both are pure: no clock, no I/O, no
// randomness. The arithmetic of a day (DOMAIN.md) stands here, once, in day.go.
package daybook

import (
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
)

// Status is where an entry stands. Only Approved and Reversed entries count as money: a reversed
// one goes on counting where it was posted, and its reversal counts against it.
type Status string

// The states of an entry: Pending -> Approved, Rejected or Withdrawn; Approved -> Reversed.
const (
	Pending   Status = "PENDING"
	Approved  Status = "APPROVED"
	Rejected  Status = "REJECTED"
	Withdrawn Status = "WITHDRAWN"
	Reversed  Status = "REVERSED"
)

// Statuses lists every status.
var Statuses = []Status{Pending, Approved, Rejected, Withdrawn, Reversed}

// Position is a place in a property's day book: a version of the stream of one date.
type Position struct {
	Stream  bizdate.Date `json:"stream"`
	Version int64        `json:"version"`
}

// ExternalRef is an entry's name in another system; it is unique in a property.
type ExternalRef struct {
	System string `json:"system"`
	ID     string `json:"id"`
}

// Facts are what an entry says. They never change.
type Facts struct {
	ID            ids.UUID           `json:"-"`
	EntryID       string             `json:"entryId"` // ID as text
	Kind          ledger.Kind        `json:"kind"`
	BusinessDate  bizdate.Date       `json:"businessDate"`
	AmountMinor   int64              `json:"amountMinor"` // gross; negative for a reversal
	NetMinor      int64              `json:"netMinor"`    // gross less taxes
	Taxes         []ledger.TaxLine   `json:"taxes,omitempty"`
	Currency      money.Currency     `json:"currency"`
	Mode          ledger.PaymentMode `json:"mode"`
	Category      string             `json:"category"` // a revenue's source, an expense's category, a movement's kind
	Description   string             `json:"description,omitempty"`
	BankReference string             `json:"bankReference,omitempty"`
	VendorName    string             `json:"vendorName,omitempty"`
	External      *ExternalRef       `json:"external,omitempty"`
	OccurredAt    *time.Time         `json:"occurredAt,omitempty"` // UTC
	ReversalOf    string             `json:"reversalOf,omitempty"` // self-locating id of the original
}

// Entry is a document with money in it, as it stands now.
type Entry struct {
	Facts
	Status     Status
	CreatedBy  string
	Recorded   Position     // of the event that made it
	RecordedAt time.Time    // commit time of that event; zero until it is committed
	Decided    Position     // of the event that approved, rejected or withdrew it; zero while pending
	DecidedBy  string       // who did; empty while pending
	PostedDate bizdate.Date // the date on which it counts; zero while it does not
	Legs       []ledger.Leg // of an approved entry
	ReversedBy string       // self-locating id of the reversal
}

// Late reports whether the entry counts on another date than its own.
func (e Entry) Late() bool { return !e.PostedDate.IsZero() && e.PostedDate != e.BusinessDate }

func (f Facts) posting() ledger.Posting {
	return ledger.Posting{
		Kind: f.Kind, Category: f.Category, Mode: f.Mode,
		GrossMinor: f.AmountMinor, NetMinor: f.NetMinor, Taxes: f.Taxes,
	}
}

func (f Facts) item(createdBy string) approval.Item {
	return approval.Item{
		Kind: f.Kind, Category: f.Category, Mode: f.Mode,
		AmountMinor: f.AmountMinor, Currency: f.Currency, CreatedBy: createdBy,
	}
}

func (f Facts) effect() effect {
	return effect{Kind: f.Kind, Category: f.Category, Mode: f.Mode, AmountMinor: f.AmountMinor}
}

// kindLetters are the kinds' letters in self-locating ids: part of every id given out.
var kindLetters = map[ledger.Kind]byte{ledger.Revenue: 'r', ledger.Expense: 'e', ledger.Movement: 'm'}

// Locator is the self-locating id of an entry of a property.
func (f Facts) Locator(property ids.UUID) string {
	return ids.Entry{Kind: kindLetters[f.Kind], Property: property, Date: f.BusinessDate, ID: f.ID}.String()
}

// KindOfLocator is the kind that a self-locating id names; false when there is none such.
func KindOfLocator(id ids.Entry) (ledger.Kind, bool) {
	for k, letter := range kindLetters {
		if letter == id.Kind {
			return k, true
		}
	}
	return "", false
}
