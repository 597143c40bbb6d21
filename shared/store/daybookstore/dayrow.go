package daybookstore

import (
	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

const (
	open   = "OPEN"
	closed = "CLOSED"
)

var dayColumns = []string{
	"BusinessDate", "Status", "OpeningMinor", "CashReceivedMinor", "BankReceivedMinor",
	"CashExpensesMinor", "BankExpensesMinor", "TransfersInMinor", "TransfersOutMinor", "OverShortMinor",
	"EntryCount", "ClosingMinor", "StreamVersion", "ChainHash", "CountedMinor", "CountVersion", "AfterCountMinor",
}

// dayRow is a row of DailyCashBalances: the columns of dayColumns.
type dayRow struct {
	BusinessDate      civil.Date
	Status            string
	OpeningMinor      int64
	CashReceivedMinor int64
	BankReceivedMinor int64
	CashExpensesMinor int64
	BankExpensesMinor int64
	TransfersInMinor  int64
	TransfersOutMinor int64
	OverShortMinor    int64
	EntryCount        int64
	ClosingMinor      int64
	StreamVersion     int64
	ChainHash         []byte
	CountedMinor      spanner.NullInt64
	CountVersion      spanner.NullInt64
	AfterCountMinor   int64
}

// read takes the columns by their places: every command reads the open window, and by name each column of
// each of its rows would be looked up.
func (x *dayRow) read(r *spanner.Row) error {
	return r.Columns(&x.BusinessDate, &x.Status, &x.OpeningMinor, &x.CashReceivedMinor, &x.BankReceivedMinor,
		&x.CashExpensesMinor, &x.BankExpensesMinor, &x.TransfersInMinor, &x.TransfersOutMinor, &x.OverShortMinor,
		&x.EntryCount, &x.ClosingMinor, &x.StreamVersion, &x.ChainHash, &x.CountedMinor, &x.CountVersion, &x.AfterCountMinor)
}

func readDay(r *spanner.Row) (daybook.Day, error) {
	var x dayRow
	if err := x.read(r); err != nil {
		return daybook.Day{}, err
	}
	return x.day(), nil
}

func (x dayRow) day() daybook.Day {
	d := daybook.Day{
		Date: fromCivil(x.BusinessDate), Closed: x.Status == closed, OpeningMinor: x.OpeningMinor,
		Flows: daybook.Flows{
			CashReceivedMinor: x.CashReceivedMinor, BankReceivedMinor: x.BankReceivedMinor,
			CashExpensesMinor: x.CashExpensesMinor, BankExpensesMinor: x.BankExpensesMinor,
			TransfersInMinor: x.TransfersInMinor, TransfersOutMinor: x.TransfersOutMinor,
			OverShortMinor: x.OverShortMinor, EntryCount: x.EntryCount,
		},
		ClosingMinor: x.ClosingMinor, Version: x.StreamVersion,
		Counted: x.CountedMinor.Valid, CountedMinor: x.CountedMinor.Int64,
		CountVersion: x.CountVersion.Int64, AfterCountMinor: x.AfterCountMinor,
	}
	copy(d.Chain[:], x.ChainHash)
	return d
}

// writeDay is the whole row of a day on which something happened.
func writeDay(b tenant.Book, c money.Currency, d daybook.Day) *row {
	status := open
	if d.Closed {
		status = closed
	}
	r := datedRow(b, d.Date).set("Currency", string(c)).set("Status", status).
		set("OpeningMinor", d.OpeningMinor).
		set("CashReceivedMinor", d.Flows.CashReceivedMinor).set("BankReceivedMinor", d.Flows.BankReceivedMinor).
		set("CashExpensesMinor", d.Flows.CashExpensesMinor).set("BankExpensesMinor", d.Flows.BankExpensesMinor).
		set("TransfersInMinor", d.Flows.TransfersInMinor).set("TransfersOutMinor", d.Flows.TransfersOutMinor).
		set("OverShortMinor", d.Flows.OverShortMinor).set("EntryCount", d.Flows.EntryCount).
		set("ClosingMinor", d.ClosingMinor).set("StreamVersion", d.Version).set("ChainHash", d.Chain[:]).
		set("AfterCountMinor", d.AfterCountMinor)
	if d.Counted {
		r.set("CountedMinor", d.CountedMinor).set("CountVersion", d.CountVersion)
	}
	return r
}

// moveDay is the part of a row that an earlier day's change moves.
func moveDay(b tenant.Book, d daybook.Day) *row {
	return datedRow(b, d.Date).set("OpeningMinor", d.OpeningMinor).set("ClosingMinor", d.ClosingMinor)
}

// days writes what differs between two states of a property's day rows: whole rows where events
// came, openings and closings where they only moved. A month that the window did not know gets
// its period.
func (w *writes) days(b tenant.Book, c money.Currency, before, after []daybook.Day) {
	old := make(map[bizdate.Date]daybook.Day, len(before))
	months := make(map[bizdate.Month]bool)
	for _, d := range before {
		old[d.Date] = d
		months[d.Date.Month()] = true
	}
	for _, d := range after {
		was, known := old[d.Date]
		switch {
		case !known:
			if !months[d.Date.Month()] {
				months[d.Date.Month()] = true
				w.period(b, d.Date.Month())
			}
			w.insert(days, writeDay(b, c, d), 0)
		case was.Version != d.Version:
			w.update(days, writeDay(b, c, d), 0)
		case was.OpeningMinor != d.OpeningMinor:
			w.update(days, moveDay(b, d), 0)
		}
	}
}
