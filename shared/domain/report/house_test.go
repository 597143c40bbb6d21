package report_test

import (
	"fmt"

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/report"
)

var january = bizdate.MustParse("2026-01-01")

// house is the books of one property, as a test posts to them.
type house struct {
	currency money.Currency
	chart    ledger.Chart
	totals   map[report.Account]report.Total
	postings []daybook.Entry
	days     map[bizdate.Date]daybook.Day
	n        int
}

func newHouse(currency money.Currency, chart ledger.Chart) *house {
	return &house{currency: currency, chart: chart, totals: map[report.Account]report.Total{}, days: map[bizdate.Date]daybook.Day{}}
}

// opening posts the opening balance on a date.
func (h *house) opening(t rapid.TB, on bizdate.Date, minor int64) {
	t.Helper()
	h.total(t, on, daybook.OpeningSet{OpeningMinor: minor, Currency: h.currency, Legs: h.chart.OpeningLegs(minor)})
}

// post posts an entry on a date, which need not be its own, and gives it.
func (h *house) post(t rapid.TB, on bizdate.Date, kind ledger.Kind, category string, mode ledger.PaymentMode, net int64, taxes ...ledger.TaxLine) daybook.Entry {
	t.Helper()
	h.n++
	gross := net
	for _, x := range taxes {
		gross += x.AmountMinor
	}
	p := ledger.Posting{Kind: kind, Category: category, Mode: mode, GrossMinor: gross, NetMinor: net, Taxes: taxes}
	legs, err := h.chart.Legs(p)
	if err != nil {
		t.Fatal(err)
	}
	e := daybook.Entry{PostedDate: on, Legs: legs, Facts: daybook.Facts{
		EntryID: fmt.Sprint(h.n), Kind: kind, Category: category, Mode: mode, AmountMinor: gross, NetMinor: net, Taxes: taxes, Currency: h.currency,
	}}
	h.total(t, on, daybook.EntryRecorded{Facts: e.Facts, Legs: legs})
	h.count(e)
	return e
}

// reverse posts the reversal of an entry on a date.
func (h *house) reverse(t rapid.TB, on bizdate.Date, e daybook.Entry) {
	t.Helper()
	e.PostedDate, e.AmountMinor, e.NetMinor, e.ReversalOf = on, -e.AmountMinor, -e.NetMinor, e.EntryID
	e.Legs = ledger.Opposite(e.Legs)
	h.total(t, on, daybook.EntryReversed{Facts: e.Facts, Legs: e.Legs})
	h.count(e)
}

func (h *house) total(t rapid.TB, on bizdate.Date, data daybook.Data) {
	t.Helper()
	if err := report.Totals(h.totals, on, data); err != nil {
		t.Fatal(err)
	}
}

// count adds what counts to the day's flows, by arithmetic of this test's own.
func (h *house) count(e daybook.Entry) {
	h.postings = append(h.postings, e)
	d := h.days[e.PostedDate]
	d.Date = e.PostedDate
	cash := e.Mode == ledger.Cash
	f := &d.Flows
	switch {
	case e.Kind == ledger.Revenue && cash:
		f.CashReceivedMinor += e.AmountMinor
	case e.Kind == ledger.Revenue:
		f.BankReceivedMinor += e.AmountMinor
	case e.Kind == ledger.Expense && cash:
		f.CashExpensesMinor += e.AmountMinor
	case e.Kind == ledger.Expense:
		f.BankExpensesMinor += e.AmountMinor
	}
	f.EntryCount++
	h.days[e.PostedDate] = d
}

