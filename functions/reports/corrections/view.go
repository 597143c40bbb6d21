package corrections

import (
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/correctionstore"
)

// Balance is a day row: amounts in minor units of the currency.
type Balance struct {
	Status            string `json:"status" enum:"OPEN,CLOSED"`
	Currency          string `json:"currency"`
	OpeningMinor      int64  `json:"openingMinor"`
	CashReceivedMinor int64  `json:"cashReceivedMinor"`
	BankReceivedMinor int64  `json:"bankReceivedMinor"`
	CashExpensesMinor int64  `json:"cashExpensesMinor"`
	BankExpensesMinor int64  `json:"bankExpensesMinor"`
	TransfersInMinor  int64  `json:"transfersInMinor"`
	TransfersOutMinor int64  `json:"transfersOutMinor"`
	OverShortMinor    int64  `json:"overShortMinor"`
	EntryCount        int64  `json:"entryCount"`
	ClosingMinor      int64  `json:"closingMinor"`
	StreamVersion     int64  `json:"streamVersion"`
	ChainHash         string `json:"chainHash" doc:"Of the stream's last event, hexadecimal."`
	CountedMinor      *int64 `json:"countedMinor,omitempty" doc:"Absent when nothing was counted."`
	CountVersion      *int64 `json:"countVersion,omitempty"`
	AfterCountMinor   int64  `json:"afterCountMinor" doc:"What entries recorded after the count did to the drawer."`
}

// Evidence is where the BalanceCorrected event stands.
type Evidence struct {
	Stream  string `json:"stream" format:"date"`
	Version int64  `json:"version"`
}

// Correction is what differs on a date, or did.
type Correction struct {
	PropertyID   string    `json:"propertyId"`
	BusinessDate string    `json:"businessDate" format:"date"`
	Round        int64     `json:"round" doc:"How often the date was queued; a decision names it."`
	Status       string    `json:"status" enum:"QUEUED,PROPOSED,PARKED,DONE,REJECTED" doc:"QUEUED: to be repaired. PROPOSED: for an owner to decide, since the day is closed or its count differs. PARKED: for an operator. REJECTED: an owner left the row as it is."`
	Cause        string    `json:"cause" enum:"EVENTS_DAMAGED,MISSING_ROW,EXTRA_ROW,WRONG_STATUS,WRONG_VERSION,WRONG_CURRENCY,WRONG_FLOW,WRONG_OPENING,STALE_CHAIN,WRONG_CLOSING,WRONG_COUNT,UNEXPLAINED"`
	Source       string    `json:"source" enum:"SWEEP,SAMPLE,OPERATOR,UNEXPLAINED" doc:"Who found it."`
	Outcome      string    `json:"outcome,omitempty" enum:"REPAIRED,RESTORED,GONE" doc:"Of one that is DONE. GONE: when it was looked at again, the row was right."`
	Attempts     int64     `json:"attempts" doc:"Repairs that failed."`
	Fault        string    `json:"fault,omitempty" doc:"Why it is parked, or why the last repair failed."`
	Before       *Balance  `json:"before,omitempty" doc:"What the row said; absent where there was none."`
	After        *Balance  `json:"after,omitempty" doc:"What its events say; absent where there should be no row, or nobody knows."`
	Evidence     *Evidence `json:"evidence,omitempty" doc:"The event that was written; absent where none was."`
	QueuedAt     string    `json:"queuedAt" format:"date-time"`
	DueAt        string    `json:"dueAt,omitempty" format:"date-time"`
	DecidedBy    string    `json:"decidedBy,omitempty"`
	SettledAt    string    `json:"settledAt,omitempty" format:"date-time"`
}

func view(c correctionstore.Correction) Correction {
	return Correction{
		PropertyID: string(c.Book.Property), BusinessDate: c.Date.String(), Round: c.Round, Status: string(c.Status),
		Cause: string(c.Cause), Source: string(c.Source), Outcome: string(c.Outcome), Attempts: c.Attempts, Fault: c.Fault,
		Before: balance(c.Before), After: balance(c.After), Evidence: evidence(c.Evidence), QueuedAt: api.Token(c.QueuedAt),
		DueAt: api.Token(c.DueAt), DecidedBy: c.DecidedBy, SettledAt: api.Token(c.SettledAt),
	}
}

func balance(b *daybook.Balance) *Balance {
	if b == nil {
		return nil
	}
	return &Balance{
		Status: b.Status, Currency: string(b.Currency), OpeningMinor: b.OpeningMinor,
		CashReceivedMinor: b.CashReceivedMinor, BankReceivedMinor: b.BankReceivedMinor,
		CashExpensesMinor: b.CashExpensesMinor, BankExpensesMinor: b.BankExpensesMinor,
		TransfersInMinor: b.TransfersInMinor, TransfersOutMinor: b.TransfersOutMinor, OverShortMinor: b.OverShortMinor,
		EntryCount: b.EntryCount, ClosingMinor: b.ClosingMinor, StreamVersion: b.Version, ChainHash: b.Chain,
		CountedMinor: b.CountedMinor, CountVersion: b.CountVersion, AfterCountMinor: b.AfterCountMinor,
	}
}

func evidence(p daybook.Position) *Evidence {
	if p == (daybook.Position{}) {
		return nil
	}
	return &Evidence{Stream: p.Stream.String(), Version: p.Version}
}
