package functions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/testkit"
)

// months are twelve equal numbers as JSON.
func months(n int64) string {
	list := make([]int64, 12)
	for i := range list {
		list[i] = n
	}
	b, _ := json.Marshal(list)
	return string(b)
}

// planning is a request to set a budget for 2026.
func planning(property, lines, more string) string {
	return fmt.Sprintf(`{"propertyId":%q,"year":2026,"lines":[%s]%s}`, property, lines, more)
}

func budgetLine(account, monthsMinor string) string {
	return fmt.Sprintf(`{"accountCode":%q,"monthsMinor":%s}`, account, monthsMinor)
}

// TestBudgets: what was set last comes back, in the property's currency and in the order of accounts.
func TestBudgets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	second := s.owner.property("SECOND", "2026-03-01", 0, "")
	get := func(property, year string) answer {
		return s.owner.must(200, "GET", "/v1/setup/budgets?propertyId="+property+"&year="+year, "")
	}
	if a := get(s.property, "2026"); a.Body["budget"] != nil || a.str("currency") != "EUR" || a.num("year") != 2026 {
		t.Errorf("before any: %s", a.Raw)
	}
	lines := budgetLine("6010", months(4)) + "," + budgetLine("4010", months(1_000_000_000_000_000))
	rooms := `,"roomsAvailable":` + months(310) + `,"roomsSold":` + months(0)
	put := s.owner.must(200, "PUT", "/v1/setup/budgets", planning(s.property, lines, rooms))
	want := `{"lines":[` + budgetLine("4010", months(1_000_000_000_000_000)) + "," + budgetLine("6010", months(4)) + "]" + rooms + `,"version":5,"chartVersion":0}`
	if got := string(fields(t, get(s.property, "2026").Raw)["budget"]); got != want || string(fields(t, put.Raw)["budget"]) != want {
		t.Errorf("read %s\nset  %s\nwant %s", got, put.Raw, want)
	}
	for _, other := range []answer{get(s.property, "2025"), get(second, "2026")} {
		if other.Body["budget"] != nil {
			t.Errorf("another year or property has %s", other.Raw)
		}
	}
	s.owner.must(200, "PUT", "/v1/setup/budgets", planning(s.property, budgetLine("4010", months(5)), ""))
	want = `{"lines":[` + budgetLine("4010", months(5)) + `],"version":6,"chartVersion":0}`
	if got := string(fields(t, get(s.property, "2026").Raw)["budget"]); got != want {
		t.Errorf("replaced by %s, want %s", got, want)
	}
	found, err := invariants.FindSetup(testkit.Context(t), s.db, s.owner.org)
	if err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestBudgetsGoByTheChart: accounts are those of the chart in force.
func TestBudgetsGoByTheChart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	chart := string(fields(t, s.owner.must(200, "GET", "/v1/setup/chart-of-accounts", "").Raw)["accounts"])
	renumbered := strings.Replace(chart, `"4010"`, `"4000"`, 1)
	put := s.owner.must(200, "PUT", "/v1/setup/chart-of-accounts", `{"accounts":`+renumbered+`}`)
	s.owner.must(422, "PUT", "/v1/setup/budgets", planning(s.property, budgetLine("4010", months(5)), "")).
		problem().tells(t, "an account of the old chart", "unknown_account", "/lines/0/accountCode")
	a := s.owner.must(200, "PUT", "/v1/setup/budgets", planning(s.property, budgetLine("4000", months(5)), ""))
	b, _ := a.Body["budget"].(map[string]any)
	if fmt.Sprint(b["chartVersion"]) != fmt.Sprint(put.num("version")) {
		t.Errorf("%s, the chart has the version %d", a.Raw, put.num("version"))
	}
}

// TestBadBudgets are refused with all faults and their places, and nothing is written.
func TestBadBudgets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	line := budgetLine("4010", months(5))
	for _, tt := range []struct {
		body, code string
		at         []string
	}{
		{planning(s.property, budgetLine("9999", months(5)), ""), "unknown_account", []string{"/lines/0/accountCode"}},
		{planning(s.property, line+","+budgetLine("1010", months(5)), ""), "account_not_budgeted", []string{"/lines/1/accountCode"}},
		{planning(s.property, line+","+line, ""), "account_twice", []string{"/lines/1/accountCode"}},
		{planning(s.property, budgetLine("4010", strings.Replace(months(5), "5", "-1", 1)), ""), "bad_budget_amount", []string{"/lines/0/monthsMinor/0"}},
		{planning(s.property, budgetLine("4010", strings.Replace(months(5), "5]", "1000000000000001]", 1)), ""), "bad_budget_amount", []string{"/lines/0/monthsMinor/11"}},
		{planning(s.property, budgetLine("4010", "[1,2,3]"), ""), "too_few", []string{"/lines/0/monthsMinor"}},
		{planning(s.property, line, `,"roomsSold":`+strings.Replace(months(5), "5", "5,5", 1)), "too_many", []string{"/roomsSold"}},
		{planning(s.property, line, `,"roomsSold":[]`), "too_few", []string{"/roomsSold"}},
		{planning(s.property, line, `,"roomsAvailable":`+months(4)+`,"roomsSold":`+strings.Replace(months(4), "4]", "5]", 1)), "rooms_sold_exceed_available", []string{"/roomsSold/11"}},
		{planning(s.property, line, `,"roomsAvailable":`+strings.Replace(months(4), "4", "-4", 1)), "bad_room_nights", []string{"/roomsAvailable/0"}},
		{planning(s.property, line, `,"currency":"EUR"`), "unknown_field", []string{"/currency"}},
		{strings.Replace(planning(s.property, line, ""), "2026", "1899", 1), "bad_year", []string{"/year"}},
		{strings.Replace(planning(s.property, budgetLine("x", months(-1)), ""), "2026", "10000", 1), "invalid_request", bad12("/year", "/lines/0/accountCode")},
	} {
		s.owner.must(422, "PUT", "/v1/setup/budgets", tt.body).problem().tells(t, tt.body, tt.code, tt.at...)
	}
	for query, code := range map[string]string{"": "missing_parameter", "&year=1899": "out_of_range", "&year=10000": "out_of_range", "&year=2026.5": "not_an_integer"} {
		s.owner.refused(422, code, "GET", "/v1/setup/budgets?propertyId="+s.property+query, "")
	}
}

// bad12 are the places given and the twelve months of the first line.
func bad12(at ...string) []string {
	for m := range 12 {
		at = append(at, fmt.Sprintf("/lines/0/monthsMinor/%d", m))
	}
	return at
}
