package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"innkeep.internal/shared/core/ids"
)

// badEntry is a new entry with a fault: more takes the place of fields of a good one.
type badEntry struct {
	name, more string
	status     int
	code       string
	pointers   []string
	only       string // the kind of entry; all when empty
}

func long(n int) string { return `"` + strings.Repeat("ä", n) + `"` }

// badEntries are entries that nobody may record.
func badEntries() []badEntry {
	at := func(p ...string) []string { return p }
	return []badEntry{
		{name: "zero", more: `"amountMinor":0`, status: 422, code: "amount_zero", pointers: at("/amountMinor")},
		{name: "negative", more: `"amountMinor":-1`, status: 422, code: "amount_negative", pointers: at("/amountMinor")},
		{name: "fraction", more: `"amountMinor":1.5`, status: 422, code: "not_an_integer", pointers: at("/amountMinor")},
		{name: "exponent", more: `"amountMinor":1e3`, status: 422, code: "not_an_integer", pointers: at("/amountMinor")},
		{name: "fraction of zero", more: `"amountMinor":1.0`, status: 422, code: "not_an_integer", pointers: at("/amountMinor")},
		{name: "text", more: `"amountMinor":"5"`, status: 422, code: "wrong_type", pointers: at("/amountMinor")},
		{name: "10^15+1", more: `"amountMinor":1000000000000001`, status: 422, code: "amount_too_large", pointers: at("/amountMinor")},
		{name: "int64", more: `"amountMinor":9223372036854775807`, status: 422, code: "amount_too_large", pointers: at("/amountMinor")},
		{name: "beyond int64", more: `"amountMinor":9223372036854775808`, status: 422, code: "out_of_range", pointers: at("/amountMinor")},
		{name: "2^64+5", more: `"amountMinor":18446744073709551621`, status: 422, code: "out_of_range", pointers: at("/amountMinor")},
		{name: "below int64", more: `"amountMinor":-9223372036854775809`, status: 422, code: "out_of_range", pointers: at("/amountMinor")},
		{name: "smallest int64", more: `"amountMinor":-9223372036854775808`, status: 422, code: "amount_negative", pointers: at("/amountMinor")},
		{name: "unknown currency", more: `"currency":"ZZZ"`, status: 422, code: "unknown_currency", pointers: at("/currency")},
		{name: "lower case", more: `"currency":"eur"`, status: 422, code: "unknown_currency", pointers: at("/currency")},
		{name: "foreign currency", more: `"currency":"USD"`, status: 422, code: "currency_mismatch", pointers: at("/currency")},
		{name: "long currency", more: `"currency":"EURO"`, status: 422, code: "too_long", pointers: at("/currency")},
		{name: "impossible date", more: `"businessDate":"2026-02-30"`, status: 422, code: "bad_format", pointers: at("/businessDate")},
		{name: "no date", more: `"businessDate":"today"`, status: 422, code: "bad_format", pointers: at("/businessDate")},
		{name: "short year", more: `"businessDate":"26-03-10"`, status: 422, code: "bad_format", pointers: at("/businessDate")},
		{name: "the year 1", more: `"businessDate":"0001-01-01"`, status: 422, code: "bad_date", pointers: at("/businessDate")},
		{name: "before go-live", more: `"businessDate":"2026-02-28"`, status: 422, code: "before_go_live", pointers: at("/businessDate")},
		{name: "in two days", more: `"businessDate":"2026-03-12"`, status: 422, code: "date_in_future", pointers: at("/businessDate")},
		{name: "in the year 9999", more: `"businessDate":"9999-12-31"`, status: 422, code: "date_in_future", pointers: at("/businessDate")},
		{name: "impossible moment", more: `"occurredAt":"2026-03-10T25:00:00Z"`, status: 422, code: "bad_format", pointers: at("/occurredAt")},
		{name: "no zone", more: `"occurredAt":"2026-03-10T10:00:00"`, status: 422, code: "bad_format", pointers: at("/occurredAt")},
		{name: "unknown property", more: fmt.Sprintf(`"propertyId":%q`, ids.NewUUID()), status: 404, code: "not_found"},
		{name: "no property", more: `"propertyId":"-"`, status: 422, code: "bad_format", pointers: at("/propertyId")},
		{name: "unknown mode", more: `"paymentMode":"BARTER"`, status: 422, code: "not_allowed_value", pointers: at("/paymentMode")},
		{name: "movement of a card", more: `"paymentMode":"CARD"`, status: 422, code: "not_allowed_value", pointers: at("/paymentMode"), only: "movements"},
		{name: "unknown source", more: `"source":"CASINO"`, status: 422, code: "unknown_source", pointers: at("/source"), only: "revenues"},
		{name: "empty source", more: `"source":""`, status: 422, code: "too_short", pointers: at("/source"), only: "revenues"},
		{name: "long source", more: `"source":` + long(65), status: 422, code: "too_long", pointers: at("/source"), only: "revenues"},
		{name: "unknown category", more: `"categoryCode":"CASINO"`, status: 422, code: "unknown_category", pointers: at("/categoryCode"), only: "expenses"},
		{name: "a source for a category", more: `"categoryCode":"ROOM"`, status: 422, code: "unknown_category", pointers: at("/categoryCode"), only: "expenses"},
		{name: "unknown movement", more: `"kind":"THEFT"`, status: 422, code: "not_allowed_value", pointers: at("/kind"), only: "movements"},
		{name: "source of an expense", more: `"source":"ROOM"`, status: 422, code: "unknown_field", pointers: at("/source"), only: "expenses"},
		{name: "tax over gross", more: `"taxLines":[{"code":"VAT","amountMinor":600},{"code":"CITY","amountMinor":401}]`, status: 422, code: "tax_exceeds_amount", pointers: at("/taxLines"), only: "revenues"},
		{name: "taxes beyond int64", more: `"taxLines":[{"code":"VAT","amountMinor":9223372036854775808}]`, status: 422, code: "out_of_range", pointers: at("/taxLines/0/amountMinor")},
		{name: "tax code", more: `"taxLines":[{"code":"vat","amountMinor":1}]`, status: 422, code: "bad_format", pointers: at("/taxLines/0/code")},
		{name: "21 taxes", more: `"taxLines":[` + strings.Repeat(`{"code":"VAT","amountMinor":1},`, 20) + `{"code":"VAT","amountMinor":1}]`, status: 422, code: "too_many", pointers: at("/taxLines"), only: "expenses"},
		{name: "tax on a movement", more: `"taxLines":[{"code":"VAT","amountMinor":1}]`, status: 422, code: "tax_on_movement", pointers: at("/taxLines"), only: "movements"},
		{name: "long description", more: `"description":` + long(501), status: 422, code: "too_long", pointers: at("/description")},
		{name: "long reference", more: `"bankReference":` + long(101), status: 422, code: "too_long", pointers: at("/bankReference")},
		{name: "long vendor", more: `"vendorName":` + long(201), status: 422, code: "too_long", pointers: at("/vendorName")},
		{name: "long external id", more: `"externalRef":{"system":` + long(51) + `,"id":` + long(201) + `}`, status: 422, code: "invalid_request", pointers: at("/externalRef/system", "/externalRef/id")},
		{name: "half a reference", more: `"externalRef":{"system":"PMS"}`, status: 422, code: "missing_field", pointers: at("/externalRef/id")},
		{name: "half a surrogate", more: `"description":"\ud800"`, status: 400, code: "bad_utf8", pointers: at("/description")},
		{name: "several of the schema", more: `"amountMinor":1.5,"currency":"E","paymentMode":"X","tip":1`, status: 422, code: "invalid_request", pointers: at("/amountMinor", "/currency", "/paymentMode", "/tip")},
		{name: "several of the rules", more: `"amountMinor":-5,"currency":"USD","businessDate":"0001-01-01","taxLines":[{"code":"VAT","amountMinor":0}]`, status: 422, code: "invalid_request", pointers: at("/amountMinor", "/currency", "/businessDate", "/taxLines/0/amountMinor"), only: "revenues"},
	}
}

