package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flashFigures are those of a range in a flash report, as far as tests look.
type flashFigures struct {
	From, To            string
	RevenueMinor        int64
	ExpensesMinor       int64
	NetIncomeMinor      int64
	Departments         []flashLine
	TaxesCollectedMinor int64
	TaxesPaidMinor      int64
	PaymentModes        []modeFlow
	Rooms               roomFigures
	Deposits            struct{ AdvanceReceivedMinor, AdvanceReleasedMinor, ToBankMinor int64 }
	Counts              struct {
		DaysCounted   int
		VarianceMinor *int64
	}
	RevenueVarianceMinor int64
}

type flashLine struct {
	Code                        string
	RevenueMinor, ExpensesMinor int64
}

type flashColumn struct {
	Actual flashFigures
	Budget *struct {
		RevenueMinor, ExpensesMinor, RevenueVarianceMinor                      int64
		RoomsAvailable, RoomsSold, OccupancyBasisPoints, AdrMinor, RevParMinor *int64
		Departments                                                            []flashLine
	}
	LastYear *flashFigures
}

type flashReport struct {
	BusinessDate, Status         string
	Day, MonthToDate, YearToDate flashColumn
}

func (p person) flash(property, date string) (v flashReport) {
	p.t.Helper()
	if date != "" {
		date = "&date=" + date
	}
	p.must(200, "GET", "/v1/reports/flash-report?propertyId="+property+date, "").into(&v)
	return v
}

// aYear is a house that has traded since February of last year, with statistics and a budget.
func aYear(t *testing.T) (owner person, id string) {
	t.Helper()
	h := newHouse(t, "2026-03-10")
	owner, _ = h.founder(t)
	id = owner.property("MAIN", "2025-02-27", 50_000, "")
	room := `"paymentMode":"CARD","source":"ROOM","amountMinor":1180,"taxLines":[{"code":"VAT","amountMinor":180}]`
	for _, date := range []string{"2025-02-28", "2025-03-09", "2025-03-10", "2026-01-01", "2026-03-09", "2026-03-10"} {
		owner.record("revenues", id, date, room)
		owner.record("expenses", id, date, `"categoryCode":"UTILITIES","amountMinor":60,"taxLines":[{"code":"VAT","amountMinor":10}]`)
	}
	owner.record("revenues", id, "2026-03-10", `"paymentMode":"BANK","source":"DEPOSIT","amountMinor":400`)
	wrong := owner.record("revenues", id, "2026-03-10", `"paymentMode":"CARD","source":"FOOD","amountMinor":33`)
	owner.must(201, "POST", "/v1/finance/revenues/"+wrong.ID+"/reverse", `{"reason":"r"}`)
	owner.record("movements", id, "2026-03-10", `"kind":"BANK_DEPOSIT","amountMinor":250`)
	owner.record("movements", id, "2026-03-10", `"kind":"BANK_WITHDRAWAL","amountMinor":30`)
	owner.must(201, "POST", "/v1/finance/days/2026-03-10/count", `{"propertyId":"`+id+`","countedMinor":49000}`)
	for _, date := range []string{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10"} {
		owner.must(200, "PUT", "/v1/setup/daily-statistics", letting(id, date, ""))
	}
	owner.must(200, "PUT", "/v1/setup/budgets", `{"propertyId":"`+id+`","year":2026,"lines":[{"accountCode":"4010","monthsMinor":`+months(3110)+
		`},{"accountCode":"6510","monthsMinor":`+months(310)+`}],"roomsAvailable":`+months(310)+`,"roomsSold":`+months(155)+`}`)
	return owner, id
}

