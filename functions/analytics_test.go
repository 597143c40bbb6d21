package functions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/testkit/rpc"
)

// analyses are the names of all analyses.
var analyses = []string{"trial-balance", "profit-and-loss", "departments", "trends", "cash-flow", "cash-to-accrual", "comparison"}

// analyticsReads are the reading operations of analytics and the flash report, about a property.
func analyticsReads(property string) []string {
	all := []string{"/v1/reports/flash-report?propertyId=" + property, "/v1/reports/flash?date=" + today + "&propertyId=" + property}
	for _, name := range analyses {
		all = append(all, "/v1/reports/analytics/"+name+"?period=2026-03&propertyId="+property)
	}
	return all
}

// group is an organisation with properties in two currencies and all that money does.
type group struct {
	*house
	owner      person
	properties []string // two in EUR, one in INR
	calls      *rpc.Counter
}

func newGroup(t *testing.T) *group {
	t.Helper()
	g := &group{calls: &rpc.Counter{}}
	g.house = newHouse(t, "2026-03-20", g.calls.Options()...)
	g.owner, _ = g.founder(t)
	g.properties = []string{g.owner.property("A", "2026-01-05", 50_000, ""), g.owner.property("B", "2026-02-01", 700, "")}
	g.properties = append(g.properties, g.owner.must(201, "POST", "/v1/setup/properties",
		`{"code":"C","name":"House","type":"HOTEL","timeZone":"Asia/Kolkata","currency":"INR","goLiveDate":"2026-01-05","openingMinor":9}`).str("propertyId"))
	for i, id := range g.properties {
		g.trade(t, id, int64(i+1))
	}
	return g
}

// trade is a quarter of a property: every kind of entry, taxes in and out, deposits, reversals of
// revenues and expenses, and an approval that comes late.
func (g *group) trade(t *testing.T, id string, k int64) {
	t.Helper()
	currency := `"currency":"EUR",`
	if id == g.properties[len(g.properties)-1] && k == 3 {
		currency = `"currency":"INR",`
	}
	post := func(what, date, format string, args ...any) posting {
		return g.owner.record(what, id, date, currency+fmt.Sprintf(format, args...))
	}
	reverse := func(what string, e posting) {
		g.owner.must(201, "POST", "/v1/finance/"+what+"/"+e.ID+"/reverse", `{"reason":"r"}`)
	}
	front := g.owner.member("front"+fmt.Sprint(k), "FRONT_DESK", id)
	for i, date := range []string{"2026-02-03", "2026-02-20", "2026-03-01", "2026-03-19"} {
		n := k*1000 + int64(i)*10
		post("revenues", date, `"paymentMode":"CASH","source":"ROOM","amountMinor":%d,"taxLines":[{"code":"VAT","amountMinor":%d}]`, n*3, n)
		post("revenues", date, `"paymentMode":"CARD","source":"FOOD","amountMinor":%d`, n)
		reverse("revenues", post("revenues", date, `"paymentMode":"UPI","source":"SPA","amountMinor":%d`, n+1))
		post("expenses", date, `"paymentMode":"CASH","categoryCode":"FOOD","amountMinor":%d`, n/4)
		reverse("expenses", post("expenses", date, `"paymentMode":"BANK","categoryCode":"RENT","amountMinor":%d,"taxLines":[{"code":"VAT","amountMinor":5}]`, n+7))
		post("expenses", date, `"paymentMode":"BANK","categoryCode":"PAYROLL","amountMinor":%d,"taxLines":[{"code":"VAT","amountMinor":3}]`, n/2)
		post("movements", date, `"kind":"BANK_DEPOSIT","amountMinor":%d`, n)
		post("movements", date, `"kind":"OVER","amountMinor":%d`, i+1)
	}
	reverse("revenues", post("revenues", "2026-02-21", `"paymentMode":"OTA","source":"DEPOSIT","amountMinor":400`))
	post("revenues", "2026-02-21", `"paymentMode":"OTA","source":"DEPOSIT","amountMinor":900`)
	var waits posting
	front.must(201, "POST", "/v1/finance/revenues", entryBody("revenues", id, "2026-02-25", currency+`"paymentMode":"WALLET","source":"PARKING","amountMinor":77`)).into(&waits)
	g.owner.closeDay(id, "2026-02-28")
	g.owner.approve(waits.ID) // counts in March
}