// cash is the cash report of a range: flows alone.
func (h *house) cash(t rapid.TB, r report.Range) report.Cash {
	t.Helper()
	var days []daybook.Day
	for date, d := range h.days {
		if r.Contains(date) {
			days = append(days, d)
		}
	}
	c, err := report.NewCash(nil, days)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (h *house) sums(t rapid.TB, r report.Range) report.Sums {
	t.Helper()
	s, err := report.NewSums(h.totals, r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// custom is a chart of an organisation's own: some accounts of the default one are gone, others have
// several roles, so that totals do not tell payments apart.
func custom(t rapid.TB) ledger.Chart {
	t.Helper()
	list := []ledger.Account{
		{Code: "C", Name: "Drawer", Type: ledger.Asset, Uses: []ledger.Use{"mode:CASH"}},
		{Code: "B", Name: "Bank", Type: ledger.Asset, Uses: []ledger.Use{"mode:BANK", "mode:CARD", "movement:BANK_DEPOSIT", "movement:BANK_WITHDRAWAL"}},
		{Code: "M", Name: "Other money", Type: ledger.Asset, Uses: []ledger.Use{"mode:UPI", "mode:WALLET", "mode:CHEQUE", "mode:OTA", "mode:CITY_LEDGER", "movement:SAFE_DROP", "movement:FLOAT_IN", "movement:FLOAT_OUT"}},
		{Code: "T", Name: "VAT", Type: ledger.Liability, Uses: []ledger.Use{"tax-in:*", "tax-out:*"}},
		{Code: "D", Name: "Deposits", Type: ledger.Liability, Uses: []ledger.Use{"source:DEPOSIT"}},
		{Code: "O", Name: "Owner", Type: ledger.Equity, Uses: []ledger.Use{"opening", "movement:OWNER_DRAW", "movement:OWNER_CONTRIBUTION", "category:RENT"}},
		{Code: "R", Name: "Rooms and food", Type: ledger.Income, Uses: []ledger.Use{"source:ROOM", "source:FOOD"}},
		{Code: "X", Name: "Mixed", Type: ledger.Cost, Uses: []ledger.Use{"category:PAYROLL", "category:UTILITIES", "source:OTHER", "movement:OVER", "movement:SHORT"}},
	}
	c, err := ledger.NewChart(7, list)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// words are those that a chart can post, by kind.
var words = map[ledger.Kind][]string{
	ledger.Revenue:  {"ROOM", "FOOD", "OTHER", "DEPOSIT"},
	ledger.Expense:  {"RENT", "PAYROLL", "UTILITIES"},
	ledger.Movement: {"BANK_DEPOSIT", "BANK_WITHDRAWAL", "OVER", "SHORT", "OWNER_DRAW", "SAFE_DROP"},
}

// live draws a year of books: entries on their dates and late ones, taxes, deposits, reversals.
func live(t *rapid.T, h *house) {
	h.opening(t, january, rapid.Int64Range(0, 1_000_000).Draw(t, "opening"))
	for range rapid.IntRange(0, 40).Draw(t, "entries") {
		on := january.AddDays(rapid.IntRange(0, 364).Draw(t, "on"))
		if n := len(h.postings); n > 0 && rapid.IntRange(0, 4).Draw(t, "reverse") == 0 {
			if e := h.postings[rapid.IntRange(0, n-1).Draw(t, "which")]; e.ReversalOf == "" {
				h.reverse(t, on, e)
				continue
			}
		}
		kind := rapid.SampledFrom(ledger.Kinds).Draw(t, "kind")
		mode := ledger.Cash
		var taxes []ledger.TaxLine
		if kind != ledger.Movement {
			mode = rapid.SampledFrom(ledger.PaymentModes).Draw(t, "mode")
			for i := range rapid.IntRange(0, 2).Draw(t, "taxes") {
				taxes = append(taxes, ledger.TaxLine{Code: fmt.Sprint("VAT", i), AmountMinor: rapid.Int64Range(1, 9_999).Draw(t, "tax")})
			}
		}
		h.post(t, on, kind, rapid.SampledFrom(words[kind]).Draw(t, "word"), mode, rapid.Int64Range(1, 999_999).Draw(t, "net"), taxes...)
	}
}
