package functions_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// write is one writing operation with a request that is right in every field, and would take effect.
type write struct {
	name, method, path, body string
	founds                   bool // it needs no membership
	bulk                     bool // it takes 8 MiB
}

// stage is a house with one property and something to act on for every operation.
type stage struct {
	*house
	owner    person
	property string
	counted  posting // an approved revenue
	waiting  posting // one that waits
}

const today = "2026-03-10"

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{house: newHouse(t, today)}
	s.owner, _ = s.founder(t)
	s.property = s.owner.property("MAIN", "2026-03-01", 50_000, "")
	s.counted = s.owner.record("revenues", s.property, today)
	s.waiting = s.owner.member("front", "FRONT_DESK", s.property).record("expenses", s.property, today)
	return s
}

// writes are all writing operations of the product.
func (s *stage) writes() []write {
	id := func(format string) string { return strings.ReplaceAll(format, "$P", s.property) }
	list := []write{
		{name: "decide", method: "POST", path: "/v1/finance/approvals:decide", body: fmt.Sprintf(`{"items":[{"entryId":%q,"decision":"APPROVE"}]}`, s.waiting.ID)},
		{name: "policy", method: "PUT", path: "/v1/finance/approval-policy", body: `{"rules":[{"roles":["OWNER_ADMIN"]}],"dailyGrant":true}`},
		{name: "grant", method: "POST", path: "/v1/finance/daily-grants", body: id(`{"propertyId":"$P","subject":"manager"}`)},
		{name: "count", method: "POST", path: "/v1/finance/days/" + today + "/count", body: id(`{"propertyId":"$P","countedMinor":1,"note":"n","blind":true}`)},
		{name: "close", method: "POST", path: "/v1/finance/days/" + today + "/close", body: id(`{"propertyId":"$P"}`)},
		{name: "reopen", method: "POST", path: "/v1/finance/days/" + today + "/reopen", body: id(`{"propertyId":"$P","reason":"r"}`)},
		{name: "organisation", method: "POST", path: "/v1/setup/organisations", body: `{"name":"G","baseCurrency":"EUR"}`, founds: true},
		{name: "property", method: "POST", path: "/v1/setup/properties", body: `{"code":"B","name":"B","type":"HOTEL","timeZone":"Asia/Kolkata","currency":"INR","goLiveDate":"2026-03-01"}`},
		{name: "opening", method: "PUT", path: "/v1/setup/properties/" + s.property + "/opening", body: `{"openingMinor":7}`},
		{name: "member", method: "PUT", path: "/v1/setup/members/new", body: id(`{"role":"FRONT_DESK","propertyIds":["$P"]}`)},
		{name: "chart", method: "PUT", path: "/v1/setup/chart-of-accounts", body: `{"accounts":[{"code":"1","name":"C","type":"ASSET","uses":["mode:CASH"]}]}`},
		{name: "budget", method: "PUT", path: "/v1/setup/budgets", body: id(`{"propertyId":"$P","year":2026,"lines":[{"accountCode":"4010","monthsMinor":` + months(9) + `}],"roomsAvailable":` + months(310) + `,"roomsSold":` + months(200) + `}`)},
		{name: "statistics", method: "PUT", path: "/v1/setup/daily-statistics", body: id(`{"propertyId":"$P","businessDate":"` + today + `","roomsAvailable":10,"roomsOutOfOrder":1,"roomsSold":6,"roomsComplimentary":1,"guests":11}`)},
	}
	for _, what := range kinds {
		line := entryBody(what, s.property, today)
		list = append(list,
			write{name: what, method: "POST", path: "/v1/finance/" + what, body: line},
			write{name: what + ":bulk", method: "POST", path: "/v1/finance/" + what + ":bulk", body: `{"lines":[` + line + `]}`, bulk: true})
	}
	return append(list, write{
		name: "reverse", method: "POST", path: "/v1/finance/revenues/" + s.counted.ID + "/reverse", body: `{"reason":"r"}`,
	})
}

var kinds = []string{"revenues", "expenses", "movements"}

// all are the writes with and without a body.
func (s *stage) all() []write {
	return append(s.writes(), write{name: "remove member", method: "DELETE", path: "/v1/setup/members/front"})
}

// unchanged fails when a test has written anything since.
func (s *stage) unchanged(t *testing.T) func() {
	t.Helper()
	before := s.rows(t)
	return func() {
		t.Helper()
		if after := s.rows(t); after != before {
			t.Errorf("something was written: %s, before %s", after, before)
		}
	}
}

func (a answer) problem() problem {
	a.t.Helper()
	var p problem
	a.into(&p)
	return p
}

// tells fails unless the problem has the code and exactly the pointers, in any order.
func (p problem) tells(t testing.TB, what, code string, pointers ...string) {
	t.Helper()
	got := []string{}
	for _, e := range p.Errors {
		got = append(got, e.Pointer)
	}
	slices.Sort(got)
	slices.Sort(pointers)
	if p.Code != code || !slices.Equal(slices.Compact(got), slices.Compact(pointers)) {
		t.Errorf("%s: %d %s with faults at %v, want %s at %v", what, p.Status, p.Code, got, code, pointers)
	}
}

// fields are the members of a JSON object.
func fields(t testing.TB, body string) map[string]json.RawMessage {
	t.Helper()
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func object(t testing.TB, m map[string]json.RawMessage) string {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