// TestAnalyses: the trial balance is zero, every way to the net comes to the same, the cash flow is the
// cash report's, parts add up to wholes, and no query is SQL.
func TestAnalyses(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	g.calls.Reset()
	all := g.owner.checkAnalyses(t, "period=2026-Q1", "EUR", "INR")
	if all["EUR"].PropertyCount != 2 || all["INR"].PropertyCount != 1 || all["EUR"].NetIncomeMinor == 0 {
		t.Errorf("%+v", all)
	}
	var months, properties int64
	for _, m := range []string{"2026-01", "2026-02", "2026-03"} {
		months += g.owner.checkAnalyses(t, "period="+m, "EUR", "INR")["EUR"].NetIncomeMinor
	}
	for _, id := range g.properties[:2] {
		properties += g.owner.checkAnalyses(t, "period=2026-Q1&propertyId="+id, "EUR")["EUR"].NetIncomeMinor
	}
	if net := all["EUR"].NetIncomeMinor; months != net || properties != net {
		t.Errorf("the net is %d, of the months %d, of the properties %d", net, months, properties)
	}
	if n := g.calls.Count("ExecuteStreamingSql") + g.calls.Count("ExecuteSql") + g.calls.Count("BeginTransaction"); n != 0 {
		t.Errorf("%d calls of SQL or transactions: %v", n, g.calls)
	}
	late, _ := g.owner.analysis("cash-flow", "period=2026-03&propertyId="+g.properties[0])
	if got := late["EUR"].mode("WALLET"); got.ReceivedMinor != 77 {
		t.Errorf("what was approved late is not in the month where it counts: %+v", got)
	}
	deposits, _ := g.owner.analysis("cash-flow", "period=2026-02&propertyId="+g.properties[0])
	if diff := cmp.Diff(modeFlow{"OTA", 1300, 400, 0, 0, 900}, deposits["EUR"].mode("OTA")); diff != "" {
		t.Errorf("deposits (-want +got):\n%s", diff)
	}
}

// checkAnalyses proves the analyses of a scope against each other and against the cash report, and gives
// the profit and loss accounts.
func (p person) checkAnalyses(t *testing.T, query string, currencies ...string) map[string]analysisBlock {
	t.Helper()
	balances, _ := p.analysis("trial-balance", query)
	income, _ := p.analysis("profit-and-loss", query)
	departments, _ := p.analysis("departments", query)
	trends, _ := p.analysis("trends", query)
	flow, _ := p.analysis("cash-flow", query)
	bridge, _ := p.analysis("cash-to-accrual", query)
	compared, _ := p.analysis("comparison", query)
	var cash struct{ Totals []map[string]json.RawMessage }
	p.must(200, "GET", "/v1/reports/periodic-report?"+query, "").into(&cash)
	if len(income) != len(currencies) {
		t.Errorf("%s is over %d currencies, want %v", query, len(income), currencies)
	}
	for i, c := range currencies {
		var debit, credit, net, rows, properties int64
		for _, x := range balances[c].Accounts {
			debit, credit = debit+x.DebitMinor, credit+x.CreditMinor
			if x.Type == "INCOME" || x.Type == "EXPENSE" {
				net += x.CreditMinor - x.DebitMinor
			}
			if x.ClosingMinor != x.OpeningMinor+x.DebitMinor-x.CreditMinor {
				t.Errorf("%s %s: %+v", query, c, x)
			}
		}
		for _, r := range trends[c].Rows {
			rows += r.NetMinor
		}
		for _, x := range compared[c].Properties {
			properties += x.NetIncomeMinor
		}
		if !balances[c].Balanced || debit != credit {
			t.Errorf("%s %s: debits %d, credits %d", query, c, debit, credit)
		}
		if diff := cmp.Diff([]int64{net, net, net, net, net}, []int64{income[c].NetIncomeMinor, departments[c].NetIncomeMinor, rows, properties, bridge[c].NetIncomeMinor}); diff != "" {
			t.Errorf("%s %s: net of the trial balance, then profit and loss, departments, trends, comparison, bridge (-want +got):\n%s", query, c, diff)
		}
		want, f, drawer := cash.Totals[i], flow[c], balances[c].account("1010")
		is := func(what string, got int64, field string) {
			t.Helper()
			if string(want[field]) != fmt.Sprint(got) {
				t.Errorf("%s %s: %s is %d, in the cash report %s", query, c, what, got, want[field])
			}
		}
		in := f.mode("CASH")
		is("cash received", in.ReceivedMinor-in.RefundedMinor, "cashReceivedMinor")
		is("cash spent", in.ExpensesMinor-in.ExpensesReversedMinor, "cashExpensesMinor")
		is("the net flow", f.NetMinor, "netCashFlowMinor")
		is("the drawer", drawer.ClosingMinor, "closingMinor")
		is("transfers", f.TransfersOutMinor, "transfersOutMinor")
		is("the closing of the flow", f.ClosingCashMinor, "closingMinor")
	}
	return income
}

