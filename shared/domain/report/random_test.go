package report_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/report"
)

// TestStatementsOfRandomBooks: whatever was posted to the properties of a currency, the trial balance is
// zero, the profit and loss account is what it says of income and expense, the statement by departments
// has the same bottom line, the bridge leads to the change of cash, and parts add up to wholes: months to
// their quarter, properties to their organisation (I16).
func TestStatementsOfRandomBooks(t *testing.T) {
	t.Parallel()
	own := custom(t)
	rapid.Check(t, func(t *rapid.T) {
		by := map[money.Currency][]*house{}
		for _, currency := range []money.Currency{"EUR", "INR"} {
			for range rapid.IntRange(1, 3).Draw(t, "properties") {
				h := newHouse(currency, rapid.SampledFrom([]ledger.Chart{ledger.Default(), own}).Draw(t, "chart"))
				live(t, h)
				by[currency] = append(by[currency], h)
			}
		}
		accounts := report.NewAccounts([]ledger.Chart{ledger.Default(), own})
		quarter := report.Range{From: bizdate.MustParse("2026-04-01"), To: bizdate.MustParse("2026-06-30")}
		for _, houses := range by {
			checkStatements(t, accounts, houses, quarter)
		}
	})
}

func checkStatements(t *rapid.T, accounts report.Accounts, houses []*house, r report.Range) {
	before, within := together(t, houses, report.Range{From: january, To: r.From.AddDays(-1)}), together(t, houses, r)
	balance, err := report.NewTrialBalance(accounts, before, within)
	if err != nil {
		t.Fatal(err)
	}
	var fromBalance int64
	for _, b := range balance.Balances {
		if b.Type == ledger.Income || b.Type == ledger.Cost {
			fromBalance -= b.ClosingMinor - b.OpeningMinor
		}
	}
	income := must(report.NewIncome(accounts, within))(t)
	statement := must(report.NewStatement(income))(t)
	bridge := must(report.NewBridge(accounts, before, within))(t)
	var departments int64
	for _, d := range statement.Departments {
		departments += d.ProfitMinor
	}
	if income.NetMinor != fromBalance || statement.NetMinor != fromBalance || departments != fromBalance || bridge.NetMinor != fromBalance {
		t.Fatalf("net is %d, by departments %d and %d, in the bridge %d, by the trial balance %d",
			income.NetMinor, statement.NetMinor, departments, bridge.NetMinor, fromBalance)
	}
	var months []report.Sums
	for _, m := range r.Months() {
		months = append(months, together(t, houses, m))
	}
	if diff := cmp.Diff(within, must(report.AddSums(months))(t)); diff != "" {
		t.Fatalf("the quarter is not its months (-quarter +months):\n%s", diff)
	}
	var net int64
	for _, h := range houses {
		net += must(report.NewIncome(accounts, h.sums(t, r)))(t).NetMinor
	}
	if net != income.NetMinor {
		t.Fatalf("the properties' net is %d, the organisation's %d", net, income.NetMinor)
	}
}

func together(t *rapid.T, houses []*house, r report.Range) report.Sums {
	var all []report.Sums
	for _, h := range houses {
		all = append(all, h.sums(t, r))
	}
	return must(report.AddSums(all))(t)
}

func must[T any](v T, err error) func(rapid.TB) T {
	return func(t rapid.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestFlowsOfRandomBooks: what the accounts tell of payments is what the entries say, and both are what
// the days say; where an account has several roles the accounts say so.
func TestFlowsOfRandomBooks(t *testing.T) {
	t.Parallel()
	own := custom(t)
	told := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse("EUR", rapid.SampledFrom([]ledger.Chart{ledger.Default(), own}).Draw(t, "chart"))
		live(t, h)
		accounts := report.NewAccounts([]ledger.Chart{h.chart})
		year := report.Range{From: january, To: january.AddDays(364)}
		var months []report.Flows
		for _, r := range append(year.Months(), year) {
			entries := must(report.FlowsFrom(h.postings, r))(t)
			if err := entries.Prove(h.cash(t, r)); err != nil {
				t.Fatalf("the entries of %v: %v", r, err)
			}
			months = append(months, entries)
			f, ok, err := report.FlowsOf(accounts, h.totals, r)
			if err != nil {
				t.Fatal(err)
			}
			told[ok]++
			if !ok {
				continue
			}
			maps.DeleteFunc(f.ByMode, func(_ ledger.PaymentMode, x report.Flow) bool { return x == report.Flow{} })
			if diff := cmp.Diff(entries, f); diff != "" {
				t.Fatalf("%v (-entries +accounts):\n%s", r, diff)
			}
		}
		n := len(months) - 1
		if diff := cmp.Diff(months[n], must(report.AddFlows(months[:n]))(t)); diff != "" {
			t.Fatalf("the year is not its months (-year +months):\n%s", diff)
		}
	})
	if told[true] == 0 || told[false] == 0 {
		t.Errorf("told and not told: %v", told)
	}
}
