package report_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/domain/setup"
)

// TestUSALI: every account of income and expense in the default chart has the schedule that its number
// says, and what fits into several or none is unclassified.
func TestUSALI(t *testing.T) {
	t.Parallel()
	want := map[string]int{
		"4010": 1, "5010": 1, "4110": 2, "4120": 2, "4130": 2, "5110": 2, "5120": 2, "4210": 3, "4220": 3, "4230": 3, "4240": 3, "5300": 3,
		"4300": 4, "6110": 5, "6120": 5, "6210": 6, "6310": 7, "6410": 8, "6510": 9, "7010": 10, "7110": 11, "7120": 11, "7130": 11,
	}
	for _, x := range ledger.Default().Accounts {
		if x.Type != ledger.Income && x.Type != ledger.Cost {
			continue
		}
		s := report.ScheduleOf(x)
		if x.Code == "6010" && s != report.Payroll || x.Code != "6010" && (want[x.Code] == 0 || s.Number != want[x.Code]) {
			t.Errorf("%s %s is of %+v, want %d", x.Code, x.Name, s, want[x.Code])
		}
	}
	for _, uses := range [][]ledger.Use{
		nil, {"source:ROOM", "source:FOOD"}, {"category:GARDEN"}, {"category:ADMIN", "category:GARDEN"}, {"source:DEPOSIT"}, {"category:GARDEN", "category:ADMIN"},
	} {
		if s := report.ScheduleOf(ledger.Account{Code: "1", Type: ledger.Cost, Uses: uses}); s != report.Unclassified {
			t.Errorf("%v is of %+v", uses, s)
		}
	}
}

// TestStatement: an example by hand, with every part of the statement and an account that no chart has.
func TestStatement(t *testing.T) {
	t.Parallel()
	chart := ledger.Default()
	garden := chart
	garden.Accounts = append(slices.Clone(chart.Accounts), ledger.Account{Code: "9", Name: "Garden", Type: ledger.Cost, Uses: []ledger.Use{"category:GARDEN"}})
	p := must(report.NewIncome(report.NewAccounts([]ledger.Chart{garden}), report.Sums{
		"4010": {CreditMinor: 1000, DebitMinor: 100}, "5010": {DebitMinor: 200}, "4110": {CreditMinor: 300}, "5110": {DebitMinor: 90},
		"4300": {CreditMinor: 40}, "6010": {DebitMinor: 250}, "6110": {DebitMinor: 30, CreditMinor: 5}, "6510": {DebitMinor: 60},
		"7010": {DebitMinor: 20}, "7110": {DebitMinor: 70}, "9": {DebitMinor: 8}, "2200": {CreditMinor: 500}, "?": {CreditMinor: 77},
	}))(t)
	s := must(report.NewStatement(p))(t)
	got := []int64{
		s.OperatingRevenueMinor, s.DepartmentalExpensesMinor, s.DepartmentalProfitMinor, s.UndistributedExpensesMinor, s.GrossOperatingProfitMinor,
		s.ManagementFeesMinor, s.BeforeNonOperatingMinor, s.NonOperatingExpensesMinor, s.AfterNonOperatingMinor, s.UnclassifiedMinor, s.NetMinor, p.NetMinor,
	}
	if diff := cmp.Diff([]int64{1240, 290, 950, 335, 615, 20, 595, 70, 525, -8, 517, 517}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(s.Unknown) != 1 || s.Unknown[0].Code != "?" || s.Unknown[0].Type != report.UnknownType || s.Unknown[0].AmountMinor != -77 {
		t.Errorf("unknown: %+v", s.Unknown)
	}
}

// TestDefectsAreErrors: books whose sides differ give no statement.
func TestDefectsAreErrors(t *testing.T) {
	t.Parallel()
	a := report.NewAccounts([]ledger.Chart{ledger.Default()})
	torn := report.Sums{"1010": {DebitMinor: 5}, "4010": {CreditMinor: 4}}
	if _, err := report.NewTrialBalance(a, nil, torn); !errors.Is(err, report.ErrUnbalanced) {
		t.Errorf("trial balance: %v", err)
	}
	if _, err := report.NewTrialBalance(a, torn, nil); !errors.Is(err, report.ErrUnbalanced) {
		t.Errorf("trial balance before: %v", err)
	}
	if _, err := report.NewBridge(a, nil, torn); !errors.Is(err, report.ErrUnbalanced) {
		t.Errorf("bridge: %v", err)
	}
	if err := (report.Flows{}).Prove(report.Cash{CashReceivedMinor: 1}); !errors.Is(err, report.ErrFlowsDiffer) {
		t.Errorf("flows: %v", err)
	}
}

// TestAccountsOfEarlierCharts: an account that a later chart dropped keeps its name, one that it changed
// has the new one, and roles are those of all charts.
func TestAccountsOfEarlierCharts(t *testing.T) {
	t.Parallel()
	a := report.NewAccounts([]ledger.Chart{ledger.Default(), custom(t)})
	if x := a.Of("4010"); x.Name != "Rooms revenue" || x.Type != ledger.Income {
		t.Errorf("dropped: %+v", x)
	}
	if x := a.Of("R"); x.Name != "Rooms and food" {
		t.Errorf("new: %+v", x)
	}
	if x := a.Of("none"); x.Type != report.UnknownType || x.Name != "none" {
		t.Errorf("unknown: %+v", x)
	}
	room := []report.AccountAmount{{Account: a.Of("R"), AmountMinor: 5}}
	if a.RoomRevenue(report.Income{Revenue: room}) != nil {
		t.Error("the revenue of rooms is told by an account that is for food as well")
	}
	room[0].Account = a.Of("4010")
	if got := a.RoomRevenue(report.Income{Revenue: room}); got == nil || *got != 5 {
		t.Errorf("room revenue is %v", got)
	}
}

func show[T any](p *T) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(*p)
}

