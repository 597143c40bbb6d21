package functions_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hotels is the folder of real postings, beside the checkout.
const hotels = "../../shared/data/two-hotels"

// table reads a CSV file: each line by the names of its columns.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(hotels, name))
	if os.IsNotExist(err) {
		t.Skip("the data set two-hotels is not beside the checkout: " + err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]string
	for _, line := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = line[i]
		}
		lines = append(lines, m)
	}
	return lines
}

// cents is a decimal of at most two places.
func cents(t *testing.T, text string) int64 {
	t.Helper()
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil || len(fraction) > 2 {
		t.Fatalf("amount %q: %v", text, err)
	}
	return n
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTwoHotels posts real input, 14,679 lines in calls of 1,000, and compares every figure of the
// expected days and months with the reports. Sent again, every line is answered as it was and nothing
// changes.
func TestTwoHotels(t *testing.T) {
	t.Parallel()
	lines := table(t, "room_postings.csv")
	h := newHouse(t, "2015-10-01")
	owner, _ := h.founder(t)
	properties := map[string]string{"city": owner.property("city", "2015-06-01", 0, ""), "resort": owner.property("resort", "2015-06-01", 0, "")}
	first := postAll(t, owner, properties, lines)
	if first.Accepted != 14_359 || first.Refused != 320 || first.Replayed != 0 {
		t.Fatalf("%d accepted, %d refused, %d replayed", first.Accepted, first.Refused, first.Replayed)
	}
	compareMonths(t, owner, properties)
	compareDays(t, owner, properties)
	h.project(t) // or each analysis would fold all events anew: TestAnalysesOfALaggingModel does that
	compareAnalyses(t, owner, properties)
	if testing.Short() {
		return // the rest takes as long again
	}
	before := dayRows(t, owner, properties)
	again := postAll(t, owner, properties, lines)
	if again.Accepted != 14_359 || again.Refused != 320 || again.Replayed != 14_359 {
		t.Errorf("again: %d accepted, %d refused, %d replayed", again.Accepted, again.Refused, again.Replayed)
	}
	for i, x := range again.Results {
		if y := first.Results[i]; x.Entry != nil && (x.Entry.ID != y.Entry.ID || x.Entry.RecordedAt != y.Entry.RecordedAt) {
			t.Fatalf("line %d came to another entry: %+v, was %+v", i, x.Entry, y.Entry)
		}
	}
	if diff := cmp.Diff(before, dayRows(t, owner, properties)); diff != "" {
		t.Errorf("the second time changed days:\n%s", diff)
	}
}

func postAll(t *testing.T, owner person, properties map[string]string, lines []map[string]string) (all bulkResult) {
	t.Helper()
	const call = 1000
	for start := 0; start < len(lines); start += call {
		var bodies []string
		part := lines[start:min(start+call, len(lines))]
		for _, l := range part {
			bodies = append(bodies, fmt.Sprintf(`{"key":%q,"propertyId":%q,"businessDate":%q,"amountMinor":%d,"currency":"EUR","paymentMode":%q,"source":%q}`,
				l["posting_no"], properties[l["property"]], l["business_date"], cents(t, l["amount_eur"]), l["payment_mode"], l["source"]))
		}
		r, _ := owner.bulk("revenues", bodies)
		for i, x := range r.Results {
			zero := cents(t, part[i]["amount_eur"]) == 0
			if x.Key != part[i]["posting_no"] || zero != (x.Problem != nil) || zero && x.Problem.Code != "amount_zero" {
				t.Fatalf("%v is answered %+v", part[i], x)
			}
		}
		all.Accepted, all.Refused, all.Replayed = all.Accepted+r.Accepted, all.Refused+r.Refused, all.Replayed+r.Replayed
		all.Results = append(all.Results, r.Results...)
	}
	return all
}

func compareMonths(t *testing.T, owner person, properties map[string]string) {
	t.Helper()
	opening := map[string]int64{}
	for _, want := range table(t, "expected_months.csv") {
		got, where := owner.month(properties[want["property"]], want["month"]), want["property"]+" "+want["month"]
		n := func(column string) int64 { return number(t, want[column]) }
		for what, pair := range map[string][2]int64{
			"accepted": {got.EntryCount, n("accepted")}, "total": {got.TotalReceivedMinor, n("total_minor")},
			"room": {got.BySource["ROOM"].AmountMinor, n("room_minor")}, "other": {got.BySource["OTHER"].AmountMinor, n("other_minor")},
			"sources": {got.BySource["ROOM"].Count + got.BySource["OTHER"].Count, n("accepted")},
			"cash":    {got.CashReceivedMinor, n("cash_minor")}, "by cash": {got.ByPaymentMode["CASH"].ReceivedMinor, n("cash_minor")},
			"by bank": {got.ByPaymentMode["BANK"].ReceivedMinor, n("bank_minor")}, "by card": {got.ByPaymentMode["CARD"].ReceivedMinor, n("card_minor")},
			"by OTA":  {got.ByPaymentMode["OTA"].ReceivedMinor, n("ota_minor")},
			"bank":    {got.BankReceivedMinor, n("total_minor") - n("cash_minor")},
			"opening": {got.OpeningMinor, opening[want["property"]]}, "closing": {got.ClosingMinor, got.OpeningMinor + n("cash_minor")},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %d, want %d", where, what, pair[0], pair[1])
			}
		}
		opening[want["property"]] = got.ClosingMinor
	}
}

// compareDays compares the list of days and the daily reports with every expected day; no other day has
// an entry.
func compareDays(t *testing.T, owner person, properties map[string]string) {
	t.Helper()
	listed := dayRows(t, owner, properties)
	for _, want := range table(t, "expected_days.csv") {
		property, date := want["property"], want["business_date"]
		got, ok := listed[property][date]
		if !ok || got.EntryCount != number(t, want["accepted"]) || got.CashReceivedMinor != number(t, want["cash_received_minor"]) ||
			got.BankReceivedMinor != number(t, want["bank_received_minor"]) {
			t.Errorf("%s %s is %+v, want %v", property, date, got, want)
		}
		delete(listed[property], date)
		report := owner.day(properties[property], date)
		if report.EntryCount != number(t, want["accepted"]) || int64(len(report.Entries)) != report.EntryCount ||
			report.CashReceivedMinor != number(t, want["cash_received_minor"]) || report.TotalReceivedMinor != number(t, want["total_minor"]) ||
			report.BankReceivedMinor != number(t, want["bank_received_minor"]) || report.OpeningMinor != got.OpeningMinor {
			t.Errorf("the report of %s %s is %+v, want %v", property, date, report.figures, want)
		}
	}
	for property, rest := range listed {
		for date, day := range rest {
			if day.EntryCount != 0 {
				t.Errorf("%s %s is not expected: %+v", property, date, day)
			}
		}
	}
}

// listedDay is an item of the list of days.
type listedDay struct {
	BusinessDate      string
	OpeningMinor      int64
	ClosingMinor      int64
	CashReceivedMinor int64
	BankReceivedMinor int64
	EntryCount        int64
	StreamVersion     int64
}

func dayRows(t *testing.T, owner person, properties map[string]string) map[string]map[string]listedDay {
	t.Helper()
	all := map[string]map[string]listedDay{}
	for name, id := range properties {
		all[name] = map[string]listedDay{}
		var list struct{ Items []listedDay }
		owner.must(200, "GET", "/v1/finance/days?from=2015-06-01&to=2015-10-01&propertyId="+id, "").into(&list)
		for _, d := range list.Items {
			all[name][d.BusinessDate] = d
		}
	}
	return all
}
