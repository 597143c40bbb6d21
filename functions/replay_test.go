package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// operator is an owner of the organisation that runs the installation.
func (h *house) operator(t testing.TB) person {
	t.Helper()
	p := h.person(t, "operator", operators)
	p.must(201, "POST", "/v1/setup/organisations", `{"name":"Operators","baseCurrency":"EUR"}`)
	return p
}

// project is what the function project does with a sweep.
func (h *house) project(t testing.TB) {
	t.Helper()
	if err := accounttotals.New(h.db, events.Now, nil).Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
}

// replay calls until the rebuild has come to an end.
func (p person) replay(more string) answer {
	p.t.Helper()
	a := p.must(200, "POST", "/v1/events/replay", `{"readModel":"account-totals"`+more+`}`)
	for a.str("state") == "BUILDING" {
		a = p.must(200, "POST", "/v1/events/replay", fmt.Sprintf(`{"readModel":"account-totals","generation":%d}`, a.num("generation")))
	}
	return a
}

// model is the one read model of the list.
func (p person) model() map[string]any {
	p.t.Helper()
	models, _ := p.must(200, "GET", "/v1/events/read-models", "").Body["readModels"].([]any)
	if len(models) != 1 {
		p.t.Fatalf("read models: %v", models)
	}
	m, _ := models[0].(map[string]any)
	return m
}

func TestReplayOverHTTP(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.live()
	op := s.operator(t)
	s.owner.must(201, "POST", "/v1/finance/revenues", entryBody("revenues", s.property, today, ""))
	s.project(t)
	before := op.model()
	if fmt.Sprint(before["generation"]) != "1" || before["watermark"] == nil || len(fmt.Sprint(before["checksum"])) != 64 || fmt.Sprint(before["rows"]) == "0" {
		t.Fatalf("read model: %v", before)
	}
	if a := op.replay(""); a.str("state") != "SWAPPED" || a.num("differences") != 0 || a.str("checksum") != a.str("liveChecksum") {
		t.Fatalf("replay: %s", a.Raw)
	}
	after := op.model()
	if fmt.Sprint(after["generation"]) != "2" || after["checksum"] != before["checksum"] || fmt.Sprint(after["rows"]) != fmt.Sprint(before["rows"]) || after["swappedBy"] != "operator" {
		t.Errorf("before %v\nafter  %v", before, after)
	}

	wipe := spanner.Delete("AccountTotals", spanner.AllKeys())
	if _, err := s.db.Client().Apply(testkit.Context(t), []*spanner.Mutation{wipe}); err != nil {
		t.Fatal(err)
	}
	a := op.replay("")
	if a.str("state") != "DIFFERENT" || a.num("differences") == 0 || !strings.Contains(a.Raw, "the row has nothing") {
		t.Fatalf("rows were wiped: %s", a.Raw)
	}
	if a = op.replay(`,"accept":true`); a.str("state") != "SWAPPED" || op.model()["checksum"] != before["checksum"] {
		t.Errorf("accepted: %s, %v", a.Raw, op.model())
	}
	op.refused(409, "no_such_rebuild", "POST", "/v1/events/replay", `{"readModel":"account-totals","generation":77}`)
	op.refused(422, "not_allowed_value", "POST", "/v1/events/replay", `{"readModel":"balances"}`)
}

// TestOperatorsOnly: an owner of another organisation, and whoever else, has no part in this.
func TestOperatorsOnly(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	op := s.operator(t)
	for name, p := range map[string]person{
		"an owner": s.owner, "an auditor of the operators": op.member("auditor", "AUDITOR"), "a stranger with their claim": s.person(t, "stranger", operators),
	} {
		for _, c := range []struct{ method, path, body string }{
			{"GET", "/v1/events/read-models", ""}, {"POST", "/v1/events/replay", `{"readModel":"account-totals"}`},
			{"GET", "/v1/events/parked?consumer=relay", ""},
			{"POST", "/v1/events/parked:drop", `{"consumer":"relay","organisation":"o","propertyId":"-","stream":"setup","version":1}`},
		} {
			if a := p.call(c.method, c.path, c.body); a.Status != 403 {
				t.Errorf("%s: %s %s: %d %s", name, c.method, c.path, a.Status, a.Raw)
			}
		}
	}
}

func TestParkedEventsOverHTTP(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.live()
	op := s.operator(t)
	b := tenant.Book{Org: s.owner.org, Property: tenant.PropertyID(s.property)}
	w := &events.Writer{DB: s.db, Books: []tenant.Book{b}}
	w.Commit(t, w.Raw(b, "2026-01-01", "EntryGifted", `{}`))
	s.project(t)
	list := func(query string) string {
		return op.must(200, "GET", "/v1/events/parked?consumer=account-totals"+query, "").Raw
	}
	if got := list(""); !strings.Contains(got, `"status":"PARKED"`) || !strings.Contains(got, "unknown_event") {
		t.Fatal(got)
	}
	body := func(version int) string {
		return fmt.Sprintf(`{"consumer":"account-totals","organisation":%q,"propertyId":%q,"stream":"2026-01-01","version":%d}`, b.Org, b.Property, version)
	}
	op.refused(409, "event_not_parked", "POST", "/v1/events/parked:drop", body(2))
	op.refused(404, "not_found", "POST", "/v1/events/parked:drop", strings.Replace(body(1), s.property, "-", 1))
	accepted := func(verb string) {
		t.Helper()
		op.must(202, "POST", "/v1/events/parked:"+verb, body(1))
	}
	accepted("retry")
	if got := list(""); !strings.Contains(got, `"wanted":"RETRIED"`) || !strings.Contains(got, `"wantedBy":"operator"`) {
		t.Error(got)
	}
	s.project(t)
	if got := list(""); !strings.Contains(got, `"attempts":2`) || strings.Contains(got, "wanted") {
		t.Error("still poison: ", got)
	}
	accepted("drop")
	s.project(t)
	if got := list(""); got != `{"items":[]}` {
		t.Error("dropped: ", got)
	}
	if got := list("&all=true"); !strings.Contains(got, `"status":"DROPPED"`) || !strings.Contains(got, `"decidedBy":"operator"`) {
		t.Error(got)
	}
	if c, err := feed.ReadCursor(testkit.Context(t), s.db.Snapshot(), accounttotals.ConsumerName(1), b.Shard()); err != nil || c.Parked != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}
