package daybook

import (
	"encoding/hex"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
)

// CorrectionCause says what is wrong with a day row; of several things the first in this list.
type CorrectionCause string

// The causes.
const (
	// EventsDamaged: the events themselves cannot be believed (Damage says why). No row is made of them.
	EventsDamaged CorrectionCause = "EVENTS_DAMAGED"
	// MissingRow: the date has events and no row.
	MissingRow CorrectionCause = "MISSING_ROW"
	// ExtraRow: the date has a row and no events.
	ExtraRow CorrectionCause = "EXTRA_ROW"
	// WrongStatus: the row is open where the events closed the day, or the reverse.
	WrongStatus CorrectionCause = "WRONG_STATUS"
	// WrongVersion: stream version or chain hash are not those of the stream's last event.
	WrongVersion CorrectionCause = "WRONG_VERSION"
	// WrongCurrency: the row is in another currency than the property's books.
	WrongCurrency CorrectionCause = "WRONG_CURRENCY"
	// WrongFlow: a flow, the number of entries, or what came after the count is not the events' sum.
	WrongFlow CorrectionCause = "WRONG_FLOW"
	// WrongOpening: the opening is not the one that an event says: OpeningSet at go-live, the last
	// DayClosed for the first open day, its own DayClosed for a closed day.
	WrongOpening CorrectionCause = "WRONG_OPENING"
	// StaleChain: the opening of a later open day is neither the closing of the day before nor what it
	// should be: it was not moved along.
	StaleChain CorrectionCause = "STALE_CHAIN"
	// WrongClosing: the closing is not opening and flows.
	WrongClosing CorrectionCause = "WRONG_CLOSING"
	// WrongCount: the count in the row is not that of the last CashCounted.
	WrongCount CorrectionCause = "WRONG_COUNT"
	// Unexplained: a commit met a row that nothing explains, and nothing was found wrong then.
	Unexplained CorrectionCause = "UNEXPLAINED"
)

// CorrectionCauses lists every cause.
var CorrectionCauses = []CorrectionCause{
	EventsDamaged, MissingRow, ExtraRow, WrongStatus, WrongVersion, WrongCurrency, WrongFlow, WrongOpening, StaleChain,
	WrongClosing, WrongCount, Unexplained,
}

// Corrector is who corrects by himself.
var Corrector = approval.Actor{Subject: "innkeep:corrector", Role: approval.Service}

// BalanceCorrected is the evidence of a correction: what the row of a business date said, and what
// the events say. It stands in the date's own stream while that is open, else in the open day's. Its
// figures are no part of any balance.
type BalanceCorrected struct {
	BusinessDate bizdate.Date    `json:"businessDate"`
	Cause        CorrectionCause `json:"cause"`
	Before       *Balance        `json:"before,omitempty"` // none: there was no row
	After        *Balance        `json:"after,omitempty"`  // none: there should be none. Of the events before this one
}

// Balance is a day row as evidence shows it.
type Balance struct {
	Status       string         `json:"status"` // OPEN or CLOSED
	Currency     money.Currency `json:"currency"`
	OpeningMinor int64          `json:"openingMinor"`
	Flows
	ClosingMinor    int64  `json:"closingMinor"`
	Version         int64  `json:"version"`
	Chain           string `json:"chain"` // hexadecimal
	CountedMinor    *int64 `json:"countedMinor,omitempty"`
	CountVersion    *int64 `json:"countVersion,omitempty"`
	AfterCountMinor int64  `json:"afterCountMinor"`
}

// Row is a day row as it stands in its table.
type Row struct {
	Day
	Currency money.Currency
}

// Balance is the row as evidence; nil for none.
func (r *Row) Balance() *Balance {
	if r == nil {
		return nil
	}
	b := &Balance{
		Status: "OPEN", Currency: r.Currency, OpeningMinor: r.OpeningMinor, Flows: r.Flows, ClosingMinor: r.ClosingMinor,
		Version: r.Version, Chain: hex.EncodeToString(r.Chain[:]), AfterCountMinor: r.AfterCountMinor,
	}
	if r.Closed {
		b.Status = "CLOSED"
	}
	if r.Counted {
		counted, version := r.CountedMinor, r.CountVersion
		b.CountedMinor, b.CountVersion = &counted, &version
	}
	return b
}

// evidence is the event of a correction, next in a day's stream.
func evidence(book tenant.Book, in Day, actor approval.Actor, cause Hash, data BalanceCorrected) (Event, error) {
	return Event{Stream: in.Date, Version: in.Version + 1, Actor: actor, Cause: cause, Data: data}.seal(book, in.Chain)
}
