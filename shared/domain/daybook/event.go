package daybook

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
)

// EventType names what happened; with SchemaVersion it says how the data are to be read.
type EventType string

// The events of a day's stream.
const (
	TypeOpeningSet         EventType = "OpeningSet"
	TypeEntryRecorded      EventType = "EntryRecorded"
	TypeEntryApproved      EventType = "EntryApproved"
	TypeEntryRejected      EventType = "EntryRejected"
	TypeEntryWithdrawn     EventType = "EntryWithdrawn"
	TypeEntryReversed      EventType = "EntryReversed"
	TypeCashCounted        EventType = "CashCounted"
	TypeDayClosed          EventType = "DayClosed"
	TypeDayReopened        EventType = "DayReopened"
	TypeDailyGranted       EventType = "DailyGranted"
	TypeStatisticsRecorded EventType = "StatisticsRecorded"
)

// Event is something that happened to a property's money on a business date. It is never changed.
type Event struct {
	Stream  bizdate.Date
	Version int64
	Actor   approval.Actor
	Cause   Hash // the command's key
	Judged  Judged
	Data    Data
	Raw     Raw  // the stored form of the above, that Chain stands on
	Chain   Hash // Link of the stream's previous event and this one
}

// Raw is an event's stored form: canonical JSON of its parts.
type Raw struct{ Actor, Judged, Data string }

// Position is the event's place in the day book.
func (e Event) Position() Position { return Position{Stream: e.Stream, Version: e.Version} }

// Judged are the versions of the setup that stood behind the decision.
type Judged struct {
	Policy int64 `json:"policy"`
	Chart  int64 `json:"chart"`
}

// Data is the content of an event: one of the structs below.
type Data interface{ Type() EventType }

// OpeningSet is the property's cash at go-live, or its change. Legs book the difference.
type OpeningSet struct {
	OpeningMinor  int64          `json:"openingMinor"`
	PreviousMinor int64          `json:"previousMinor"`
	Currency      money.Currency `json:"currency"`
	Legs          []ledger.Leg   `json:"legs"`
}

// EntryRecorded is a new entry. With Legs it was approved at once and counts on its date.
type EntryRecorded struct {
	Facts
	Legs []ledger.Leg `json:"legs,omitempty"`
}

// Decision is what the events about an existing entry carry: all that a fold of this stream needs,
// though the entry may have been recorded in another.
type Decision struct {
	EntryID      string             `json:"entryId"`
	Kind         ledger.Kind        `json:"kind"`
	BusinessDate bizdate.Date       `json:"businessDate"`
	AmountMinor  int64              `json:"amountMinor"`
	Currency     money.Currency     `json:"currency"`
	Mode         ledger.PaymentMode `json:"mode"`
	Category     string             `json:"category"`
	Recorded     Position           `json:"recorded"`
	CreatedBy    string             `json:"createdBy"`
	Reason       string             `json:"reason,omitempty"`
}

// EntryApproved makes an entry count, on the date of the stream that it stands in.
type EntryApproved struct {
	Decision
	Legs []ledger.Leg `json:"legs"`
}

// EntryRejected says that an entry will never count.
type EntryRejected struct{ Decision }

// EntryWithdrawn says that its creator took an entry back before it was decided.
type EntryWithdrawn struct{ Decision }

// EntryReversed is a new entry of opposite sign that undoes an approved one, at once.
type EntryReversed struct {
	Facts                 // of the reversal
	Legs     []ledger.Leg `json:"legs"`
	Original Decision     `json:"original"`
	Reason   string       `json:"reason"`
}

// CashCounted is a count of the drawer, with the expectation of its moment as evidence.
type CashCounted struct {
	CountedMinor  int64          `json:"countedMinor"`
	ExpectedMinor int64          `json:"expectedMinor"`
	VarianceMinor int64          `json:"varianceMinor"`
	Currency      money.Currency `json:"currency"`
	Denominations []Denomination `json:"denominations,omitempty"`
	Blind         bool           `json:"blind"`
	Note          string         `json:"note,omitempty"`
}

// Denomination is a number of coins or notes of one value.
type Denomination struct {
	ValueMinor int64 `json:"valueMinor"`
	Quantity   int64 `json:"quantity"`
}

// DayClosed is the night audit's end of a business date, with the figures that stand from then on.
type DayClosed struct {
	Flows
	OpeningMinor  int64          `json:"openingMinor"`
	ClosingMinor  int64          `json:"closingMinor"`
	CountedMinor  *int64         `json:"countedMinor,omitempty"`
	VarianceMinor *int64         `json:"varianceMinor,omitempty"`
	Currency      money.Currency `json:"currency"`
}

// DayReopened opens the last closed date again.
type DayReopened struct {
	Reason string `json:"reason"`
}

// DailyGranted lets a member record on this date although entries of his own still wait.
type DailyGranted struct {
	Subject string `json:"subject"`
}

// StatisticsRecorded are the rooms of the date, in place of those recorded there before. No money
// moves.
type StatisticsRecorded struct{ Rooms }

// Type names the event.
func (OpeningSet) Type() EventType { return TypeOpeningSet }

// Type names the event.
func (EntryRecorded) Type() EventType { return TypeEntryRecorded }

// Type names the event.
func (EntryApproved) Type() EventType { return TypeEntryApproved }

// Type names the event.
func (EntryRejected) Type() EventType { return TypeEntryRejected }

// Type names the event.
func (EntryWithdrawn) Type() EventType { return TypeEntryWithdrawn }

// Type names the event.
func (EntryReversed) Type() EventType { return TypeEntryReversed }

// Type names the event.
func (CashCounted) Type() EventType { return TypeCashCounted }

// Type names the event.
func (DayClosed) Type() EventType { return TypeDayClosed }

// Type names the event.
func (DayReopened) Type() EventType { return TypeDayReopened }

// Type names the event.
func (DailyGranted) Type() EventType { return TypeDailyGranted }

// Type names the event.
func (StatisticsRecorded) Type() EventType { return TypeStatisticsRecorded }