func TestTrends(t *testing.T) {
	t.Parallel()
	parts := report.Range{From: january, To: bizdate.MustParse("2026-05-15")}.Months()
	var incomes []report.Income
	for _, n := range []int64{0, 200, 100, -50, -100} {
		incomes = append(incomes, report.Income{RevenueMinor: n, NetMinor: n})
	}
	rows := must(report.NewTrends(parts, incomes))(t)
	var got []string
	for _, r := range rows {
		got = append(got, show(r.NetChange))
	}
	if diff := cmp.Diff([]string{"-", "-", "-5000", "-15000", "-10000"}, got); diff != "" || rows[4].To != bizdate.MustParse("2026-05-15") {
		t.Errorf("%v (-want +got):\n%s", rows[4], diff)
	}
	var list []report.AccountAmount
	for i := range 13 {
		list = append(list, report.AccountAmount{Account: ledger.Account{Code: fmt.Sprintf("%02d", i)}, AmountMinor: int64(i % 7)})
	}
	top := must(report.NewTop(list))(t)
	if len(top.Accounts) != 10 || top.Accounts[0].Code != "06" || top.Accounts[1].Code != "05" || top.Accounts[2].Code != "12" || top.Others != 3 || top.RestMinor != 1 {
		t.Errorf("%+v", top)
	}
}

