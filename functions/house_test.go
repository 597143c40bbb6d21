package functions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/option"

	"innkeep.internal/functions/events/replay"
	"innkeep.internal/functions/finance/approvals"
	"innkeep.internal/functions/finance/days"
	"innkeep.internal/functions/finance/expenses"
	"innkeep.internal/functions/finance/movements"
	"innkeep.internal/functions/finance/revenues"
	"innkeep.internal/functions/finance/setup"
	"innkeep.internal/functions/ops/status"
	"innkeep.internal/functions/reports/analytics"
	"innkeep.internal/functions/reports/corrections"
	"innkeep.internal/functions/reports/daily"
	"innkeep.internal/functions/reports/explain"
	"innkeep.internal/functions/reports/export"
	"innkeep.internal/functions/reports/flash"
	"innkeep.internal/functions/reports/periodic"
	"innkeep.internal/functions/reports/reconcile"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/grants"
)

const audience = "innkeep"

// operators is the organisation whose owners run the installation.
const operators = "operators"

// house is the whole product in one process: all functions on one database, a token issuer, and a
// clock that the test moves.
type house struct {
	db       *spannerdb.DB
	issuer   *issuer.Issuer
	verifier *auth.Verifier
	clock    *clock
	now      func() time.Time    // of its instances: the clock's, or another
	cache    func() *cache.Cache // a new instance's cache of reports; nil: none has one
	mux      *http.ServeMux
}

// clock is the moment that every instance of a house takes for now.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) add(d time.Duration) { c.set(c.now().Add(d)) }

// newHouse starts at noon UTC of a date. The options are those of its Spanner client.
func newHouse(t testing.TB, date string, opts ...option.ClientOption) *house {
	t.Helper()
	h := &house{db: testkit.Spanner(t, slices.Concat(opts, grants.Watch(t, caller))...), clock: &clock{at: noon(t, date)}}
	var err error
	if h.issuer, err = issuer.New("https://issuer.test", audience); err != nil {
		t.Fatal(err)
	}
	h.verifier, err = auth.NewVerifier(auth.Config{Issuer: "https://issuer.test", Audience: audience, Keys: h.issuer.KeySet()})
	if err != nil {
		t.Fatal(err)
	}
	h.now = h.clock.now
	h.mux = h.instance(h.db)
	return h
}

// live gives the house the machine's clock, for what reads as of now.
func (h *house) live() {
	h.now = events.Now
	h.mux = h.instance(h.db)
}

func noon(t testing.TB, date string) time.Time {
	t.Helper()
	start, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return start.Add(12 * time.Hour)
}

// instance is one instance of all functions on a client, with memories of its own.
func (h *house) instance(db *spannerdb.DB) *http.ServeMux {
	parts := api.Parts{DB: db, Verifier: h.verifier, Now: h.now, Operator: operators}
	if h.cache != nil {
		parts.Cache = h.cache()
	}
	b := api.NewBackend(parts)
	source := api.Source(func(context.Context) (*api.Backend, error) { return b, nil })
	mux := http.NewServeMux()
	for path, f := range map[string]http.Handler{
		"/v1/finance/revenues": revenues.New(source), "/v1/finance/expenses": expenses.New(source),
		"/v1/finance/movements": movements.New(source), "/v1/finance/days": days.New(source),
		"/v1/finance/approvals": approvals.New(source), "/v1/setup": setup.New(source), "/v1/reports/daily-report": daily.New(source),
		"/v1/reports/reconciliation": reconcile.New(source),
	} {
		mux.Handle(path+"/", f)
		mux.Handle(path, f)
		mux.Handle(path+":bulk", f)
		mux.Handle(path+":decide", f)
	}
	for _, path := range []string{"read-models", "replay", "parked", "parked:retry", "parked:drop"} {
		mux.Handle("/v1/events/"+path, replay.New(source))
	}
	mux.Handle("/v1/reports/export", export.New(source))
	mux.Handle("/v1/ops/", status.New(source))
	for _, path := range []string{"explain", "diff"} {
		mux.Handle("/v1/reports/"+path, explain.New(source))
	}
	for _, path := range []string{"periodic-report", "monthly-report", "quarterly-report", "yearly-report"} {
		mux.Handle("/v1/reports/"+path, periodic.New(source))
	}
	for _, path := range []string{"", "/", ":detect"} {
		mux.Handle("/v1/reports/corrections"+path, corrections.New(source))
	}
	mux.Handle("/v1/reports/analytics/", analytics.New(source))
	mux.Handle("/v1/reports/flash-report", flash.New(source))
	mux.Handle("/v1/reports/flash", flash.New(source))
	for _, path := range []string{"pending-approvals", "approval-policy", "daily-grants"} {
		mux.Handle("/v1/finance/"+path, approvals.New(source))
	}
	outer := http.NewServeMux()
	outer.Handle("/", asItself(mux))
	return outer
}

