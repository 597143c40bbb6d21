package functions_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReportOfAGapDay: a day without entries carries the balance; it is open until a later day closes.
func TestReportOfAGapDay(t *testing.T) {
	t.Parallel()
	s := newStage(t) // opening 50,000; 1,000 in cash on the 10th
	gap := func(date string, opening int64, status string) {
		t.Helper()
		day := s.owner.day(s.property, date)
		sameFigures(t, date, day.figures, emptyFigures(opening))
		if day.Status != status || day.StreamVersion != 0 || len(day.Entries) != 0 || day.CountedMinor != nil || day.BusinessDate != date {
			t.Errorf("%s: %+v", date, day)
		}
	}
	gap("2026-03-05", 50_000, "OPEN")
	gap("2026-03-11", 51_000, "OPEN")
	gap("2026-12-31", 51_000, "OPEN")
	s.owner.closeDay(s.property, "2026-03-06")
	gap("2026-03-05", 50_000, "CLOSED")
	gap("2026-03-07", 50_000, "OPEN")
	s.owner.closeDay(s.property, today)
	gap("2026-03-07", 50_000, "CLOSED")
	gap("2026-03-11", 51_000, "OPEN")
	s.owner.reopenDay(s.property, today)
	gap("2026-03-07", 50_000, "OPEN")
	gap("2026-03-05", 50_000, "CLOSED")
}

// TestReportsBeforeGoLive: there is nothing to report, and a month in which the books begin is reported
// from go-live.
func TestReportsBeforeGoLive(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-03-20")
	owner, _ := h.founder(t)
	id := owner.property("MID", "2026-03-15", 700, "")
	owner.record("revenues", id, "2026-03-16", `"amountMinor":30`)
	owner.record("expenses", id, "2026-03-19", `"amountMinor":4`)
	for path, code := range map[string]string{
		"daily-report?date=2026-03-14": "before_go_live", "monthly-report?month=2026-02": "before_go_live",
		"daily-report?date=2026-02-30": "bad_date", "monthly-report?month=2026-13": "bad_month", "monthly-report?month=2026-3": "bad_month",
		"daily-report?date=": "bad_date", "daily-report?day=2026-03-16": "unknown_parameter", "monthly-report?x=": "invalid_request",
	} {
		owner.refused(422, code, "GET", "/v1/reports/"+path+"&propertyId="+id, "")
	}
	march := emptyFigures(700)
	march.post(posting{Type: "REVENUE", PaymentMode: "CASH", Source: "ROOM", AmountMinor: 30})
	march.post(posting{Type: "EXPENSE", PaymentMode: "CASH", CategoryCode: "MAINTENANCE", AmountMinor: 4})
	sameFigures(t, "the month of go-live", owner.month(id, "2026-03"), march)
	sameFigures(t, "the next month", owner.month(id, "2026-04"), emptyFigures(726))
	sameFigures(t, "a month years later", owner.month(id, "2031-12"), emptyFigures(726))
}

// TestReportCountsWhatIsPosted: breakdowns and counts with reversals and late entries, on the days where
// they count.
func TestReportCountsWhatIsPosted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ota := s.owner.record("revenues", s.property, today, `"paymentMode":"OTA","source":"FOOD","amountMinor":70`)
	rent := s.owner.record("expenses", s.property, today, `"paymentMode":"BANK","categoryCode":"RENT","amountMinor":900`)
	s.owner.must(201, "POST", "/v1/finance/revenues/"+ota.ID+"/reverse", `{"reason":"r"}`)
	day := s.owner.day(s.property, today)
	if diff := cmp.Diff(map[string]modeSum{"CASH": {1000, 0, 1}, "OTA": {0, 0, 2}, "BANK": {0, 900, 1}}, day.ByPaymentMode); diff != "" {
		t.Error("by payment mode", diff)
	}
	if diff := cmp.Diff(map[string]sum{"ROOM": {1000, 1}, "FOOD": {0, 2}}, day.BySource); diff != "" {
		t.Error("by source", diff)
	}
	if diff := cmp.Diff(map[string]sum{"RENT": {900, 1}}, day.ByCategory); diff != "" {
		t.Error("by category", diff)
	}
	if day.EntryCount != 4 || len(day.Entries) != 4 || day.TotalReceivedMinor != 1000 || day.NetCashFlowMinor != 100 || day.Entries[3].AmountMinor != -70 {
		t.Errorf("the day: %+v", day)
	}
	s.owner.closeDay(s.property, today)
	s.clock.set(noon(t, "2026-03-12"))
	s.owner.approve(s.waiting.ID) // of the 10th, late
	s.owner.must(201, "POST", "/v1/finance/expenses/"+rent.ID+"/reverse", `{"reason":"r"}`)
	late := s.owner.day(s.property, "2026-03-12")
	if diff := cmp.Diff(map[string]sum{"RENT": {-900, 1}, "MAINTENANCE": {1000, 1}}, late.ByCategory); diff != "" {
		t.Error("late, by category", diff)
	}
	if late.EntryCount != 2 || late.CashExpensesMinor != 1000 || late.BankExpensesMinor != -900 || late.Entries[0].BusinessDate != today {
		t.Errorf("the late day: %+v", late)
	}
	if closed := s.owner.day(s.property, today); closed.raw == day.raw || closed.Status != "CLOSED" || cmp.Diff(closed.figures, day.figures) != "" {
		t.Errorf("the closed day: %+v", closed)
	}
	s.owner.check(s.property)
}

