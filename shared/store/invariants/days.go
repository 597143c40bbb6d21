package invariants

import (
	"bytes"
	"slices"

	"innkeep.internal/shared/domain/ledger"
)

// dayRows proves the arithmetic of every row (I3), the chain of balances (I4, I6), that each row is
// the fold of its stream (I5, I10), and that what is closed stays (I13, I14).
func (c *check) dayRows() {
	opening, seenOpen := int64(0), false
	rows := map[string]bool{}
	for i, d := range c.days {
		where := d.where()
		rows[where.text] = true
		same(c, "I5", where, "the month", d.Month, int64(d.BusinessDate.Year*100+int(d.BusinessDate.Month)))
		same(c, "I1", where, "the currency", d.Currency, c.days[0].Currency)
		same(c, "I3", where, "the closing", d.ClosingMinor, d.OpeningMinor+d.CashReceivedMinor+d.TransfersInMinor-
			d.CashExpensesMinor-d.TransfersOutMinor+d.OverShortMinor)
		f := c.folds[where.text]
		if f == nil {
			c.failf("I10", where, "the row has no events")
			continue
		}
		if i == 0 {
			opening = f.opening
		}
		same(c, "I4", where, "that the opening event stands on the first day", f.hasOpening, i == 0)
		same(c, "I4", where, "the opening", d.OpeningMinor, opening)
		opening = d.ClosingMinor
		c.dayRow(d, f)
		if f.closed && seenOpen {
			c.failf("I13", where, "is closed after an open day")
		}
		seenOpen = seenOpen || !f.closed
	}
	for stream := range c.folds {
		if !rows[stream] {
			c.failf("I10", on(stream), "the events have no row")
		}
	}
	c.cashAccount(opening)
}

func (c *check) dayRow(d day, f *fold) {
	where := d.where()
	same(c, "I5", where, "the stream version", d.StreamVersion, f.version)
	same(c, "I5", where, "the flows", d.flows(), f.flows)
	same(c, "I5", where, "that the day is closed", d.Status == "CLOSED", f.closed)
	same(c, "I14", where, "that the day was counted", d.CountedMinor.Valid, f.counted)
	same(c, "I14", where, "the count", d.CountedMinor.Int64, f.countedMinor)
	same(c, "I14", where, "the count's version", d.CountVersion.Int64, f.countVersion)
	same(c, "I5", where, "what came after the count", d.AfterCountMinor, f.afterCount)
	for _, e := range c.events {
		if e.StreamId == where.text && e.Version == d.StreamVersion && !bytes.Equal(e.ChainHash, d.ChainHash) {
			c.failf("I11", where, "the row's chain hash is not that of its last event")
		}
	}
	if f.closed {
		same(c, "I13", where, "the closed row's opening", d.OpeningMinor, f.lastClosed.OpeningMinor)
		same(c, "I13", where, "the closed row's closing", d.ClosingMinor, f.lastClosed.ClosingMinor)
		same(c, "I13", where, "the closed row's flows", d.flows(), f.lastClosed.Flows)
	}
}

// cashAccount proves I6 for books on the default chart's cash account: openings and entries post
// there what the last day's closing says.
func (c *check) cashAccount(closing int64) {
	cash := ledger.Default().Account(ledger.Use("mode:" + string(ledger.Cash)))
	if slices.ContainsFunc(c.events, func(e event) bool { return e.judged.Chart != 0 }) {
		return
	}
	var balance int64
	for _, e := range c.events {
		for _, l := range legsIn(e.data) {
			if l.Account == cash {
				balance += l.AmountMinor
			}
		}
	}
	same(c, "I6", place{text: string(c.book.Property)}, "the cash account's balance", balance, closing)
}