// another is a house on the same database, issuer and clock, with memories of its own: what a second
// instance of the functions is.
func (h *house) another() *house {
	other := *h
	other.mux = h.instance(h.db)
	return &other
}

// person is somebody with a token.
type person struct {
	*house
	t     testing.TB
	org   tenant.OrgID
	token string
}

func (h *house) person(t testing.TB, subject string, org tenant.OrgID) person {
	t.Helper()
	token, err := h.issuer.Mint(subject, string(org), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return person{h, t, org, token}
}

// founder is the owner of a new organisation.
func (h *house) founder(t testing.TB) (person, tenant.OrgID) {
	t.Helper()
	org := tenant.OrgID(ids.NewUUID().String())
	p := h.person(t, "owner", org)
	p.must(201, "POST", "/v1/setup/organisations", `{"name":"Group","baseCurrency":"EUR"}`)
	return p, org
}

// property makes one and gives its id.
func (p person) property(code, goLive string, openingMinor int64, more string) string {
	p.t.Helper()
	return p.must(201, "POST", "/v1/setup/properties", fmt.Sprintf(
		`{"code":%q,"name":"House","type":"HOTEL","timeZone":"Europe/Lisbon","currency":"EUR","goLiveDate":%q,"openingMinor":%d%s}`,
		code, goLive, openingMinor, more)).str("propertyId")
}

// member adds somebody to the organisation of p, an owner.
func (p person) member(subject, role string, properties ...string) person {
	p.t.Helper()
	seen, _ := json.Marshal(append([]string{}, properties...))
	p.must(200, "PUT", "/v1/setup/members/"+subject, fmt.Sprintf(`{"role":%q,"propertyIds":%s}`, role, seen))
	return p.person(p.t, subject, p.org)
}

// at is the same person at another instance.
func (p person) at(other *house) person {
	p.house = other
	return p
}

// answer is what came back.
type answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Raw    string
	Body   map[string]any
}

// call sends a request with a fresh idempotency key, or the one given.
func (p person) call(method, path, body string, key ...string) answer {
	p.t.Helper()
	return p.send(method, path, body, func(r *http.Request) {
		if len(key) > 0 {
			r.Header.Set("Idempotency-Key", key[0])
		}
	})
}

// send is call with a hand in the request.
func (p person) send(method, path, body string, edit func(*http.Request)) answer {
	p.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Idempotency-Key", ids.NewUUID().String())
	edit(r)
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, r)
	raw, _ := io.ReadAll(w.Body)
	a := answer{t: p.t, Status: w.Code, Header: w.Header(), Raw: string(raw)}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&a.Body); err != nil {
		p.t.Fatalf("%s %s: %d %s: %v", method, path, w.Code, raw, err)
	}
	return a
}

// must is call that fails the test on another status.
func (p person) must(status int, method, path, body string, key ...string) answer {
	p.t.Helper()
	a := p.call(method, path, body, key...)
	if a.Status != status {
		p.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, a.Status, a.Raw, status)
	}
	return a
}

// refused is call that must be answered with a problem of the code.
func (p person) refused(status int, code, method, path, body string, key ...string) answer {
	p.t.Helper()
	a := p.must(status, method, path, body, key...)
	if a.str("code") != code {
		p.t.Fatalf("%s %s %s: %s, want the code %s", method, path, body, a.Raw, code)
	}
	return a
}

// into reads the body, every field of it, into v.
func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.Raw), v); err != nil {
		a.t.Fatalf("%s: %v", a.Raw, err)
	}
}

func (a answer) str(field string) string { s, _ := a.Body[field].(string); return s }

func (a answer) num(field string) int64 {
	a.t.Helper()
	n, ok := a.Body[field].(json.Number)
	if !ok {
		a.t.Fatalf("%s is no number in %s", field, a.Raw)
	}
	i, err := n.Int64()
	if err != nil {
		a.t.Fatal(err)
	}
	return i
}