// TestReportOfACount: counted and variance by what is known now; an approval after the count explains
// it, an entry recorded after it does not, and the count itself stays.
func TestReportOfACount(t *testing.T) {
	t.Parallel()
	s := newStage(t) // expected 51,000, and an expense of 1,000 waits
	is := func(counted, variance int64) {
		t.Helper()
		day := s.owner.day(s.property, today)
		if day.CountedMinor == nil || *day.CountedMinor != counted || *day.VarianceMinor != variance {
			t.Errorf("%+v, want %d counted and a variance of %d", day, counted, variance)
		}
	}
	count := s.owner.must(201, "POST", "/v1/finance/days/"+today+"/count", `{"propertyId":"`+s.property+`","countedMinor":50000,`+
		`"denominations":[{"valueMinor":5000,"quantity":9},{"valueMinor":500,"quantity":10}],"blind":true,"note":"n"}`)
	if count.num("expectedMinor") != 51_000 || count.num("varianceMinor") != -1000 {
		t.Errorf("count: %s", count.Raw)
	}
	is(50_000, -1000)
	s.owner.approve(s.waiting.ID)
	is(50_000, 0)
	s.owner.record("revenues", s.property, today)
	is(50_000, 0)
	s.owner.record("movements", s.property, today, `"kind":"SHORT","amountMinor":3`)
	is(50_000, 0)
	s.owner.record("revenues", s.property, "2026-03-09", `"amountMinor":8`) // the opening moves
	is(50_000, -8)
	again := s.owner.must(201, "POST", "/v1/finance/days/"+today+"/count", `{"propertyId":"`+s.property+`","countedMinor":51009}`)
	if again.num("expectedMinor") != 51_008 || again.num("varianceMinor") != 1 { // the second count sees all of it
		t.Errorf("counted again: %s", again.Raw)
	}
	is(51_009, 1)
	for body, code := range map[string]string{
		`"countedMinor":-1`: "balance_negative", `"countedMinor":1000000000000001`: "amount_too_large", `"countedMinor":0.5`: "not_an_integer",
		`"countedMinor":5,"denominations":[{"valueMinor":2,"quantity":2}]`:                   "denominations_mismatch",
		`"countedMinor":0,"denominations":[{"valueMinor":0,"quantity":2}]`:                   "bad_denomination",
		`"countedMinor":0,"denominations":[{"valueMinor":1,"quantity":-1}]`:                  "bad_denomination",
		`"countedMinor":0,"denominations":[{"valueMinor":9000000000,"quantity":9000000000}]`: "bad_denomination",
	} {
		s.owner.refused(422, code, "POST", "/v1/finance/days/"+today+"/count", `{"propertyId":"`+s.property+`",`+body+`}`)
	}
	s.owner.refused(422, "bad_date", "POST", "/v1/finance/days/2026-02-30/count", `{"propertyId":"`+s.property+`","countedMinor":1}`)
	s.owner.refused(422, "before_go_live", "POST", "/v1/finance/days/2026-02-28/count", `{"propertyId":"`+s.property+`","countedMinor":1}`)
	s.owner.refused(422, "date_in_future", "POST", "/v1/finance/days/2026-03-11/count", `{"propertyId":"`+s.property+`","countedMinor":1}`)
	s.owner.check(s.property)
}

// TestCloseAndReopen: what each refuses.
func TestCloseAndReopen(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	body := `{"propertyId":"` + s.property + `"}`
	reopen := `{"propertyId":"` + s.property + `","reason":"r"}`
	s.owner.refused(422, "date_in_future", "POST", "/v1/finance/days/2026-03-11/close", body)
	s.owner.refused(422, "before_go_live", "POST", "/v1/finance/days/2026-02-28/close", body)
	s.owner.refused(422, "bad_date", "POST", "/v1/finance/days/2026-02-30/close", body)
	s.owner.refused(409, "not_last_closed", "POST", "/v1/finance/days/"+today+"/reopen", reopen)
	s.owner.closeDay(s.property, "2026-03-05")
	s.owner.closeDay(s.property, today)
	a := s.owner.refused(409, "day_closed", "POST", "/v1/finance/days/"+today+"/close", body)
	if a.problem().Facts["openDay"] != "2026-03-11" {
		t.Errorf("the refusal names another open day: %s", a.Raw)
	}
	s.owner.refused(409, "day_closed", "POST", "/v1/finance/days/2026-03-07/close", body) // a gap day
	s.owner.refused(409, "day_closed", "POST", "/v1/finance/days/2026-03-07/count", `{"propertyId":"`+s.property+`","countedMinor":1}`)
	a = s.owner.refused(409, "not_last_closed", "POST", "/v1/finance/days/2026-03-05/reopen", reopen)
	if a.problem().Facts["lastClosed"] != today {
		t.Errorf("the refusal does not name the last closed day: %s", a.Raw)
	}
	s.owner.refused(422, "too_short", "POST", "/v1/finance/days/"+today+"/reopen", `{"propertyId":"`+s.property+`","reason":""}`)
	s.owner.reopenDay(s.property, today)
	s.owner.reopenDay(s.property, "2026-03-05")
	s.owner.check(s.property)
}