// TestAnalysesOfAChartOfOnesOwn: accounts that are for several things do not tell payments apart, the
// entries do; what a chart has dropped keeps its name; the bottom line stays.
func TestAnalysesOfAChartOfOnesOwn(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	chart := g.owner.must(200, "GET", "/v1/setup/chart-of-accounts", "").Raw
	list := chart[strings.Index(chart, "["):strings.LastIndex(chart, "]")]
	// Taxes in and out on one account, two movements and an expense on another, rooms and food on one.
	for _, x := range [][2]string{
		{`"uses":["tax-out:*"]`, `"uses":["tax-out:*","tax-in:*"]`}, {`"uses":["tax-in:*"]`, `"uses":["category:GARDEN"]`},
		{`"movement:OWNER_DRAW",`, `"movement:OWNER_DRAW","category:UTILITIES",`}, {`"uses":["category:UTILITIES"]`, `"uses":[]`},
		{`"uses":["source:FOOD"]`, `"uses":[]`}, {`"4010","name":"Rooms revenue","type":"INCOME","uses":["source:ROOM"]`, `"4011","name":"Rooms and food","type":"INCOME","uses":["source:ROOM","source:FOOD"]`},
	} {
		if !strings.Contains(list, x[0]) {
			t.Fatalf("no %s in %s", x[0], list)
		}
		list = strings.Replace(list, x[0], x[1], 1)
	}
	id := g.properties[0]
	before, _ := g.owner.analysis("cash-flow", "period=2026-03&propertyId="+id)
	g.owner.must(200, "PUT", "/v1/setup/chart-of-accounts", `{"accounts":`+list+`]}`)
	fresh := g.owner.at(g.another()) // without the memory of the chart
	same, _ := fresh.analysis("cash-flow", "period=2026-03&propertyId="+id)
	if diff := cmp.Diff(before["EUR"], same["EUR"], cmp.AllowUnexported(analysisBlock{})); diff != "" {
		t.Errorf("the chart has changed the past (-before +after):\n%s", diff)
	}
	draw := fresh.record("movements", id, "2026-03-19", `"kind":"OWNER_DRAW","amountMinor":50`)
	fresh.must(201, "POST", "/v1/finance/movements/"+draw.ID+"/reverse", `{"reason":"r"}`)
	fresh.record("movements", id, "2026-03-19", `"kind":"OWNER_DRAW","amountMinor":60`)
	fresh.record("expenses", id, "2026-03-19", `"paymentMode":"CASH","categoryCode":"UTILITIES","amountMinor":31,"taxLines":[{"code":"VAT","amountMinor":1}]`)
	fresh.record("expenses", id, "2026-03-19", `"paymentMode":"CASH","categoryCode":"GARDEN","amountMinor":13`)
	fresh.record("revenues", id, "2026-03-19", `"paymentMode":"CASH","source":"FOOD","amountMinor":500`)
	fresh.checkAnalyses(t, "period=2026-03&propertyId="+id, "EUR")
	after, _ := fresh.analysis("cash-flow", "period=2026-03&propertyId="+id)
	want := before["EUR"].mode("CASH")
	want.ReceivedMinor, want.ExpensesMinor, want.NetMinor = want.ReceivedMinor+500, want.ExpensesMinor+44, want.NetMinor+456
	if diff := cmp.Diff(want, after["EUR"].mode("CASH")); diff != "" {
		t.Errorf("cash (-want +got):\n%s", diff)
	}
	balances, _ := fresh.analysis("trial-balance", "period=2026-03&propertyId="+id)
	if x := balances["EUR"].account("4010"); x.Name != "Rooms revenue" || x.Type != "INCOME" {
		t.Errorf("the dropped account: %+v", x)
	}
	departments, _ := fresh.analysis("departments", "period=2026-03&propertyId="+id)
	if departments["EUR"].UnclassifiedMinor != 500 { // 4011 is of rooms and food; GARDEN is on an asset account, UTILITIES on the owner's
		t.Errorf("unclassified: %+v", departments["EUR"])
	}
}

