package reconcile

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/recon"
)

// BookItem is an entry that moved the bank account.
type BookItem struct {
	EntryID     string `json:"entryId"`
	Date        string `json:"date" format:"date" doc:"The business date on which it counts."`
	AmountMinor int64  `json:"amountMinor" doc:"What it adds to the account."`
	PaymentMode string `json:"paymentMode"`
	Reference   string `json:"reference,omitempty"`
	Description string `json:"description,omitempty"`
	AgeDays     int    `json:"ageDays" doc:"From its date to the date of the report."`
	MatchID     string `json:"matchId,omitempty" doc:"Of the match that cleared it later."`
	ClearedOn   string `json:"clearedOn,omitempty" format:"date"`
}

// BankLine is a line of a statement.
type BankLine struct {
	LineID        string `json:"lineId"`
	StatementID   string `json:"statementId"`
	BookingDate   string `json:"bookingDate" format:"date"`
	ValueDate     string `json:"valueDate,omitempty" format:"date"`
	AmountMinor   int64  `json:"amountMinor" doc:"What it adds to the account."`
	Reference     string `json:"reference,omitempty"`
	BankReference string `json:"bankReference,omitempty"`
	Text          string `json:"text,omitempty"`
	Status        string `json:"status" enum:"MATCHED,UNMATCHED,BEFORE_OPENING"`
	AgeDays       int    `json:"ageDays" doc:"From its booking date to the date of the report."`
	MatchID       string `json:"matchId,omitempty"`
	ClearedOn     string `json:"clearedOn,omitempty" format:"date"`
}

// age is the days from one date to another; none backwards.
func age(from, to bizdate.Date) int {
	return max(0, int(to.Time().Sub(from.Time()).Hours())/24)
}

func dateText(d bizdate.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func showItem(it recon.BookItem, on bizdate.Date) BookItem {
	return BookItem{
		EntryID: it.ID, Date: it.Date.String(), AmountMinor: it.AmountMinor, PaymentMode: string(it.Mode), Reference: it.Reference,
		Description: it.Description, AgeDays: age(it.Date, on), MatchID: it.Match, ClearedOn: dateText(it.ClearedOn),
	}
}

func showLine(l recon.BankLine, opening, on bizdate.Date) BankLine {
	v := BankLine{
		LineID: l.ID, StatementID: l.Statement, BookingDate: l.BookingDate.String(), ValueDate: dateText(l.ValueDate), AmountMinor: l.AmountMinor,
		Reference: l.Reference, BankReference: l.BankReference, Text: l.Text, Status: "UNMATCHED", AgeDays: age(l.BookingDate, on),
		MatchID: l.Match, ClearedOn: dateText(l.ClearedOn),
	}
	switch {
	case l.Match != "":
		v.Status = "MATCHED"
	case l.BookingDate <= opening:
		v.Status = "BEFORE_OPENING"
	}
	return v
}
