package functions_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// command is a write that takes effect, and another request that may not have its key.
type command struct {
	write
	other string // another body for the same path, or another path
}

func (c command) key() string { return "key-of-" + strings.ReplaceAll(c.name, " ", "-") }

// commands are all writes in an order in which each takes effect.
func (s *stage) commands(t *testing.T) []command {
	t.Helper()
	byName := map[string]write{}
	for _, w := range s.all() {
		byName[w.name] = w
	}
	chart := byName["chart"]
	chart.body = `{"accounts":` + string(fields(t, s.owner.must(200, "GET", "/v1/setup/chart-of-accounts", "").Raw)["accounts"]) + `}`
	byName["chart"] = chart
	renamed := strings.Replace(chart.body, "Cash on hand", "Till", 1)
	var all []command
	for _, x := range [][2]string{
		{"opening", `{"openingMinor":8}`}, {"revenues", entryBody("revenues", s.property, today, `"amountMinor":999`)},
		{"expenses", entryBody("expenses", s.property, today, `"description":"other"`)},
		{"movements", entryBody("movements", s.property, today, `"kind":"SAFE_DROP"`)},
		{"revenues:bulk", ""}, {"expenses:bulk", ""}, {"movements:bulk", ""}, {"reverse", `{"reason":"other"}`}, {"decide", ""},
		{"policy", `{"rules":[{"roles":["OWNER_ADMIN"],"selfApproval":true}]}`},
		{"grant", fmt.Sprintf(`{"propertyId":%q,"subject":"other"}`, s.property)},
		{"count", fmt.Sprintf(`{"propertyId":%q,"countedMinor":2}`, s.property)},
		{"statistics", fmt.Sprintf(`{"propertyId":%q,"businessDate":%q,"roomsAvailable":10,"roomsOutOfOrder":1,"roomsSold":6,"roomsComplimentary":1}`, s.property, today)},
		{"budget", fmt.Sprintf(`{"propertyId":%q,"year":2027,"lines":[]}`, s.property)},
		{"member", `{"role":"AUDITOR"}`}, {"chart", renamed}, {"property", strings.Replace(byName["property"].body, `"B"`, `"C"`, 1)},
		{"remove member", "/v1/setup/members/other"}, {"close", "/v1/finance/days/2026-03-09/close"},
		{"reopen", fmt.Sprintf(`{"propertyId":%q,"reason":"other"}`, s.property)},
	} {
		all = append(all, command{byName[x[0]], x[1]})
	}
	return all
}

// told is an answer without what says that it is a repetition.
func told(a answer) string {
	return fmt.Sprintf("%d %s %s", a.Status, a.Header.Get("Consistency-Token"), replays.ReplaceAllString(a.Raw, ""))
}

var replays = regexp.MustCompile(`"replayed":(true|false|\d+)`)

// TestCommandsTakeEffectOnce (I8): every write repeated is answered as the first time and changes
// nothing, at once and after the day was closed, the entry reversed and the setup changed; its key
// takes no other request.
func TestCommandsTakeEffectOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := map[string]answer{}
	all := s.commands(t)
	for _, c := range all {
		a := s.owner.call(c.method, c.path, c.body, c.key())
		if a.Status/100 != 2 || a.Header.Get("Idempotent-Replay") != "" || a.Header.Get("Consistency-Token") == "" {
			t.Fatalf("%s: %d %v %s", c.name, a.Status, a.Header, a.Raw)
		}
		first[c.name] = a
		s.repeat(t, c, a)
	}
	entry := first["revenues"].str("id")
	s.owner.member("partner", "OWNER_ADMIN").must(201, "POST", "/v1/finance/revenues/"+entry+"/reverse", `{"reason":"r"}`)
	s.owner.closeDay(s.property, today)
	s.owner.must(200, "PUT", "/v1/finance/approval-policy", `{"rules":[{"roles":["ACCOUNTANT"]}]}`)
	for _, c := range all {
		s.repeat(t, c, first[c.name])
	}
	s.owner.check(s.property)
}

