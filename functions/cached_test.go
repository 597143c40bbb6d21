package functions_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gofirestore "cloud.google.com/go/firestore"

	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/cachelevel"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/firestore"
)

// remembering is a house whose instances have caches, with one second level, and whose clock the test
// moves on.
type remembering struct {
	*house
	documents *gofirestore.Client
	ahead     atomic.Int64
}

func newRemembering(t *testing.T) *remembering {
	t.Helper()
	client, err := gofirestore.NewClient(t.Context(), firestore.Project(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	level := cachelevel.New(client, nil)
	warm, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for fine := 0; fine < 3; { // an emulator that has just started is slower than a report waits
		_, err = level.Look(warm, "none", []tenant.Book{{Org: "none", Property: "none"}})
		if put := level.Put(warm, "none", cachedoc.Entry{}); err == nil && put == nil {
			fine++
		}
		if warm.Err() != nil {
			t.Fatal(err)
		}
	}
	h := &remembering{house: newHouse(t, "2026-03-01"), documents: client}
	h.now = func() time.Time { return events.Now().Add(time.Duration(h.ahead.Load())) }
	h.cache = func() *cache.Cache { return cache.New(level, h.now) }
	h.mux = h.instance(h.db)
	return h
}

// later moves the clock on, past the age of reports of today and yesterday.
func (h *remembering) later() { h.ahead.Add(int64(11 * time.Second)) }

// shows asks for a report and says where it came from.
func (p person) shows(status, path string, headers ...string) answer {
	p.t.Helper()
	a := p.send("GET", path, "", func(r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
	})
	got := a.Header.Get("Cache-Status")
	if a.Status != 200 || !strings.HasPrefix(got, "Innkeep; "+status) {
		p.t.Errorf("%s: %d, Cache-Status %q, want %q", path, a.Status, got, status)
	}
	return a
}

func kept(a answer, level string) bool {
	return strings.HasPrefix(a.Header.Get("Cache-Status"), "Innkeep; hit; ttl=") && strings.HasSuffix(a.Header.Get("Cache-Status"), "; detail="+level)
}

// again is that what was kept reads as what was made: as a file needs its figures.
func again[V any](t *testing.T, a answer) {
	t.Helper()
	var v V
	if err := httpfn.Decode([]byte(a.Raw), &v); err != nil {
		t.Error(err)
	}
	if b, err := httpfn.Encode(v); err != nil || string(b)+"\n" != a.Raw && string(b) != a.Raw {
		t.Errorf("it became %s, %v; want %s", b, err, a.Raw)
	}
}

// TestReportsAreKept: every report comes from both levels as it was made.
func TestReportsAreKept(t *testing.T) {
	t.Parallel()
	h := newRemembering(t)
	owner, _ := h.founder(t)
	today := h.now().UTC().Format(time.DateOnly)
	id := owner.property("MAIN", h.now().UTC().AddDate(0, 0, -2).Format(time.DateOnly), 50_000, "")
	owner.record("revenues", id, today, `"paymentMode":"CASH","source":"ROOM","amountMinor":1180,"taxLines":[{"code":"VAT","amountMinor":180}]`)
	owner.must(201, "POST", "/v1/finance/days/"+today+"/count", `{"propertyId":"`+id+`","countedMinor":49000}`)
	other := owner.at(h.another())
	month := today[:7]
	for path, same := range map[string]func(*testing.T, answer){
		"daily-report?include=pending&date=" + today:                  again[reportapi.Daily],
		"daily-report?include=entries&from=" + today + "&to=" + today: again[reportapi.Daily],
		"periodic-report?rows=days&period=" + month:                   again[reportapi.Periodic],
		"yearly-report?rows=months&year=" + today[:4]:                 nil,
		"flash-report?date=" + today:                                  again[reportapi.Flash],
		"analytics/trial-balance?period=" + month:                     again[reportapi.Analysis[reportapi.TrialBalance]],
		"analytics/profit-and-loss?period=" + month:                   again[reportapi.Analysis[reportapi.ProfitAndLoss]],
		"analytics/departments?period=" + month:                       again[reportapi.Analysis[reportapi.Departments]],
		"analytics/trends?rows=days&from=" + today + "&to=" + today:   again[reportapi.Analysis[reportapi.Trends]],
		"analytics/cash-flow?period=" + month:                         again[reportapi.Analysis[reportapi.CashFlow]],
		"analytics/cash-to-accrual?period=" + month:                   again[reportapi.Analysis[reportapi.CashToAccrual]],
		"analytics/comparison?period=" + month:                        again[reportapi.Analysis[reportapi.Comparison]],
	} {
		path = "/v1/reports/" + path + "&propertyId=" + id
		made := owner.shows("fwd=miss; stored", path)
		for level, p := range map[string]person{"l1": owner, "l2": other} {
			a := p.shows("hit", path)
			if !kept(a, level) || a.Raw != made.Raw || a.Header.Get("Consistency-Token") != made.Header.Get("Consistency-Token") {
				t.Errorf("%s of %s: %v %s, want %v %s", level, path, a.Header, a.Raw, made.Header, made.Raw)
			}
		}
		if same != nil {
			same(t, made)
		}
	}
	if a := owner.shows("hit", "/v1/reports/monthly-report?rows=days&month="+month+"&propertyId="+id); a.str("month") != month || a.str("asOf") == "" {
		t.Errorf("the month of the same period: %s", a.Raw)
	}
	desk := owner.member("desk", "FRONT_DESK", owner.property("ELSE", today, 0, ""))
	desk.refused(404, "not_found", "GET", "/v1/reports/daily-report?date="+today+"&propertyId="+id, "")
}

// TestKeptReportsFollowTheBooks: by token, by age, by head, by the caller's wish.
func TestKeptReportsFollowTheBooks(t *testing.T) {
	t.Parallel()
	h := newRemembering(t)
	owner, org := h.founder(t)
	today := h.now().UTC().Format(time.DateOnly)
	id := owner.property("MAIN", h.now().UTC().AddDate(0, 0, -2).Format(time.DateOnly), 0, "")
	other := owner.at(h.another())
	path := "/v1/reports/daily-report?date=" + today + "&propertyId=" + id
	closing := func(a answer, want int64) {
		t.Helper()
		if got := a.num("closingMinor"); got != want {
			t.Errorf("closing %d, want %d: %v", got, want, a.Header)
		}
	}
	post := func() (token string) {
		a := owner.must(201, "POST", "/v1/finance/revenues", `{"propertyId":"`+id+`","businessDate":"`+today+
			`","amountMinor":100,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`)
		return a.Header.Get("Consistency-Token")
	}
	closing(owner.shows("fwd=miss", path), 0)
	closing(other.shows("hit", path), 0)
	token := post()
	a := owner.shows("fwd=stale; stored", path, "Consistency-Token", token)
	closing(a, 100)
	if got := a.Header.Get("Consistency-Token"); parsed(t, got).Before(parsed(t, token)) {
		t.Errorf("the answer to %s is of %s", token, got)
	}
	closing(other.shows("hit", path), 0) // some seconds old, as the contract has it
	closing(other.shows("hit", path, "Consistency-Token", token), 100)
	post()
	closing(owner.shows("fwd=request; stored", path, "Cache-Control", "max-age=60, no-cache"), 200)
	closing(owner.shows("hit", path), 200)
	closing(owner.shows("fwd=bypass", path+"&as_of="+a.str("asOf")), 100)
	future := owner.send("GET", path, "", func(r *http.Request) {
		r.Header.Set("Consistency-Token", h.now().Add(time.Hour).UTC().Format(time.RFC3339Nano))
	})
	if future.Status != 400 || future.str("code") != "consistency_token_in_future" {
		t.Errorf("a token from the future: %s", future.Raw)
	}

	// Nobody has moved a head: it counts by its age alone.
	h.later()
	last := owner.shows("fwd=stale; stored", path)
	h.set(t, cachedoc.Marks, cachedoc.MarkID(tenant.ShardOf(org, tenant.PropertyID(id))), cachedoc.Mark{Watermark: h.now().Add(30 * time.Second).UnixNano()})
	h.later()
	if a := other.shows("hit", path); !kept(a, "l2") || a.Raw != last.Raw {
		t.Errorf("unchanged: %v", a.Header)
	}
	date := "d" + strings.ReplaceAll(today, "-", "")
	h.set(t, cachedoc.Heads, cachedoc.HeadID(tenant.Book{Org: org, Property: tenant.PropertyID(id)}),
		cachedoc.Head{At: map[string]int64{date: parsed(t, last.str("asOf")).UnixNano() + 1}})
	owner.at(h.another()).shows("fwd=miss; stored", path) // its first level is empty, and the second says that it changed
}

func parsed(t *testing.T, token string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, token)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (h *remembering) set(t *testing.T, collection, id string, v any) {
	t.Helper()
	if _, err := h.documents.Collection(collection).Doc(id).Set(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}
