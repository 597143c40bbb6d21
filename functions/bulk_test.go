package functions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// bulk records lines in one call.
func (p person) bulk(what string, lines []string, key ...string) (bulkResult, answer) {
	p.t.Helper()
	a := p.must(200, "POST", "/v1/finance/"+what+":bulk", `{"lines":[`+strings.Join(lines, ",")+`]}`, key...)
	var r bulkResult
	a.into(&r)
	return r, a
}

// TestGreatestEntries: what lies on the edge is recorded, and comes back as it was sent.
func TestGreatestEntries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, more := range map[string]string{
		"one cent": `"amountMinor":1`, "10^15": `"amountMinor":1000000000000000`, "an odd number": `"amountMinor":999999999999999`,
		"all tax": `"taxLines":[{"code":"VAT","amountMinor":1000}]`, "tomorrow": `"businessDate":"2026-03-11"`, "go-live": `"businessDate":"2026-03-01"`,
		"long texts": `"description":` + long(500) + `,"bankReference":` + long(100) + `,"vendorName":` + long(200) +
			`,"externalRef":{"system":` + long(50) + `,"id":` + long(200) + `}`,
		"odd texts": `"description":"a\u0000b\ud83d\ude00\u202e"`, "occurred long ago": `"occurredAt":"0001-01-01T00:00:00Z"`,
		"occurred in 9999": `"occurredAt":"9999-12-31T23:59:59.999999999Z"`,
	} {
		body := entryBody("revenues", s.property, today, more)
		a := s.owner.call("POST", "/v1/finance/revenues", body)
		if a.Status != 201 {
			t.Errorf("%s: %d %s", name, a.Status, a.Raw)
			continue
		}
		read := s.owner.must(200, "GET", "/v1/finance/revenues/"+a.str("id"), "")
		if read.Raw != a.Raw {
			t.Errorf("%s is read as %s, was recorded as %s", name, read.Raw, a.Raw)
		}
		for field, sent := range fields(t, body) {
			var want, got any
			if json.Unmarshal(sent, &want) != nil || json.Unmarshal(fields(t, a.Raw)[field], &got) != nil || fmt.Sprint(want) != fmt.Sprint(got) {
				t.Errorf("%s: %s is %v, was sent as %v", name, field, got, want)
			}
		}
	}
	s.owner.check(s.property)
}

// TestBulkBounds: 1 to 1,000 lines; the rest is refused as a whole.
func TestBulkBounds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for _, what := range kinds {
		path := "/v1/finance/" + what + ":bulk"
		line := entryBody(what, s.property, today) + ","
		tooMany := `{"lines":[` + strings.TrimSuffix(strings.Repeat(line, 1001), ",") + `]}`
		s.owner.must(422, "POST", path, tooMany).problem().tells(t, what, "too_many", "/lines")
		s.owner.must(422, "POST", path, `{"lines":[]}`).problem().tells(t, what, "too_few", "/lines")
		s.owner.must(422, "POST", path, `{}`).problem().tells(t, what, "missing_field", "/lines")
		s.owner.must(400, "POST", path, `{"lines":[`+line+`{]}`).problem().tells(t, what, "malformed_json", "/lines/1")
		s.owner.must(422, "POST", path, `{"lines":[`+line+line[:len(line)-1]+`],"all":true}`).problem().tells(t, what, "unknown_field", "/all")
	}
	s.owner.must(422, "POST", "/v1/finance/approvals:decide", `{"items":[]}`).problem().tells(t, "decide", "too_few", "/items")
	items := `{"items":[` + strings.Repeat(`{"entryId":"x","decision":"APPROVE"},`, 1000) + `{"entryId":"x","decision":"APPROVE"}]}`
	s.owner.must(422, "POST", "/v1/finance/approvals:decide", items).problem().tells(t, "decide", "too_many", "/items")
}