// TestBadEntries: each is refused with its code, all of its faults and their places, and nothing is
// written.
func TestBadEntries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for _, what := range kinds {
		for _, tt := range badEntries() {
			if tt.only != "" && tt.only != what {
				continue
			}
			a := s.owner.call("POST", "/v1/finance/"+what, entryBody(what, s.property, today, tt.more))
			if a.Status != tt.status {
				t.Errorf("%s, %s: %d %s, want %d", what, tt.name, a.Status, a.Raw, tt.status)
			}
			a.problem().tells(t, what+", "+tt.name, tt.code, tt.pointers...)
		}
		for name := range fields(t, entryBody(what, s.property, today)) {
			less := fields(t, entryBody(what, s.property, today))
			delete(less, name)
			code := map[bool]string{true: "date_missing", false: "missing_field"}[name == "businessDate"]
			a := s.owner.must(422, "POST", "/v1/finance/"+what, object(t, less))
			a.problem().tells(t, what+" without "+name, code, "/"+name)
		}
	}
}

// TestBadLinesHarmNoOther: a bulk call with every bad entry and a good one after each. The good ones
// are recorded, the bad ones told apart as single calls tell them, all in order.
func TestBadLinesHarmNoOther(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, what := range kinds {
		var bad []badEntry
		var lines []string
		for _, tt := range badEntries() {
			if tt.only == "" || tt.only == what {
				bad = append(bad, tt)
				lines = append(lines, entryBody(what, s.property, today, tt.more), entryBody(what, s.property, today,
					fmt.Sprintf(`"amountMinor":%d,"key":"%s-%d"`, len(bad), what, len(bad))))
			}
		}
		body := `{"lines":[` + strings.Join(lines, ",") + `]}`
		for _, replay := range []bool{false, true} {
			s.mixedLines(t, what, s.owner.must(200, "POST", "/v1/finance/"+what+":bulk", body, "mixed"), bad, replay)
		}
	}
	s.owner.check(s.property)
}

