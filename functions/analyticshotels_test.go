package functions_test

import "testing"

// compareAnalyses proves the analyses of real books: every month, the quarter and its months, the
// organisation and its properties, against each other and against the expected sums.
func compareAnalyses(t *testing.T, owner person, properties map[string]string) {
	t.Helper()
	var expected int64
	byMonth := map[string]int64{}
	for _, want := range table(t, "expected_months.csv") {
		byMonth[want["month"]] += number(t, want["total_minor"])
		if want["month"] >= "2015-07" && want["month"] <= "2015-09" {
			expected += number(t, want["total_minor"])
		}
	}
	quarter := owner.checkAnalyses(t, "period=2015-Q3", "EUR")["EUR"]
	if quarter.NetIncomeMinor != expected || quarter.PropertyCount != len(properties) || expected == 0 {
		t.Errorf("the quarter is %d, want %d", quarter.NetIncomeMinor, expected)
	}
	var months, single int64
	for _, m := range []string{"2015-07", "2015-08", "2015-09"} {
		net := owner.checkAnalyses(t, "period="+m, "EUR")["EUR"].NetIncomeMinor
		if net != byMonth[m] {
			t.Errorf("%s is %d, want %d", m, net, byMonth[m])
		}
		months += net
	}
	for _, id := range properties {
		single += owner.checkAnalyses(t, "period=2015-Q3&propertyId="+id, "EUR")["EUR"].NetIncomeMinor
	}
	if months != expected || single != expected {
		t.Errorf("the months are %d, the properties %d, want %d", months, single, expected)
	}
}
