package reportapi

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/report"
)

// Figures are a cash report: amounts in minor units of the currency, reversals with the opposite
// sign. Only what is approved counts.
type Figures struct {
	Currency           string `json:"currency"`
	From               string `json:"from" format:"date"`
	To                 string `json:"to" format:"date"`
	OpeningMinor       int64  `json:"openingMinor" doc:"Cash in the drawer before the first date."`
	CashReceivedMinor  int64  `json:"cashReceivedMinor"`
	BankReceivedMinor  int64  `json:"bankReceivedMinor" doc:"All payment modes but cash; no part of closingMinor."`
	TotalReceivedMinor int64  `json:"totalReceivedMinor"`
	CashExpensesMinor  int64  `json:"cashExpensesMinor"`
	BankExpensesMinor  int64  `json:"bankExpensesMinor"`
	TotalExpensesMinor int64  `json:"totalExpensesMinor"`
	TransfersInMinor   int64  `json:"transfersInMinor"`
	TransfersOutMinor  int64  `json:"transfersOutMinor"`
	OverShortMinor     int64  `json:"overShortMinor"`
	ClosingMinor       int64  `json:"closingMinor" doc:"opening + cash received + transfers in - cash expenses - transfers out + over/short."`
	NetCashFlowMinor   int64  `json:"netCashFlowMinor" doc:"Total received less total expenses."`
	EntryCount         int64  `json:"entryCount" doc:"Entries that count, reversals among them."`
}

func newFigures(currency string, from, to bizdate.Date, c report.Cash) Figures {
	return Figures{
		Currency: currency, From: from.String(), To: to.String(), OpeningMinor: c.OpeningMinor,
		CashReceivedMinor: c.CashReceivedMinor, BankReceivedMinor: c.BankReceivedMinor, TotalReceivedMinor: c.TotalReceivedMinor,
		CashExpensesMinor: c.CashExpensesMinor, BankExpensesMinor: c.BankExpensesMinor, TotalExpensesMinor: c.TotalExpensesMinor,
		TransfersInMinor: c.TransfersInMinor, TransfersOutMinor: c.TransfersOutMinor, OverShortMinor: c.OverShortMinor,
		ClosingMinor: c.ClosingMinor, NetCashFlowMinor: c.NetCashFlowMinor, EntryCount: c.EntryCount,
	}
}

// Breakdown divides what was received and spent by how and for what.
type Breakdown struct {
	ByPaymentMode map[string]ModeSum `json:"byPaymentMode" nullable:"false"`
	BySource      map[string]Sum     `json:"bySource" nullable:"false" doc:"Revenues, gross."`
	ByCategory    map[string]Sum     `json:"byCategory" nullable:"false" doc:"Expenses, gross."`
}

// Sum is an amount and the number of entries in it.
type Sum struct {
	AmountMinor int64 `json:"amountMinor"`
	Count       int64 `json:"count"`
}

// ModeSum is what came in and went out by a payment mode; cash movements are no part of it.
type ModeSum struct {
	ReceivedMinor int64 `json:"receivedMinor"`
	ExpensesMinor int64 `json:"expensesMinor"`
	Count         int64 `json:"count"`
}

func newBreakdown(b report.Breakdown) Breakdown {
	v := Breakdown{ByPaymentMode: map[string]ModeSum{}, BySource: map[string]Sum{}, ByCategory: map[string]Sum{}}
	for mode, sum := range b.ByPaymentMode {
		v.ByPaymentMode[string(mode)] = ModeSum(sum)
	}
	for code, sum := range b.BySource {
		v.BySource[code] = Sum(sum)
	}
	for code, sum := range b.ByCategory {
		v.ByCategory[code] = Sum(sum)
	}
	return v
}

// Row is a day or a month of a report, with its own opening and closing.
type Row struct {
	Figures
	Status string `json:"status" enum:"OPEN,CLOSED" doc:"CLOSED when its last date is closed: the row never changes then."`
}

func newRows(currency string, parts []report.Part) []Row {
	rows := make([]Row, len(parts))
	for i, p := range parts {
		rows[i] = Row{Figures: newFigures(currency, p.From, p.To, p.Cash), Status: status(p.Closed)}
	}
	return rows
}

func status(closed bool) string {
	if closed {
		return "CLOSED"
	}
	return "OPEN"
}