// TestFlashReport: an example by hand.
func TestFlashReport(t *testing.T) {
	t.Parallel()
	owner, id := aYear(t)
	v := owner.flash(id, "") // today
	if v.BusinessDate != "2026-03-10" || v.Status != "OPEN" {
		t.Errorf("%s %s", v.BusinessDate, v.Status)
	}
	day := v.Day.Actual
	if diff := cmp.Diff([]flashLine{{"ROOMS", 1000, 0}, {"FOOD_AND_BEVERAGE", 0, 0}, {"UTILITIES", 0, 50}}, day.Departments); diff != "" {
		t.Errorf("departments (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]modeFlow{{"CASH", 0, 0, 60, 0, -60}, {"BANK", 400, 0, 0, 0, 400}, {"CARD", 1213, 33, 0, 0, 1180}}, day.PaymentModes); diff != "" {
		t.Errorf("payments (-want +got):\n%s", diff)
	}
	counted := int64(0)
	if day.Counts.VarianceMinor != nil {
		counted = *day.Counts.VarianceMinor
	}
	got := []int64{
		day.RevenueMinor, day.ExpensesMinor, day.NetIncomeMinor, day.TaxesCollectedMinor, day.TaxesPaidMinor,
		day.Deposits.AdvanceReceivedMinor, day.Deposits.AdvanceReleasedMinor, day.Deposits.ToBankMinor, int64(day.Counts.DaysCounted), counted,
		v.MonthToDate.Actual.RevenueMinor, v.YearToDate.Actual.RevenueMinor, v.YearToDate.Actual.ExpensesMinor,
	}
	// The drawer should hold 50,000 less six bills of 60, less 250, plus 30.
	if diff := cmp.Diff([]int64{1000, 50, 950, 180, 10, 400, 0, 220, 1, 49_000 - 49_420, 2000, 3000, 150}, got); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	rooms := v.MonthToDate.Actual.Rooms
	if rooms.DaysRecorded != 10 || rooms.Days != 10 || *rooms.OccupancyBasisPoints != 6000 || *rooms.ADRMinor != 33 || *rooms.RevPARMinor != 20 {
		t.Errorf("rooms of the month: %+v", rooms)
	}
	if year := v.YearToDate.Actual.Rooms; year.Days != 69 || year.DaysRecorded != 10 || year.OccupancyBasisPoints != nil || year.ADRMinor != nil || year.RoomsSold != nil {
		t.Errorf("rooms of a year with days missing: %+v", year)
	}
	if last := v.Day.LastYear.Rooms; last.DaysRecorded != 0 || last.RevPARMinor != nil {
		t.Errorf("rooms without statistics: %+v", last)
	}
	checkBudget(t, v)
	checkLastYear(t, owner, id, v)
}

func checkBudget(t *testing.T, v flashReport) {
	t.Helper()
	b := v.Day.Budget // 3,110 over 31 days: ten days of 101, then 100
	if b.RevenueMinor != 101 || b.ExpensesMinor != 10 || b.RevenueVarianceMinor != 899 || *b.RoomsAvailable != 10 || *b.OccupancyBasisPoints != 5000 {
		t.Errorf("the day's budget: %+v", b)
	}
	if b = v.MonthToDate.Budget; b.RevenueMinor != 1010 || *b.RoomsSold != 50 || *b.AdrMinor != 20 || *b.RevParMinor != 10 || len(b.Departments) != 2 {
		t.Errorf("the month's budget: %+v", b)
	}
	if b = v.YearToDate.Budget; b.RevenueMinor != 3110*2+1010 {
		t.Errorf("the year's budget: %+v", b)
	}
}

func checkLastYear(t *testing.T, owner person, id string, v flashReport) {
	t.Helper()
	for what, x := range map[string]struct {
		got                        *flashFigures
		from, to                   string
		revenue, variance, expense int64
	}{
		"day":   {v.Day.LastYear, "2025-03-10", "2025-03-10", 1000, 0, 50},
		"month": {v.MonthToDate.LastYear, "2025-03-01", "2025-03-10", 2000, 0, 100},
		"year":  {v.YearToDate.LastYear, "2025-02-27", "2025-03-10", 3000, 0, 150}, // from go-live
	} {
		if g := x.got; g == nil || g.From != x.from || g.To != x.to || g.RevenueMinor != x.revenue || g.ExpensesMinor != x.expense || g.RevenueVarianceMinor != x.variance {
			t.Errorf("last year's %s: %+v", what, g)
		}
	}
	if first := owner.flash(id, "2026-02-26"); first.Day.LastYear != nil || first.MonthToDate.LastYear != nil || first.YearToDate.LastYear != nil {
		t.Errorf("before the books began: %+v", first)
	}
	old := owner.flash(id, "2025-03-10")
	if old.Day.LastYear != nil || old.Day.Budget != nil || old.YearToDate.Actual.From != "2025-02-27" {
		t.Errorf("the first year: %+v", old)
	}
	if leap := owner.flash(id, "2028-02-29"); leap.Day.LastYear.From != "2027-02-28" {
		t.Errorf("the 29th of February: %+v", leap.Day.LastYear)
	}
}

// TestComparison: properties by their figures, with ranks; what statistics do not tell is absent.
func TestComparison(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-03-10")
	owner, _ := h.founder(t)
	for _, code := range []string{"A", "B", "C"} {
		id := owner.property(code, "2026-03-08", 0, "")
		owner.record("revenues", id, "2026-03-09", `"amountMinor":`+map[string]string{"A": "500", "B": "900", "C": "500"}[code])
		for _, date := range []string{"2026-03-08", "2026-03-09"} {
			if code != "C" || date != "2026-03-08" {
				owner.must(200, "PUT", "/v1/setup/daily-statistics", strings.Replace(letting(id, date, ""), `"roomsSold":6`, `"roomsSold":5`, 1))
			}
		}
	}
	blocks, raw := owner.analysis("comparison", "from=2026-03-01&to=2026-03-09")
	var got []string
	for _, x := range blocks["EUR"].Properties {
		got = append(got, x.Code+" "+shown(x.Ranks.NetIncome)+" "+shown(x.Ranks.RevPAR)+" "+shown(x.Rooms.RevPARMinor)+" "+shown(x.Rooms.ADRMinor))
	}
	if diff := cmp.Diff([]string{"A 2 2 25 50", "B 1 1 45 90", "C 2 - - -"}, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", raw, diff)
	}
}

// shown is a number that may be absent.
func shown[T int | int64](p *T) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(*p)
}