// lineResult is what became of a line of a bulk call.
type lineResult struct {
	Index    int
	Key      string
	Outcome  string
	Replayed bool
	Entry    *posting
	Problem  *problem
}

// bulkResult is the answer to a bulk call.
type bulkResult struct {
	Accepted, Refused, Replayed int
	Results                     []lineResult
}

func (s *stage) mixedLines(t *testing.T, what string, a answer, bad []badEntry, replay bool) {
	t.Helper()
	var r bulkResult
	a.into(&r)
	replayed := map[bool]int{true: len(bad)}[replay]
	if r.Accepted != len(bad) || r.Refused != len(bad) || r.Replayed != replayed || len(r.Results) != 2*len(bad) {
		t.Fatalf("%s: %d accepted, %d refused, %d replayed of %d", what, r.Accepted, r.Refused, r.Replayed, 2*len(bad))
	}
	for i, tt := range bad {
		no, yes := r.Results[2*i], r.Results[2*i+1]
		if no.Index != 2*i || yes.Index != 2*i+1 || no.Outcome != "REFUSED" || no.Entry != nil || no.Problem.Status != tt.status {
			t.Errorf("%s, %s: %+v %+v, want %d", what, tt.name, no, no.Problem, tt.status)
			continue
		}
		no.Problem.tells(t, what+", line "+tt.name, tt.code, tt.pointers...)
		if yes.Outcome != "RECORDED" || yes.Entry.AmountMinor != int64(i+1) || yes.Key != fmt.Sprintf("%s-%d", what, i+1) || yes.Replayed != replay {
			t.Errorf("%s, after %s: %+v %+v", what, tt.name, yes, yes.Entry)
		}
	}
}