func TestRoomsAndRanks(t *testing.T) {
	t.Parallel()
	r := report.Range{From: january, To: january.AddDays(1)}
	first := daybook.Statistics{Date: january, Rooms: daybook.Rooms{Available: 10, OutOfOrder: 1, Sold: 7, Complimentary: 1}}
	second := daybook.Statistics{Date: january.AddDays(1), Rooms: daybook.Rooms{Available: 10, Sold: 0}}
	revenue, zero := int64(1001), int64(0)
	rates := func(n report.RoomNights, revenue *int64) []string {
		x := n.Rates(revenue)
		return []string{show(x.OccupancyBasisPoints), show(x.ADRMinor), show(x.RevPARMinor)}
	}
	both := report.NewRoomNights([]daybook.Statistics{first, second}, r)
	for _, c := range []struct {
		name string
		got  []string
		want []string
	}{
		{"both days", rates(both, &revenue), []string{"3500", "143", "50"}}, // 7 of 20; 1001 / 7; 50.05
		{"revenue unknown", rates(both, nil), []string{"3500", "-", "-"}},
		{"a day is missing", rates(report.NewRoomNights([]daybook.Statistics{first}, r), &revenue), []string{"-", "-", "-"}},
		{"nothing sold", rates(report.NewRoomNights([]daybook.Statistics{second}, report.Range{From: second.Date, To: second.Date}), &zero), []string{"0", "-", "0"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	a, b := int64(5), int64(9)
	var places []string
	for _, p := range report.Ranks([]*int64{&a, nil, &b, &a, &zero}) {
		places = append(places, show(p))
	}
	if diff := cmp.Diff([]string{"2", "-", "1", "2", "4"}, places); diff != "" {
		t.Errorf("ranks (-want +got):\n%s", diff)
	}
}

func TestFlashRanges(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]string{"2024-02-29": "2023-02-28", "2025-02-28": "2024-02-28", "2026-03-31": "2025-03-31", "2026-01-01": "2025-01-01"} {
		d := bizdate.MustParse(date)
		if got := report.LastYear(d); got.String() != want {
			t.Errorf("a year before %s: %s, want %s", date, got, want)
		}
		r := report.NewFlashRanges(d)
		if r.Day.From != d || r.Month.From.String() != date[:7]+"-01" || r.Year.From.String() != date[:4]+"-01-01" || r.Day.To != d || r.Month.To != d || r.Year.To != d {
			t.Errorf("%s: %+v", date, r)
		}
	}
}

// TestToDate: a month's budget over its days sums to it exactly, the first days take what is left over,
// and a range is the sum of its days.
func TestToDate(t *testing.T) {
	t.Parallel()
	months := [12]int64{100, 28, 0, 61}
	for text, want := range map[string]int64{
		"2026-01-01..2026-01-01": 4, "2026-01-01..2026-01-07": 28, "2026-01-08..2026-01-31": 72, "2026-01-01..2026-02-03": 103,
		"2026-04-01..2026-04-02": 5, "2026-01-01..2026-12-31": 189, "2026-03-01..2026-03-31": 0,
	} {
		r := report.Range{From: bizdate.MustParse(text[:10]), To: bizdate.MustParse(text[12:])}
		if got := must(report.ToDate(months, r))(t); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var months [12]int64
		for i := range months {
			months[i] = rapid.Int64Range(0, 1_000_000_000_000_000).Draw(t, "month")
		}
		first := january.AddDays(rapid.IntRange(0, 300).Draw(t, "from"))
		r := report.Range{From: first, To: first.AddDays(rapid.IntRange(0, 64).Draw(t, "days"))}
		var sum int64
		for _, d := range r.Days() {
			sum += must(report.ToDate(months, d))(t)
		}
		if got := must(report.ToDate(months, r))(t); got != sum {
			t.Fatalf("%v: %d, its days %d", r, got, sum)
		}
	})
}

func TestFlashBudget(t *testing.T) {
	t.Parallel()
	a := report.NewAccounts([]ledger.Chart{ledger.Default()})
	nights := setup.Months{310}
	b := setup.Budget{Year: 2026, RoomsAvailable: &nights, Lines: []setup.BudgetLine{
		{AccountCode: "4010", MonthsMinor: setup.Months{3100}}, {AccountCode: "6510", MonthsMinor: setup.Months{31}},
	}}
	r := report.Range{From: january, To: january.AddDays(9)}
	f := must(report.NewFlashBudget(a, b, r))(t)
	if f.RevenueMinor != 1000 || f.ExpensesMinor != 10 || f.Income.NetMinor != 990 || *f.Available != 100 || f.Sold != nil {
		t.Errorf("%+v", f)
	}
	if f.Rates.OccupancyBasisPoints != nil || f.Rates.ADRMinor != nil || show(f.Rates.RevPARMinor) != "10" {
		t.Errorf("rates without rooms sold: %+v", f.Rates)
	}
	sold := setup.Months{155}
	b.RoomsSold = &sold
	f = must(report.NewFlashBudget(a, b, r))(t)
	if show(f.Rates.OccupancyBasisPoints) != "5000" || show(f.Rates.ADRMinor) != "20" {
		t.Errorf("rates: %+v", f.Rates)
	}
}
