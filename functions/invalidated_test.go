package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/functions/cache/invalidate"
	"innkeep.internal/functions/cache/warm"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/cachelevel"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	emulated "innkeep.internal/shared/testkit/firestore"
)

// watched is a second level, and how often it was too slow: on a busy machine that is no fault of the cache's.
type watched struct {
	*cachelevel.Level
	failed atomic.Int64
}

// Look is the level's.
func (w *watched) Look(ctx context.Context, id string, books []tenant.Book) (cachedoc.Found, error) {
	f, err := w.Level.Look(ctx, id, books)
	if err != nil {
		w.failed.Add(1)
	}
	return f, err
}

// Put is the level's.
func (w *watched) Put(ctx context.Context, id string, e cachedoc.Entry) error {
	err := w.Level.Put(ctx, id, e)
	if err != nil {
		w.failed.Add(1)
	}
	return err
}

// sharing is a house whose instances share the second level of the cache, and who invalidates it.
type sharing struct {
	person
	property string
	today    time.Time
	level    *watched
	invalid  *invalidate.Invalidator
}

func newSharing(t *testing.T) *sharing {
	t.Helper()
	project := emulated.Project(t)
	client, err := firestore.NewClient(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	k := &sharing{today: events.Now().UTC(), level: &watched{Level: cachelevel.New(client, nil)}}
	h := newHouse(t, k.today.Format(time.DateOnly))
	h.live()
	k.person, _ = h.founder(t)
	k.property = k.person.property("K", k.day(-9), 50_000, "")
	k.invalid = invalidate.NewInvalidator(h.db, moves.New(client), events.Now, nil)
	for ctx := testkit.Context(t); ctx.Err() == nil; { // the emulator's first calls take it seconds
		_, err = k.level.Look(ctx, "none", []tenant.Book{{Org: "none", Property: "none"}})
		if put := k.level.Put(ctx, "none", cachedoc.Entry{}); err == nil && put == nil {
			break
		}
	}
	return k
}

// day is a date by its distance from today.
func (k *sharing) day(n int) string { return k.today.AddDate(0, 0, n).Format(time.DateOnly) }

// fresh is the person at an instance that remembers nothing and shares the second level.
func (k *sharing) fresh() person {
	other := *k.house
	other.cache = func() *cache.Cache { return cache.New(k.level, events.Now) }
	other.mux = other.instance(k.db)
	return k.at(&other)
}

// drained has the heads moved for all that was recorded.
func (k *sharing) drained() {
	k.t.Helper()
	for _, p := range []tenant.PropertyID{tenant.PropertyID(k.property), tenant.Setup} {
		if err := k.invalid.Drain(testkit.Context(k.t), tenant.Book{Org: k.org, Property: p}.Shard(), time.Time{}); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *sharing) reports() (paths []string) {
	for n := -8; n <= 0; n++ {
		paths = append(paths, fmt.Sprintf("/v1/reports/daily-report?propertyId=%s&date=%s&include=pending", k.property, k.day(n)))
	}
	for _, n := range []int{-3, 0} {
		paths = append(paths, fmt.Sprintf("/v1/reports/flash-report?propertyId=%s&date=%s", k.property, k.day(n)))
	}
	return append(paths,
		fmt.Sprintf("/v1/reports/daily-report?propertyId=%s&from=%s&to=%s", k.property, k.day(-8), k.day(0)),
		fmt.Sprintf("/v1/reports/daily-report?propertyId=%s&from=%s&to=%s&include=entries", k.property, k.day(-8), k.day(-4)),
		fmt.Sprintf("/v1/reports/periodic-report?propertyId=%s&period=%s&rows=days", k.property, k.day(-1)[:7]),
		"/v1/reports/analytics/profit-and-loss?period="+k.day(0)[:7])
}

// books is what a report says, whenever it was made.
func books(a answer) string {
	delete(a.Body, "asOf")
	text, _ := json.Marshal(a.Body)
	return string(text)
}

func fromSecond(a answer) bool {
	return strings.Contains(a.Header.Get("Cache-Status"), "hit") && strings.Contains(a.Header.Get("Cache-Status"), "detail=l2")
}

// Whatever happens in the books: once the heads have moved, what instances share says what the books say, of
// every date; and what did not change is still shared.
func TestNothingSharedIsOlderThanItsHeads(t *testing.T) {
	t.Parallel()
	k := newSharing(t)
	on := func(what string, n int, more ...string) posting {
		t.Helper()
		return k.record(what, k.property, k.day(n), more...)
	}
	for _, n := range []int{-8, -7, -6, -3, -2, -1, 0} { // a gap of two dates
		on("revenues", n)
	}
	manager := k.member("manager", "PROPERTY_MANAGER", k.property)
	var waits, old posting
	steps := []struct {
		what string
		do   func()
	}{
		{"nothing", func() {}},
		{"a posting of today", func() { on("expenses", 0) }},
		{"a posting of an open date before", func() { old = on("revenues", -7, `"amountMinor":700`) }},
		{"a pending one", func() { waits = manager.record("expenses", k.property, k.day(-6)) }},
		{"an audit", func() { k.closeDay(k.property, k.day(-6)) }},
		{"a late decision", func() { k.decide([][2]string{{waits.ID, "APPROVE"}}) }},
		{"a late reversal", func() { k.must(201, "POST", "/v1/finance/revenues/"+old.ID+"/reverse", `{"reason":"r"}`) }},
		{"a count", func() {
			k.must(201, "POST", "/v1/finance/days/"+k.day(0)+"/count", fmt.Sprintf(`{"propertyId":%q,"countedMinor":47500}`, k.property))
		}},
		{"an audit over the gap", func() { k.closeDay(k.property, k.day(-3)) }},
		{"reopening it", func() { k.reopenDay(k.property, k.day(-3)) }},
		{"a posting in the gap", func() { on("revenues", -5) }},
		{"rooms", func() { k.must(200, "PUT", "/v1/setup/daily-statistics", letting(k.property, k.day(-3), "")) }},
		{"a budget", func() {
			k.must(200, "PUT", "/v1/setup/budgets", `{"propertyId":"`+k.property+`","year":`+k.day(0)[:4]+`,"lines":[`+budgetLine("4010", months(3100))+`]}`)
		}},
	}
	shared := 0
	for _, s := range steps {
		s.do()
		k.drained()
		instance := k.fresh()
		for _, path := range k.reports() {
			got, want := instance.must(200, "GET", path, ""), k.must(200, "GET", path, "")
			if fromSecond(got) {
				shared++
			}
			if got, want := books(got), books(want); got != want {
				t.Errorf("after %s, %s\nshared %s\nbooks  %s", s.what, path, got, want)
			}
		}
	}
	t.Logf("%d of %d answers were shared", shared, len(steps)*len(k.reports()))
	if shared < 30 {
		t.Errorf("%d answers were shared: nothing is shown by this", shared)
	}
}

// A posting is in the report at once for who sends its token, and for everybody when its head has moved.
// After the night audit the reports that owners open first are there already.
func TestPostedThenShown(t *testing.T) {
	t.Parallel()
	k := newSharing(t)
	path := fmt.Sprintf("/v1/reports/daily-report?propertyId=%s&date=%s", k.property, k.day(-1))
	k.record("revenues", k.property, k.day(-1))
	k.drained()
	here := k.fresh()
	total := func(a answer) int64 { t.Helper(); return a.num("cashReceivedMinor") }
	if n := total(here.must(200, "GET", path, "")); n != 1000 {
		t.Fatalf("%d received", n)
	}
	posted := k.must(201, "POST", "/v1/finance/revenues", entryBody("revenues", k.property, k.day(-1)))
	token := posted.Header.Get("Consistency-Token")
	if n := total(here.send("GET", path, "", func(r *http.Request) { r.Header.Set("Consistency-Token", token) })); token == "" || n != 2000 {
		t.Errorf("with the token %q: %d", token, n)
	}
	k.record("revenues", k.property, k.day(-1))
	k.drained()
	if a := k.fresh().must(200, "GET", path, ""); total(a) != 3000 || fromSecond(a) {
		t.Errorf("when the head has moved: %d, %s", total(a), a.Header.Get("Cache-Status"))
	}

	k.closeDay(k.property, k.day(-1))
	k.drained()
	slow := k.level.failed.Load()
	b := api.NewBackend(api.Parts{DB: k.db, Verifier: k.verifier, Now: events.Now, Cache: cache.New(k.level, events.Now)})
	source := api.Source(func(context.Context) (*api.Backend, error) { return b, nil })
	if err := warm.NewWarmer(b, source).Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		path, fmt.Sprintf("/v1/reports/flash-report?propertyId=%s&date=%s", k.property, k.day(-1)),
		fmt.Sprintf("/v1/reports/monthly-report?propertyId=%s&month=%s", k.property, k.day(-1)[:7]),
	} {
		if a := k.fresh().must(200, "GET", path, ""); !fromSecond(a) && k.level.failed.Load() == slow {
			t.Errorf("%s is not warm: %s", path, a.Header.Get("Cache-Status"))
		}
	}
}