// TestAnalyticsRefuse: what is no scope of an analysis.
func TestAnalyticsRefuse(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, name := range analyses {
		for query, code := range map[string]string{
			"":                                               "period_or_range",
			"period=2026-03&from=2026-03-01":                 "period_or_range",
			"from=2026-03-01":                                "period_or_range",
			"period=2026-3":                                  "bad_period",
			"period=2026-Q5":                                 "bad_period",
			"from=2025-01-01&to=2026-03-01":                  "bad_range",
			"from=2026-03-02&to=2026-03-01":                  "bad_range",
			"period=2026-03&month=2026-03":                   "unknown_parameter",
			"period=2026-02&propertyId=" + s.property:        "before_go_live",
			"period=2026-03&known_at=2126-01-01T00:00:00Z":   "known_at_in_future",
			"period=2026-03&as_of=2126-01-01T00:00:00Z":      "as_of_in_future",
			"period=2026-03&propertyId=" + s.property + ",x": "not_found",
		} {
			a := s.owner.call("GET", "/v1/reports/analytics/"+name+"?"+query, "")
			if a.Status < 400 || a.Status >= 500 || a.str("code") != code && !strings.Contains(a.Raw, `"code":"`+code+`"`) {
				t.Errorf("%s?%s: %d %s, want %s", name, query, a.Status, a.Raw, code)
			}
		}
	}
	s.owner.refused(422, "too_many_rows", "GET", "/v1/reports/analytics/trends?rows=days&from=2026-03-01&to=2026-06-01", "")
	s.owner.must(200, "GET", "/v1/reports/analytics/trends?rows=days&from=2026-03-01&to=2026-05-31", "")
	for query, code := range map[string]string{"date=2026-02-28": "before_go_live", "date=2026-02-30": "bad_date", "day=1": "unknown_parameter"} {
		s.owner.refused(422, code, "GET", "/v1/reports/flash-report?propertyId="+s.property+"&"+query, "")
	}
}

// TestAnalyticsShowWhatOneSees (I18): all properties of a restricted member are his own alone, and every
// role that may read reads.
func TestAnalyticsShowWhatOneSees(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	for _, name := range analyses {
		path := "/v1/reports/analytics/" + name + "?period=2026-03"
		all, mine := n.owner.must(200, "GET", path, "").Raw, n.manager.must(200, "GET", path, "").Raw
		if !strings.Contains(all, n.property) || !strings.Contains(all, n.second) || strings.Contains(all, n.theirs) {
			t.Errorf("%s: the owner sees %s", name, all)
		}
		if !strings.Contains(mine, n.property) || strings.Contains(mine, n.second) || strings.Contains(mine, n.theirs) {
			t.Errorf("%s: the manager sees %s", name, mine)
		}
		for _, role := range []string{"AUDITOR", "ACCOUNTANT", "FRONT_DESK", "SERVICE"} {
			n.owner.member(strings.ToLower(role)+"-reads", role, n.property).must(200, "GET", path+"&propertyId="+n.property, "")
		}
	}
}