// TestBulkKeys: a key takes effect once, in one call or in several; a key with another line is refused;
// a line without one goes by the call's key and its number; two lines that are alike are two entries.
func TestBulkKeys(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	line := func(amount int, more string) string {
		return entryBody("revenues", s.property, today, fmt.Sprintf(`"amountMinor":%d%s`, amount, more))
	}
	lines := []string{
		line(1, `,"key":"a"`), line(1, `,"key":"a"`), line(2, `,"key":"a"`), line(3, ""), line(3, ""),
		line(4, `,"key":"b","externalRef":{"system":"PMS","id":"1"}`), line(4, `,"key":"c","externalRef":{"system":"PMS","id":"1"}`),
		line(5, `,"key":7`), line(5, `,"key":"d","tip":1`), line(6, `,"key":""`), line(0, `,"key":"zero"`),
	}
	first, _ := s.owner.bulk("revenues", lines, "call")
	outcome := func(r bulkResult) (all []string) {
		for _, x := range r.Results {
			told := x.Outcome
			if x.Problem != nil {
				told = x.Problem.Code
			} else if x.Replayed {
				told = "REPLAYED"
			}
			all = append(all, x.Key+" "+told)
		}
		return all
	}
	want := "[a RECORDED a REPLAYED a idempotency_key_reused call/3 RECORDED call/4 RECORDED b RECORDED c external_ref_exists" +
		" call/7 wrong_type d unknown_field call/9 too_short zero amount_zero]"
	if got := fmt.Sprint(outcome(first)); got != want {
		t.Errorf("first call: %s\nwant %s", got, want)
	}
	if a, b := first.Results[3].Entry, first.Results[4].Entry; a.ID == b.ID {
		t.Error("two lines that are alike came to one entry")
	}
	again, answer := s.owner.bulk("revenues", lines, "call")
	if got := fmt.Sprint(outcome(again)); got != strings.ReplaceAll(want, "RECORDED", "REPLAYED") {
		t.Errorf("repeated: %s", got)
	}
	if answer.Header.Get("Idempotent-Replay") != "true" {
		t.Error("a call whose lines were all there is no replay")
	}
	more, answer := s.owner.bulk("revenues", append(lines[:1:1], line(9, `,"key":"new"`)))
	if got := fmt.Sprint(outcome(more)); got != "[a REPLAYED new RECORDED]" || answer.Header.Get("Idempotent-Replay") != "" {
		t.Errorf("one old and one new line: %s %v", got, answer.Header)
	}
	s.owner.check(s.property)
}

// TestBulkOverManyProperties: lines of many properties, currencies and zones in one call, in any order.
func TestBulkOverManyProperties(t *testing.T) {
	t.Parallel()
	h := newHouse(t, today)
	owner, _ := h.founder(t)
	var lines, properties []string
	for i := range 10 {
		currency := []string{"EUR", "JPY", "KWD"}[i%3]
		properties = append(properties, owner.must(201, "POST", "/v1/setup/properties", fmt.Sprintf(
			`{"code":"P%d","name":"P","type":"HOTEL","timeZone":"Pacific/Auckland","currency":%q,"goLiveDate":"2026-03-01"}`, i, currency)).str("propertyId"))
	}
	for i := range 60 {
		currency := []string{"EUR", "JPY", "KWD"}[i%10%3]
		date := fmt.Sprintf("2026-03-%02d", 1+i%7)
		lines = append(lines, entryBody("revenues", properties[i%10], date, fmt.Sprintf(`"amountMinor":%d,"currency":%q`, i+1, currency)))
	}
	r, a := owner.bulk("revenues", lines)
	newest := ""
	for i, x := range r.Results {
		if x.Entry == nil || x.Entry.AmountMinor != int64(i+1) || x.Entry.PropertyID != properties[i%10] {
			t.Errorf("line %d: %+v", i, x)
			continue
		}
		if newest == "" || mustTime(t, x.Entry.RecordedAt).After(mustTime(t, newest)) {
			newest = x.Entry.RecordedAt
		}
	}
	if token := a.Header.Get("Consistency-Token"); token != newest {
		t.Errorf("the token is %s, the newest entry is of %s", token, newest)
	}
	for _, p := range properties {
		owner.check(p)
	}
}