// repeat sends a command again, and another one under its key.
func (s *stage) repeat(t *testing.T, c command, first answer) {
	t.Helper()
	defer s.unchanged(t)()
	key := c.key()
	a := s.owner.call(c.method, c.path, c.body, key)
	if told(a) != told(first) || a.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%s again: %s %v\nfirst %s", c.name, told(a), a.Header, told(first))
	}
	if strings.HasPrefix(c.other, "/") {
		s.owner.refused(422, "idempotency_key_reused", c.method, c.other, c.body, key)
	} else if c.other != "" {
		s.owner.refused(422, "idempotency_key_reused", c.method, c.path, c.other, key)
	}
}

// TestFoundingTakesEffectOnce: the organisation's creation repeated, with another name, and by another.
func TestFoundingTakesEffectOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, today)
	owner := h.person(t, "owner", "org-1")
	body := `{"name":"Group","baseCurrency":"EUR"}`
	first := owner.must(201, "POST", "/v1/setup/organisations", body, "k")
	owner.must(201, "POST", "/v1/setup/properties", `{"code":"B","name":"B","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":"2026-03-01"}`)
	rows := h.rows(t)
	again := owner.must(201, "POST", "/v1/setup/organisations", body, "k")
	if told(again) != told(first) || again.Header.Get("Idempotent-Replay") != "true" || first.Header.Get("Idempotent-Replay") != "" {
		t.Errorf("again %s, first %s", told(again), told(first))
	}
	owner.refused(422, "idempotency_key_reused", "POST", "/v1/setup/organisations", `{"name":"Other","baseCurrency":"EUR"}`, "k")
	owner.refused(409, "organisation_exists", "POST", "/v1/setup/organisations", body)
	other := h.person(t, "other", "org-1")
	other.refused(409, "organisation_exists", "POST", "/v1/setup/organisations", body, "k")
	other.refused(403, "not_a_member", "GET", "/v1/setup/organisation", "")
	if after := h.rows(t); after != rows {
		t.Errorf("rows %s, before %s", after, rows)
	}
}

// TestAKeyBelongsToCallerOperationAndProperty: in the hands of another, for another operation, at
// another property and in another organisation it is another command.
func TestAKeyBelongsToCallerOperationAndProperty(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	seen := map[string]bool{}
	once := func(p person, what, property string) {
		t.Helper()
		a := p.must(201, "POST", "/v1/finance/"+what, entryBody(what, property, today), "k")
		if seen[a.str("id")] || a.Header.Get("Idempotent-Replay") != "" {
			t.Errorf("%s at %s is answered with another command's entry", what, property)
		}
		seen[a.str("id")] = true
	}
	once(n.owner, "revenues", n.property)
	once(n.owner, "expenses", n.property)
	once(n.owner, "revenues", n.second)
	once(n.manager, "revenues", n.property)
	once(n.owner.member("owner2", "OWNER_ADMIN"), "revenues", n.property)
	n.owner.check(n.property)
}

// TestARefusalLeavesNoTrace: a command that was refused takes effect under the same key once it can.
func TestARefusalLeavesNoTrace(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.owner.closeDay(s.property, today)
	body := entryBody("revenues", s.property, today)
	unchanged := s.unchanged(t)
	s.owner.refused(409, "day_closed", "POST", "/v1/finance/revenues", body, "k")
	s.owner.refused(409, "day_closed", "POST", "/v1/finance/revenues", body, "k")
	unchanged()
	s.owner.reopenDay(s.property, today)
	if a := s.owner.must(201, "POST", "/v1/finance/revenues", body, "k"); a.Header.Get("Idempotent-Replay") != "" {
		t.Error("a refused command counts as done")
	}
	s.owner.check(s.property)
}
