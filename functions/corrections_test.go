package functions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/invariants"
)

// damage writes to a day row beside the product.
func (s *stage) damage(t testing.TB, date string, columns map[string]any) {
	t.Helper()
	d := bizdate.MustParse(date)
	b := tenant.Book{Org: s.owner.org, Property: tenant.PropertyID(s.property)}
	row := map[string]any{"ShardId": b.Shard(), "OrgId": string(b.Org), "PropertyId": s.property, "Month": int64(d.Month()), "BusinessDate": civil.DateOf(d.Time())}
	for name, v := range columns {
		row[name] = v
	}
	if _, err := s.db.Client().Apply(testkit.Context(t), []*spanner.Mutation{spanner.UpdateMap("DailyCashBalances", row)}); err != nil {
		t.Fatal(err)
	}
}

// repair is what the function correct does with what has waited for five minutes.
func (s *stage) repair(t testing.TB) {
	t.Helper()
	later := correctionstore.New(s.db, correctionstore.Options{
		Now: func() time.Time { return events.Now().Add(correctionstore.MaxDelay) },
		Property: func(_ context.Context, b tenant.Book) (setup.Property, error) {
			return setup.Property{ID: b.Property, TimeZone: "Europe/Lisbon", Currency: "EUR", GoLive: bizdate.MustParse("2026-03-01")}, nil
		},
	})
	if _, err := later.Flush(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
}

// items are the corrections of a list.
func (p person) items(query string) []map[string]any {
	p.t.Helper()
	var body struct{ Items []map[string]any }
	p.must(200, "GET", "/v1/reports/corrections"+query, "").into(&body)
	return body.Items
}

// TestCorrectionsOverHTTP: an operator has two days of a tenant's property compared; the open one is
// repaired by itself, the closed one by its owner's word.
func TestCorrectionsOverHTTP(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.owner.must(200, "POST", "/v1/finance/days/2026-03-05/close", fmt.Sprintf(`{"propertyId":%q}`, s.property))
	s.live()
	s.owner = s.owner.at(s.house)
	op := s.operator(t)
	s.damage(t, "2026-03-05", map[string]any{"CashReceivedMinor": 7, "ClosingMinor": 50_007})
	s.damage(t, today, map[string]any{"EntryCount": 9})

	ask := fmt.Sprintf(`{"organisation":%q,"propertyId":%q,"from":"2026-03-01","to":%q}`, s.owner.org, s.property, today)
	s.owner.refused(403, "not_an_operator", "POST", "/v1/reports/corrections:detect", ask)
	a := op.must(200, "POST", "/v1/reports/corrections:detect", ask)
	if a.num("queued") != 2 || !strings.Contains(a.Raw, `"businessDate":"2026-03-05","cause":"WRONG_FLOW","closed":true`) {
		t.Fatal(a.Raw)
	}
	if a := op.must(200, "POST", "/v1/reports/corrections:detect", ask); a.num("queued") != 0 {
		t.Errorf("again: %s", a.Raw)
	}
	if all := op.items("?status=QUEUED&organisation=" + string(s.owner.org)); len(all) != 2 {
		t.Errorf("the operator sees %v", all)
	}
	if all := op.items(""); len(all) != 0 {
		t.Errorf("the operators' own: %v", all)
	}
	s.repair(t)
	done := s.owner.items("?status=DONE&propertyId=" + s.property)
	if len(done) != 1 || done[0]["outcome"] != "REPAIRED" || done[0]["businessDate"] != today || done[0]["evidence"] == nil {
		t.Errorf("%v", done)
	}

	path := "/v1/reports/corrections/" + s.property + "/2026-03-05/"
	accountant := s.owner.member("accountant", "ACCOUNTANT")
	accountant.refused(403, "forbidden", "POST", path+"approve", `{"round":1}`)
	if proposals := accountant.items("?status=PROPOSED"); len(proposals) != 1 || fmt.Sprint(proposals[0]["round"]) != "1" {
		t.Errorf("%v", proposals)
	}
	s.owner.refused(409, "proposal_moved", "POST", path+"approve", `{"round":2}`)
	first := s.owner.must(200, "POST", path+"approve", `{"round":1}`, "key")
	if first.str("outcome") != "RESTORED" || first.str("decidedBy") != "owner" || first.Header.Get("Consistency-Token") == "" {
		t.Error(first.Raw)
	}
	again := s.owner.must(200, "POST", path+"approve", `{"round":1}`, "key")
	if again.Raw != first.Raw || again.Header.Get("Idempotent-Replay") != "true" || again.Header.Get("Consistency-Token") != first.Header.Get("Consistency-Token") {
		t.Errorf("again %v %s, first %v %s", again.Header, again.Raw, first.Header, first.Raw)
	}
	s.owner.refused(422, "idempotency_key_reused", "POST", path+"approve", `{"round":9}`, "key")
	s.owner.refused(409, "not_proposed", "POST", path+"reject", `{"round":1,"reason":"r"}`)
	invariants.Check(t, s.db, tenant.Book{Org: s.owner.org, Property: tenant.PropertyID(s.property)})
}

// TestCorrectionsBadInput: what is wrong with a call is refused with its place, and another tenant's
// property is a missing one.
func TestCorrectionsBadInput(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.live()
	s.owner = s.owner.at(s.house)
	op := s.operator(t)
	them, _ := s.founder(t)
	theirs := them.property("MAIN", "2026-03-01", 1, "")
	at := "/v1/reports/corrections/"
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		code, pointer            string
	}{
		{"no date", "POST", at + s.property + "/2026-02-30/approve", `{"round":1}`, 422, "bad_date", "#date"},
		{"no round", "POST", at + s.property + "/" + today + "/approve", `{}`, 422, "missing_field", "/round"},
		{"round 0", "POST", at + s.property + "/" + today + "/approve", `{"round":0}`, 422, "out_of_range", "/round"},
		{"a reason to approve", "POST", at + s.property + "/" + today + "/approve", `{"round":1,"reason":"r"}`, 422, "unknown_field", "/reason"},
		{"no reason to reject", "POST", at + s.property + "/" + today + "/reject", `{"round":1}`, 422, "missing_field", "/reason"},
		{"a status", "GET", "/v1/reports/corrections?status=OPEN", "", 422, "not_allowed_value", "#status"},
		{"a limit", "GET", "/v1/reports/corrections?limit=501", "", 422, "out_of_range", "#limit"},
		{"a cursor", "GET", "/v1/reports/corrections?cursor=abc", "", 422, "bad_corrections_cursor", "#cursor"},
		{"an unknown parameter", "GET", "/v1/reports/corrections?page=1", "", 422, "unknown_parameter", "#page"},
	} {
		a := s.owner.must(tt.status, tt.method, tt.path, tt.body)
		a.problem().tells(t, tt.name, tt.code, tt.pointer)
	}
	nobody := ids.NewUUID().String()
	for _, what := range []string{"approve", "reject"} {
		body := map[string]string{"approve": `{"round":1}`, "reject": `{"round":1,"reason":"r"}`}[what]
		same404(t, what, s.owner.reply("POST", at+theirs+"/"+today+"/"+what, body), s.owner.reply("POST", at+nobody+"/"+today+"/"+what, body))
		same404(t, what, s.owner.reply("POST", at+s.property+"/"+today+"/"+what, body), s.owner.reply("POST", at+nobody+"/"+today+"/"+what, body))
	}
	list := "/v1/reports/corrections?propertyId="
	same404(t, "list", s.owner.reply("GET", list+theirs, ""), s.owner.reply("GET", list+nobody, ""))
	s.owner.refused(403, "not_an_operator", "GET", "/v1/reports/corrections?organisation="+string(s.owner.org), "")
	detect := func(from, to, property string) string {
		return fmt.Sprintf(`{"organisation":%q,"propertyId":%q,"from":%q,"to":%q}`, s.owner.org, property, from, to)
	}
	op.refused(422, "bad_range", "POST", "/v1/reports/corrections:detect", detect("2026-03-02", "2026-03-01", s.property))
	op.refused(422, "bad_range", "POST", "/v1/reports/corrections:detect", detect("2024-03-02", "2026-03-01", s.property))
	op.refused(404, "not_found", "POST", "/v1/reports/corrections:detect", detect("2026-03-01", "2026-03-02", theirs))
}

