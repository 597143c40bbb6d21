package functions_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// everyAnalysis is what each analysis, and the flash report of each property, says; without its moment.
func (g *group) everyAnalysis() map[string]string {
	all := map[string]string{}
	for _, name := range analyses {
		_, all[name] = g.owner.analysis(name, "period=2026-Q1")
	}
	for _, id := range g.properties {
		a := g.owner.must(200, "GET", "/v1/reports/flash?date=2026-03-19&propertyId="+id, "")
		all[id] = moments.ReplaceAllString(a.Raw, "")
	}
	return all
}

func (g *group) same(t *testing.T, what string, want map[string]string) {
	t.Helper()
	for name, got := range g.everyAnalysis() {
		if got != want[name] {
			t.Errorf("%s: %s is\n%s\nwas\n%s", what, name, got, want[name])
		}
	}
}

// TestAnalysesOfALaggingModel: what the read model has not taken is folded on top of it, so the reports
// are the same with nothing projected, with all of it, with some events behind, and with one that was set
// aside.
func TestAnalysesOfALaggingModel(t *testing.T) {
	t.Parallel()
	g := newGroup(t)
	nothing := g.everyAnalysis()
	broken := g.park(t)
	p := accounttotals.New(g.db, events.Now, nil)
	if err := p.Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	parked, err := feed.ListParked(testkit.Context(t), g.db.Snapshot(), accounttotals.ConsumerName(1), true)
	if err != nil || len(parked) != 1 {
		t.Fatalf("parked: %+v, %v", parked, err)
	}
	if a := g.owner.call("GET", "/v1/reports/analytics/trial-balance?period=2026-Q1", ""); a.Status < 500 {
		t.Errorf("an event that nobody can read is left out: %d %s", a.Status, a.Raw)
	}
	broken() // another program can read it
	g.same(t, "with a parked event", nothing)
	g.owner.record("revenues", g.properties[0], "2026-03-20", `"amountMinor":17`)
	behind := g.everyAnalysis()
	if behind["trial-balance"] == nothing["trial-balance"] {
		t.Error("a revenue changes nothing")
	}
	if err := p.Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	g.same(t, "after the sweep", behind)
}

// park makes an event of money unreadable, and gives what makes it readable again.
func (g *group) park(t *testing.T) (restore func()) {
	t.Helper()
	b := tenant.Book{Org: g.owner.org, Property: tenant.PropertyID(g.properties[0])}
	key := spanner.Key{b.Shard(), string(b.Org), string(b.Property), "2026-02-20", int64(2)}
	row, err := g.db.Single().ReadRow(testkit.Context(t), eventlog.Table, key, []string{"Data"})
	if err != nil {
		t.Fatal(err)
	}
	var data string
	if err := row.Columns(&data); err != nil {
		t.Fatal(err)
	}
	set := func(data string) {
		t.Helper()
		m := spanner.Update(eventlog.Table, []string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "Data"}, append(key, data))
		if _, err := g.db.Client().Apply(testkit.Context(t), []*spanner.Mutation{m}, spanner.ApplyAtLeastOnce()); err != nil {
			t.Fatal(err)
		}
	}
	set(`{"legs":3}`)
	return func() { set(data) }
}

// TestAnalysesKnownThen: as_of and known_at give the reports of their moment, from the events.
func TestAnalysesKnownThen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-03-10")
	h.live()
	owner, _ := h.founder(t)
	id := owner.property("MAIN", "2026-03-01", 50_000, "")
	owner.record("revenues", id, "2026-03-10")
	owner.must(200, "PUT", "/v1/setup/daily-statistics", letting(id, "2026-03-10", ""))
	owner.must(200, "PUT", "/v1/setup/budgets", `{"propertyId":"`+id+`","year":2026,"lines":[{"accountCode":"4010","monthsMinor":`+months(3100)+`}]}`)
	read := func(path, more string) (asOf, raw string) {
		a := owner.must(200, "GET", "/v1/reports/"+path+"&propertyId="+id+more, "")
		return a.str("asOf"), moments.ReplaceAllString(a.Raw, "")
	}
	paths := []string{"flash?date=2026-03-10"}
	for _, name := range analyses {
		paths = append(paths, "analytics/"+name+"?period=2026-03")
	}
	then := map[string][2]string{}
	for _, path := range paths {
		asOf, raw := read(path, "")
		then[path] = [2]string{asOf, raw}
	}
	owner.record("revenues", id, "2026-03-10", `"amountMinor":5`)
	owner.must(200, "PUT", "/v1/setup/daily-statistics", strings.Replace(letting(id, "2026-03-10", ""), `"roomsSold":6`, `"roomsSold":7`, 1))
	owner.must(200, "PUT", "/v1/setup/budgets", `{"propertyId":"`+id+`","year":2026,"lines":[]}`)
	chart := owner.must(200, "GET", "/v1/setup/chart-of-accounts", "").Raw
	list := strings.Replace(chart[strings.Index(chart, "["):strings.LastIndex(chart, "]")], "Rooms revenue", "Letting", 1)
	owner.must(200, "PUT", "/v1/setup/chart-of-accounts", `{"accounts":`+list+`]}`)
	if _, now := read("analytics/trial-balance?period=2026-03", ""); !strings.Contains(now, "Letting") || strings.Contains(now, "Rooms revenue") {
		t.Errorf("an account has another name now: %s", now)
	}
	for _, path := range paths {
		was := then[path]
		if _, now := read(path, ""); now == was[1] {
			t.Errorf("%s: nothing has changed", path)
		}
		for _, parameter := range []string{"as_of", "known_at"} {
			if _, got := read(path, "&"+parameter+"="+was[0]); got != was[1] {
				t.Errorf("%s with %s is\n%s\nwas\n%s", path, parameter, got, was[1])
			}
		}
	}
	owner.refused(422, "nothing_known", "GET", "/v1/reports/analytics/trends?period=2026-03&known_at=2026-01-01T00:00:00Z&propertyId="+id, "")
	owner.refused(422, "nothing_known", "GET", "/v1/reports/flash?date=2026-03-10&known_at=2026-01-01T00:00:00Z&propertyId="+id, "")
}
