package functions_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// figures are what a cash report says in numbers.
type figures struct {
	OpeningMinor       int64              `json:"openingMinor"`
	CashReceivedMinor  int64              `json:"cashReceivedMinor"`
	BankReceivedMinor  int64              `json:"bankReceivedMinor"`
	TotalReceivedMinor int64              `json:"totalReceivedMinor"`
	CashExpensesMinor  int64              `json:"cashExpensesMinor"`
	BankExpensesMinor  int64              `json:"bankExpensesMinor"`
	TotalExpensesMinor int64              `json:"totalExpensesMinor"`
	TransfersInMinor   int64              `json:"transfersInMinor"`
	TransfersOutMinor  int64              `json:"transfersOutMinor"`
	OverShortMinor     int64              `json:"overShortMinor"`
	ClosingMinor       int64              `json:"closingMinor"`
	NetCashFlowMinor   int64              `json:"netCashFlowMinor"`
	EntryCount         int64              `json:"entryCount"`
	ByPaymentMode      map[string]modeSum `json:"byPaymentMode"`
	BySource           map[string]sum     `json:"bySource"`
	ByCategory         map[string]sum     `json:"byCategory"`
}

type sum struct {
	AmountMinor int64 `json:"amountMinor"`
	Count       int64 `json:"count"`
}

type modeSum struct {
	ReceivedMinor int64 `json:"receivedMinor"`
	ExpensesMinor int64 `json:"expensesMinor"`
	Count         int64 `json:"count"`
}

// dayReport is the report of a business date.
type dayReport struct {
	figures
	BusinessDate  string    `json:"businessDate"`
	Status        string    `json:"status"`
	StreamVersion int64     `json:"streamVersion"`
	CountedMinor  *int64    `json:"countedMinor"`
	VarianceMinor *int64    `json:"varianceMinor"`
	Entries       []posting `json:"entries"`

	raw string // without asOf
}

var asOf = regexp.MustCompile(`"asOf":"[^"]+"`)

func (p person) day(property, date string) dayReport {
	p.t.Helper()
	a := p.must(200, "GET", "/v1/reports/daily-report?propertyId="+property+"&date="+date, "")
	v := dayReport{raw: asOf.ReplaceAllString(a.Raw, "")}
	if v.raw == a.Raw {
		p.t.Errorf("a report without asOf: %s", a.Raw)
	}
	a.into(&v)
	return v
}

func (p person) month(property, month string) figures {
	p.t.Helper()
	var v struct{ Properties []figures }
	p.must(200, "GET", "/v1/reports/monthly-report?propertyId="+property+"&month="+month, "").into(&v)
	if len(v.Properties) != 1 {
		p.t.Fatalf("a report of %d properties", len(v.Properties))
	}
	return v.Properties[0]
}

// emptyFigures are those of a range on which nothing counts.
func emptyFigures(openingMinor int64) figures {
	return figures{
		OpeningMinor: openingMinor, ClosingMinor: openingMinor,
		ByPaymentMode: map[string]modeSum{}, BySource: map[string]sum{}, ByCategory: map[string]sum{},
	}
}

// then are the figures of f and of the range after it together.
func (f figures) then(g figures) figures {
	all := figures{
		OpeningMinor:       f.OpeningMinor,
		CashReceivedMinor:  f.CashReceivedMinor + g.CashReceivedMinor,
		BankReceivedMinor:  f.BankReceivedMinor + g.BankReceivedMinor,
		TotalReceivedMinor: f.TotalReceivedMinor + g.TotalReceivedMinor,
		CashExpensesMinor:  f.CashExpensesMinor + g.CashExpensesMinor,
		BankExpensesMinor:  f.BankExpensesMinor + g.BankExpensesMinor,
		TotalExpensesMinor: f.TotalExpensesMinor + g.TotalExpensesMinor,
		TransfersInMinor:   f.TransfersInMinor + g.TransfersInMinor,
		TransfersOutMinor:  f.TransfersOutMinor + g.TransfersOutMinor,
		OverShortMinor:     f.OverShortMinor + g.OverShortMinor,
		ClosingMinor:       g.ClosingMinor,
		NetCashFlowMinor:   f.NetCashFlowMinor + g.NetCashFlowMinor,
		EntryCount:         f.EntryCount + g.EntryCount,
		ByPaymentMode:      map[string]modeSum{}, BySource: map[string]sum{}, ByCategory: map[string]sum{},
	}
	for _, x := range []figures{f, g} {
		for k, s := range x.ByPaymentMode {
			m := all.ByPaymentMode[k]
			all.ByPaymentMode[k] = modeSum{m.ReceivedMinor + s.ReceivedMinor, m.ExpensesMinor + s.ExpensesMinor, m.Count + s.Count}
		}
		addSums(all.BySource, x.BySource)
		addSums(all.ByCategory, x.ByCategory)
	}
	return all
}

func addSums(to, from map[string]sum) {
	for k, s := range from {
		to[k] = sum{to[k].AmountMinor + s.AmountMinor, to[k].Count + s.Count}
	}
}

// post adds what counts, by arithmetic of this test's own (DOMAIN.md, "Arithmetic of a day").
func (f *figures) post(e posting) {
	f.EntryCount++
	cash := e.PaymentMode == "CASH"
	switch {
	case e.Type == "REVENUE":
		f.TotalReceivedMinor += e.AmountMinor
		addSums(f.BySource, map[string]sum{e.Source: {e.AmountMinor, 1}})
		pick(cash, &f.CashReceivedMinor, &f.BankReceivedMinor, e.AmountMinor)
		f.mode(e.PaymentMode, e.AmountMinor, 0)
	case e.Type == "EXPENSE":
		f.TotalExpensesMinor += e.AmountMinor
		addSums(f.ByCategory, map[string]sum{e.CategoryCode: {e.AmountMinor, 1}})
		pick(cash, &f.CashExpensesMinor, &f.BankExpensesMinor, e.AmountMinor)
		f.mode(e.PaymentMode, 0, e.AmountMinor)
	case e.Kind == "OVER":
		f.OverShortMinor += e.AmountMinor
	case e.Kind == "SHORT":
		f.OverShortMinor -= e.AmountMinor
	default:
		in := e.Kind == "BANK_WITHDRAWAL" || e.Kind == "FLOAT_IN" || e.Kind == "OWNER_CONTRIBUTION"
		pick(in, &f.TransfersInMinor, &f.TransfersOutMinor, e.AmountMinor)
	}
	f.NetCashFlowMinor = f.TotalReceivedMinor - f.TotalExpensesMinor
	f.ClosingMinor = f.OpeningMinor + f.CashReceivedMinor + f.TransfersInMinor - f.CashExpensesMinor - f.TransfersOutMinor + f.OverShortMinor
}

func (f *figures) mode(mode string, received, spent int64) {
	m := f.ByPaymentMode[mode]
	f.ByPaymentMode[mode] = modeSum{m.ReceivedMinor + received, m.ExpensesMinor + spent, m.Count + 1}
}

func pick(first bool, a, b *int64, amount int64) {
	if first {
		*a += amount
	} else {
		*b += amount
	}
}

// sameFigures fails unless the two are equal in every figure.
func sameFigures(t testing.TB, what string, got, want figures) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
