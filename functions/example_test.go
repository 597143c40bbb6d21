package functions_test

import (
	"fmt"
	"testing"
)

// TestWorkedExample is the example of DOMAIN.md, "Arithmetic of a day", through the API: opening
// 50,000; cash revenue 118,000 with 18,000 tax; UPI 59,000; cash expense 20,000; bank deposit
// 100,000; counted 47,500; over/short of the variance.
func TestWorkedExample(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-03-10")
	owner, _ := h.founder(t)
	id := owner.property("MAIN", "2026-03-10", 50_000, "")
	post := func(what, body string) {
		t.Helper()
		owner.must(201, "POST", "/v1/finance/"+what, fmt.Sprintf(`{"propertyId":%q,"businessDate":"2026-03-10","currency":"EUR",%s}`, id, body))
	}
	post("revenues", `"amountMinor":118000,"taxLines":[{"code":"VAT","amountMinor":18000}],"paymentMode":"CASH","source":"ROOM"`)
	post("revenues", `"amountMinor":59000,"paymentMode":"UPI","source":"ROOM"`)
	post("expenses", `"amountMinor":20000,"paymentMode":"CASH","categoryCode":"MAINTENANCE"`)
	post("movements", `"amountMinor":100000,"kind":"BANK_DEPOSIT"`)
	count := owner.must(201, "POST", "/v1/finance/days/2026-03-10/count", fmt.Sprintf(`{"propertyId":%q,"countedMinor":47500}`, id))
	if count.num("expectedMinor") != 48_000 || count.num("varianceMinor") != -500 {
		t.Errorf("count: %s", count.Raw)
	}
	report := owner.must(200, "GET", "/v1/reports/daily-report?date=2026-03-10&propertyId="+id, "")
	for field, want := range map[string]int64{
		"openingMinor": 50_000, "cashReceivedMinor": 118_000, "bankReceivedMinor": 59_000, "totalReceivedMinor": 177_000,
		"cashExpensesMinor": 20_000, "transfersOutMinor": 100_000, "closingMinor": 48_000, "varianceMinor": -500, "entryCount": 4,
	} {
		if got := report.num(field); got != want {
			t.Errorf("%s = %d, want %d", field, got, want)
		}
	}
	post("movements", `"amountMinor":500,"kind":"SHORT"`)
	closed := owner.must(200, "POST", "/v1/finance/days/2026-03-10/close", fmt.Sprintf(`{"propertyId":%q}`, id))
	t.Log(closed.Raw)
	next := owner.must(200, "GET", "/v1/reports/daily-report?date=2026-03-11&propertyId="+id, "")
	if next.num("openingMinor") != 47_500 {
		t.Errorf("the next day opens at %s", next.Raw)
	}
}
