package functions_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestProperties: what is set up comes back; codes are unique in an organisation and not beyond it.
func TestProperties(t *testing.T) {
	t.Parallel()
	h := newHouse(t, today)
	owner, _ := h.founder(t)
	other, _ := h.founder(t)
	body := `{"code":"A-1","name":"Alpha","type":"RESORT","timeZone":"Asia/Kolkata","cutoffMinutes":1439,"currency":"INR","goLiveDate":"2026-03-01","openingMinor":5,"roomCount":100000}`
	made := owner.must(201, "POST", "/v1/setup/properties", body)
	for name, value := range fields(t, body) {
		if got := fields(t, made.Raw)[name]; name != "openingMinor" && string(got) != string(value) {
			t.Errorf("%s is %s, was %s", name, got, value)
		}
	}
	owner.must(201, "POST", "/v1/setup/properties", strings.Replace(body, "A-1", "A-0", 1))
	rows := h.rows(t)
	owner.refused(409, "property_code_exists", "POST", "/v1/setup/properties", body).problem().tells(t, "code", "property_code_exists", "/code")
	if after := h.rows(t); after != rows {
		t.Errorf("rows %s, before %s", after, rows)
	}
	other.must(201, "POST", "/v1/setup/properties", body)
	var list struct {
		Items []struct{ PropertyID, Code string }
	}
	owner.must(200, "GET", "/v1/setup/properties", "").into(&list)
	if len(list.Items) != 2 || list.Items[0].Code != "A-0" || list.Items[1].PropertyID != made.str("propertyId") {
		t.Errorf("list: %+v", list)
	}
	if day := owner.day(made.str("propertyId"), "2026-03-01"); day.OpeningMinor != 5 {
		t.Errorf("go-live opens with %d", day.OpeningMinor)
	}
}

// TestBadProperties are refused with all faults, and nothing is written.
func TestBadProperties(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	good := `{"code":"B","name":"B","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":"2026-03-01"}`
	defer s.unchanged(t)()
	for _, tt := range []struct {
		field, value, code string
		at                 []string
	}{
		{"timeZone", `"Mars/Olympus"`, "unknown_time_zone", nil}, {"timeZone", `"Local"`, "unknown_time_zone", nil},
		{"timeZone", `"../etc/passwd"`, "unknown_time_zone", nil}, {"timeZone", `""`, "too_short", nil},
		{"cutoffMinutes", "1440", "bad_cutoff", nil}, {"cutoffMinutes", "-1", "bad_cutoff", nil}, {"cutoffMinutes", "1.5", "not_an_integer", nil},
		{"goLiveDate", `"2026-02-30"`, "bad_date", nil}, {"goLiveDate", `"2027-03-12"`, "bad_go_live", nil}, {"goLiveDate", `"1899-12-31"`, "bad_date", nil},
		{"goLiveDate", `"9999-12-31"`, "bad_go_live", nil}, {"currency", `"ZZZ"`, "unknown_currency", nil}, {"currency", `"EU"`, "too_short", nil},
		{"openingMinor", "-1", "balance_negative", nil}, {"openingMinor", "1000000000000001", "amount_too_large", nil},
		{"roomCount", "-1", "bad_room_count", nil}, {"roomCount", "100001", "bad_room_count", nil},
		{"type", `"TENT"`, "not_allowed_value", nil}, {"code", `"a b"`, "bad_format", nil}, {"code", `"` + strings.Repeat("x", 21) + `"`, "too_long", nil},
		{"name", `""`, "too_short", nil}, {"name", long(201), "too_long", nil},
		{"timeZone", `"X","cutoffMinutes":1440,"currency":"ZZZ","roomCount":-1,"openingMinor":-1`, "invalid_request",
			[]string{"/timeZone", "/cutoffMinutes", "/currency", "/roomCount", "/openingMinor"}},
	} {
		one := fields(t, good)
		delete(one, tt.field)
		if tt.at != nil {
			delete(one, "currency")
		}
		body := strings.TrimSuffix(object(t, one), "}") + fmt.Sprintf(`,%q:%s}`, tt.field, tt.value)
		if tt.at == nil {
			tt.at = []string{"/" + tt.field}
		}
		s.owner.must(422, "POST", "/v1/setup/properties", body).problem().tells(t, tt.field+" "+tt.value, tt.code, tt.at...)
	}
	s.owner.must(422, "POST", "/v1/setup/organisations", `{"name":"","baseCurrency":"EURO"}`).
		problem().tells(t, "organisation", "invalid_request", "/name", "/baseCurrency")
	s.person(t, "x", "org-x").must(422, "POST", "/v1/setup/organisations", `{"name":"X","baseCurrency":"ZZZ"}`).
		problem().tells(t, "organisation", "unknown_currency", "/baseCurrency")
}