// TestCorrectionsPages: a list goes on where its page has ended, and shows each once.
func TestCorrectionsPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for n := range 5 {
		s.owner.record("revenues", s.property, fmt.Sprintf("2026-03-0%d", 4+n))
	}
	s.live()
	s.owner = s.owner.at(s.house)
	op := s.operator(t)
	for n := range 5 {
		s.damage(t, fmt.Sprintf("2026-03-0%d", 4+n), map[string]any{"EntryCount": 9})
	}
	op.must(200, "POST", "/v1/reports/corrections:detect",
		fmt.Sprintf(`{"organisation":%q,"propertyId":%q,"from":"2026-03-01","to":%q}`, s.owner.org, s.property, today))
	for _, query := range []string{"", "&propertyId=" + s.property, "&status=QUEUED"} {
		var dates []string
		cursor := ""
		for {
			a := s.owner.must(200, "GET", "/v1/reports/corrections?limit=2"+query+"&cursor="+cursor, "")
			var body struct {
				Items []struct{ BusinessDate string }
			}
			a.into(&body)
			for _, x := range body.Items {
				dates = append(dates, x.BusinessDate)
			}
			if cursor = a.str("nextCursor"); cursor == "" {
				break
			}
		}
		if got, want := strings.Join(dates, " "), "2026-03-04 2026-03-05 2026-03-06 2026-03-07 2026-03-08"; got != want {
			t.Errorf("%q: %s", query, got)
		}
	}
	front := s.owner.member("nobody", "FRONT_DESK")
	if all := front.items(""); len(all) != 0 {
		t.Errorf("who sees no property sees %v", all)
	}
}