// TestGoLiveAYearAhead: books may begin in the future, at most a year ahead; until then nothing posts.
func TestGoLiveAYearAhead(t *testing.T) {
	t.Parallel()
	h := newHouse(t, today)
	owner, _ := h.founder(t)
	id := owner.property("LATER", "2027-03-11", 70, "")
	owner.refused(422, "before_go_live", "POST", "/v1/finance/revenues", entryBody("revenues", id, today))
	owner.refused(422, "date_in_future", "POST", "/v1/finance/revenues", entryBody("revenues", id, "2027-03-11"))
	h.clock.set(noon(t, "2027-03-10"))
	owner.record("revenues", id, "2027-03-11")
	if day := owner.day(id, "2027-03-11"); day.OpeningMinor != 70 || day.ClosingMinor != 1070 {
		t.Errorf("the first day: %+v", day)
	}
	owner.check(id)
}

// TestMembers: the last owner stays, foreign properties and bad members are refused.
func TestMembers(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	unchanged := n.unchanged(t)
	n.owner.refused(409, "last_owner", "PUT", "/v1/setup/members/owner", `{"role":"AUDITOR"}`)
	n.owner.refused(409, "last_owner", "DELETE", "/v1/setup/members/owner", "")
	n.owner.refused(404, "not_found", "DELETE", "/v1/setup/members/nobody", "")
	for body, tells := range map[string][2]string{
		`{"role":"KING"}`: {"not_allowed_value", "/role"}, `{}`: {"missing_field", "/role"},
		fmt.Sprintf(`{"role":"FRONT_DESK","propertyIds":[%q]}`, n.theirs):                   {"not_found", "/propertyIds/0"},
		fmt.Sprintf(`{"role":"FRONT_DESK","propertyIds":[%q,%q]}`, n.property, n.property):  {"not_unique", "/propertyIds/1"},
		`{"role":"FRONT_DESK","propertyIds":["-"]}`:                                         {"not_found", "/propertyIds/0"},
		`{"role":"FRONT_DESK","propertyIds":["` + strings.Repeat("x", 10_000) + `"]}`:       {"not_found", "/propertyIds/0"},
		fmt.Sprintf(`{"role":"FRONT_DESK","propertyIds":[%q,"`+"\\u0000"+`"]}`, n.property): {"not_found", "/propertyIds/1"},
	} {
		n.owner.must(422, "PUT", "/v1/setup/members/x", body).problem().tells(t, body[:min(60, len(body))], tells[0], tells[1])
	}
	n.owner.must(422, "PUT", "/v1/setup/members/"+strings.Repeat("x", 256), `{"role":"AUDITOR"}`)
	unchanged()
	partner := n.owner.member("partner@example.org|ü", "OWNER_ADMIN")
	partner.must(200, "DELETE", "/v1/setup/members/owner", "")
	n.owner.refused(403, "not_a_member", "GET", "/v1/setup/members", "")
	partner.refused(409, "last_owner", "DELETE", "/v1/setup/members/partner@example.org%7C%C3%BC", "")
	var list struct {
		Items []struct{ Subject, Role string }
	}
	partner.must(200, "GET", "/v1/setup/members", "").into(&list)
	if got := fmt.Sprint(list.Items); got != "[{clerk FRONT_DESK} {front FRONT_DESK} {manager PROPERTY_MANAGER} {partner@example.org|ü OWNER_ADMIN}]" {
		t.Errorf("members: %s", got)
	}
}

// TestChart: a replacement is whole or refused with all that is wrong; the next posting goes by it, and
// says so.
func TestChart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	chart := func() (version int64, accounts string) {
		a := s.owner.must(200, "GET", "/v1/setup/chart-of-accounts", "")
		return a.num("version"), string(fields(t, a.Raw)["accounts"])
	}
	version, before := chart()
	if version != 0 || s.counted.Legs[0].Account != "1010" || s.counted.Legs[1].Account != "4010" {
		t.Errorf("the default chart %d posts to %+v", version, s.counted.Legs)
	}
	unchanged := s.unchanged(t)
	cash := `{"code":"1","name":"C","type":"ASSET","uses":["mode:CASH","source:ROOM"]}`
	a := s.owner.refused(422, "bad_chart", "PUT", "/v1/setup/chart-of-accounts", `{"accounts":[`+cash+`,{"code":"1","name":"D","type":"ASSET","uses":["mode:CASH","mode:BARTER"]}]}`)
	for _, missing := range strings.Fields("mode:BANK mode:CARD mode:UPI mode:WALLET mode:CHEQUE mode:OTA mode:CITY_LEDGER opening " +
		"movement:BANK_DEPOSIT movement:BANK_WITHDRAWAL movement:FLOAT_IN movement:FLOAT_OUT movement:OWNER_DRAW " +
		"movement:OWNER_CONTRIBUTION movement:SAFE_DROP movement:OVER movement:SHORT twice drawer mode:BARTER") {
		if !strings.Contains(a.problem().Facts["faults"], missing) {
			t.Errorf("the refusal does not list %s: %s", missing, a.Raw)
		}
	}
	s.owner.refused(409, "cash_account_fixed", "PUT", "/v1/setup/chart-of-accounts", `{"accounts":`+strings.Replace(before, `"1010"`, `"100"`, 1)+`}`)
	unchanged()
	changed := strings.NewReplacer(`"4010"`, `"400"`, `"source:ROOM"`, `"source:ROOM","source:SUITE"`).Replace(before)
	put := s.owner.must(200, "PUT", "/v1/setup/chart-of-accounts", `{"accounts":`+changed+`}`)
	if v, accounts := chart(); v != put.num("version") || !strings.Contains(accounts, "source:SUITE") || strings.Contains(accounts, `"4010"`) {
		t.Errorf("chart %d is %s", v, accounts)
	}
	e := s.owner.record("revenues", s.property, today, `"source":"SUITE"`)
	if e.Legs[0].Account != "1010" || e.Legs[1].Account != "400" {
		t.Errorf("posted to %+v", e.Legs)
	}
	if last := s.judged(t, "EntryRecorded"); last[len(last)-1].Chart != put.num("version") {
		t.Errorf("judged by %+v, in force is %d", last, put.num("version"))
	}
	reversed := posting{}
	s.owner.must(201, "POST", "/v1/finance/revenues/"+s.counted.ID+"/reverse", `{"reason":"r"}`).into(&reversed)
	if reversed.Legs[1].Account != "4010" || reversed.Legs[1].AmountMinor != 1000 {
		t.Errorf("the reversal of what was posted by the old chart goes to %+v", reversed.Legs)
	}
	s.owner.check(s.property)
}

// TestOpening: its change moves the whole chain, until the go-live day closes.
func TestOpening(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.owner.record("revenues", s.property, "2026-03-01")
	path := "/v1/setup/properties/" + s.property + "/opening"
	unchanged := s.unchanged(t)
	for body, code := range map[string]string{
		`{"openingMinor":-1}`: "balance_negative", `{"openingMinor":1000000000000001}`: "amount_too_large", `{"openingMinor":1e3}`: "not_an_integer", `{}`: "missing_field",
	} {
		s.owner.must(422, "PUT", path, body).problem().tells(t, body, code, "/openingMinor")
	}
	unchanged()
	set := s.owner.must(200, "PUT", path, `{"openingMinor":60000}`)
	if set.num("openingMinor") != 60_000 || set.str("goLiveDate") != "2026-03-01" || set.str("currency") != "EUR" {
		t.Errorf("set: %s", set.Raw)
	}
	for date, want := range map[string]int64{"2026-03-01": 60_000, "2026-03-05": 61_000, today: 61_000, "2026-03-11": 62_000} {
		if day := s.owner.day(s.property, date); day.OpeningMinor != want {
			t.Errorf("%s opens with %d, want %d", date, day.OpeningMinor, want)
		}
	}
	s.owner.check(s.property)
	s.owner.closeDay(s.property, "2026-03-01")
	s.owner.refused(409, "opening_closed", "PUT", path, `{"openingMinor":1}`)
	s.owner.reopenDay(s.property, "2026-03-01")
	s.owner.must(200, "PUT", path, `{"openingMinor":0}`)
	s.owner.check(s.property)
}
