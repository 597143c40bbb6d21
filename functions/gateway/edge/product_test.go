package edge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/functions"
	"innkeep.internal/functions/gateway/edge"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// product is every function on one database, each at its base URL, and the door in front of them.
type product struct {
	t            testing.TB
	issuer       *issuer.Issuer
	door, inside string
}

func newProduct(t testing.TB, limits *resilience.Limits) *product {
	t.Helper()
	p := &product{t: t}
	var err error
	if p.issuer, err = issuer.New("https://issuer.test", "innkeep"); err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.NewVerifier(auth.Config{Issuer: "https://issuer.test", Audience: "innkeep", Keys: p.issuer.KeySet()})
	if err != nil {
		t.Fatal(err)
	}
	b := api.NewBackend(api.Parts{DB: testkit.Spanner(t), Verifier: verifier, Now: events.Now})
	source := api.Source(func(context.Context) (*api.Backend, error) { return b, nil })
	c, err := functions.Load()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := assembly.Make(c, source)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, part := range parts {
		mux.Handle("/"+part.Function.Name+"/", http.StripPrefix("/"+part.Function.Name, part.Handler))
	}
	p.inside = p.serve(mux)
	d, err := gateway.Config{FunctionURL: p.inside + "/{name}"}.Directory(edge.Behind(c), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	transport := gateway.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	h, err := edge.New(source, edge.Options{Catalogue: c, Network: gateway.Network{Directory: d, Transport: transport}, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	p.door = p.serve(h)
	return p
}

func (p *product) serve(h http.Handler) string {
	s := httptest.NewServer(h)
	p.t.Cleanup(s.Close)
	return s.URL
}

// caller is somebody with a token.
type caller struct {
	*product
	token string
}

func (p *product) caller(org string) caller {
	p.t.Helper()
	token, err := p.issuer.Mint("owner", org, time.Hour)
	if err != nil {
		p.t.Fatal(err)
	}
	return caller{p, token}
}

// founder is the owner of a new organisation, with a property.
func (p *product) founder(org string) (c caller, property string) {
	p.t.Helper()
	c = p.caller(org)
	c.must(201, "POST", "/v1/setup/organisations", `{"name":"Group","baseCurrency":"EUR"}`)
	made := c.must(201, "POST", "/v1/setup/properties", fmt.Sprintf(
		`{"code":"A","name":"House","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":%q,"openingMinor":100}`, today()))
	return c, fmt.Sprint(made["propertyId"])
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// reply is an answer as far as it may not differ between the door and the function.
type reply struct {
	Status  int
	Headers map[string]string
	Body    string
}

// at sends a request to a base URL.
func (c caller) at(base, method, path, body string, header http.Header) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		r.Header.Set("Idempotency-Key", c.t.Name()+method+path)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	out := reply{a.StatusCode, map[string]string{}, string(text)}
	for _, name := range []string{"Content-Type", "Allow", "WWW-Authenticate", "Retry-After", "Consistency-Token", "Content-Disposition", "Cache-Control"} {
		out.Headers[name] = strings.Join(a.Header.Values(name), ",")
	}
	for _, name := range []string{"RateLimit", "RateLimit-Policy"} {
		if value := a.Header.Get(name); value != "" {
			out.Headers[name] = value
		}
	}
	return out
}

func (c caller) must(status int, method, path, body string) (v map[string]any) {
	c.t.Helper()
	a := c.at(c.door, method, path, body, nil)
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil || a.Status != status {
		c.t.Fatalf("%s %s: %d %s, want %d", method, path, a.Status, a.Body, status)
	}
	return v
}

// What a caller is told through the door is what the function says, to the byte: answers and problems.
func TestTheDoorAddsNothing(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	us, property := p.founder("org-a")
	them, theirs := p.founder("org-b")
	revenue := func(more string) string {
		return fmt.Sprintf(`{"propertyId":%q,"businessDate":%q,"amountMinor":234,"currency":"EUR","paymentMode":"CASH","source":"ROOM"%s}`, property, today(), more)
	}
	us.must(201, "POST", "/v1/finance/revenues", revenue(""))
	query := "?propertyId=" + property + "&from=" + today()
	for _, c := range []struct {
		function, method, path, body string
		header                       http.Header
		status                       int
	}{
		{"revenues", "GET", "/v1/finance/revenues" + query, "", nil, 200},
		{"revenues", "HEAD", "/v1/finance/revenues" + query, "", nil, 200},
		{"revenues", "POST", "/v1/finance/revenues", revenue(""), nil, 201}, // again: the same answer
		{"revenues", "POST", "/v1/finance/revenues", revenue(`,"description":"other"`), nil, 422},
		{"revenues", "POST", "/v1/finance/revenues", revenue(`,"surplus":1`), nil, 422},
		{"revenues", "POST", "/v1/finance/revenues", "{", nil, 400},
		{"revenues", "POST", "/v1/finance/revenues", revenue(""), http.Header{"Idempotency-Key": nil}, 400},
		{"revenues", "POST", "/v1/finance/revenues", revenue(""), http.Header{"Idempotency-Key": {"a", "b"}}, 400},
		{"revenues", "POST", "/v1/finance/revenues", revenue(""), http.Header{"Content-Type": {"text/plain"}}, 415},
		{"revenues", "POST", "/v1/finance/revenues", `"` + strings.Repeat("x", 2<<20) + `"`, nil, 413},
		{"revenues", "POST", "/v1/finance/revenues", "", nil, 400},
		{"revenues", "PATCH", "/v1/finance/revenues", "{}", nil, 405},
		{"revenues", "GET", "/v1/finance/revenues?propertyId=%zz", "", nil, 400},
		{"revenues", "GET", "/v1/finance/revenues?propertyId=" + theirs + "&from=" + today(), "", nil, 404},
		{"revenues", "GET", "/v1/finance/revenues/a%2Fb", "", nil, 404},
		{"revenues", "GET", "/v1/finance/revenues" + query, "", http.Header{"Authorization": nil}, 401},
		{"revenues", "GET", "/v1/finance/revenues" + query, "", http.Header{"Authorization": {"Bearer x"}}, 401},
		{"revenues", "GET", "/v1/finance/revenues" + query, "", http.Header{"Consistency-Token": {"x"}}, 400},
		{"replay", "GET", "/v1/events/read-models", "", nil, 403},
		{"setup", "GET", "/v1/setup/organisation", "", nil, 200},
	} {
		direct := us.at(p.inside+"/"+c.function, c.method, c.path, c.body, c.header)
		through := us.at(p.door, c.method, c.path, c.body, c.header)
		if diff := cmp.Diff(direct, through); diff != "" || direct.Status != c.status {
			t.Errorf("%s %s: %d (-direct +through)\n%s", c.method, c.path, direct.Status, diff)
		}
	}
	// Whose a thing is cannot be told by who may not see it.
	missing := them.at(p.door, "GET", "/v1/finance/revenues?propertyId=0b8f4c56-0000-4000-8000-000000000000&from="+today(), "", nil)
	ours := them.at(p.door, "GET", "/v1/finance/revenues"+query, "", nil)
	if diff := cmp.Diff(missing, ours); diff != "" || ours.Status != 404 {
		t.Errorf("%d (-missing +another's)\n%s", ours.Status, diff)
	}
	if list := them.at(p.door, "GET", "/v1/setup/properties", "", nil); !strings.Contains(list.Body, theirs) || strings.Contains(list.Body, property) {
		t.Error(list.Body)
	}
}

// follow gives the ids and types of a stream's messages, as they come, until the reader leaves.
func (c caller) follow(query, last string) (messages <-chan [2]string, leave func()) {
	c.t.Helper()
	ctx, leave := context.WithCancel(c.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.door+"/v1/events/stream"+query, http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || a.StatusCode != http.StatusOK {
		c.t.Fatal(a, err)
	}
	out := make(chan [2]string, 100)
	go func() {
		defer a.Body.Close()
		var m [2]string
		for s := bufio.NewScanner(a.Body); s.Scan(); {
			name, value, _ := strings.Cut(s.Text(), ": ")
			switch {
			case name == "id":
				m[0] = value
			case name == "event":
				m[1] = value
			case s.Text() == "" && m[1] != "": // one without data moves the id alone
				out <- m
				m = [2]string{}
			}
		}
	}()
	return out, leave
}

// A live stream comes through the door message by message, and goes on after its connection was lost.
func TestStreamThroughTheDoor(t *testing.T) {
	t.Parallel()
	p := newProduct(t, nil)
	us, property := p.founder("org-a")
	them, _ := p.founder("org-b")
	record := func() {
		us.must(201, "POST", "/v1/finance/revenues", fmt.Sprintf(
			`{"propertyId":%q,"businessDate":%q,"amountMinor":1,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`, property, today()))
	}
	next := func(messages <-chan [2]string) [2]string {
		t.Helper()
		select {
		case m := <-messages:
			return m
		case <-time.After(30 * time.Second):
			t.Fatal("nothing came")
			return [2]string{}
		}
	}
	messages, leave := us.follow("?start=beginning", "")
	var types []string
	var last string
	for range 3 {
		m := next(messages)
		types, last = append(types, m[1]), m[0]
	}
	slices.Sort(types)
	if diff := cmp.Diff([]string{"OpeningSet", "OrganisationCreated", "PropertyCreated"}, types); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	leave()
	record()
	messages, leave = us.follow("", last)
	defer leave()
	if m := next(messages); m[1] != "EntryRecorded" || m[0] == last {
		t.Errorf("%v came after the loss", m)
	}
	theirs, stop := them.follow("?start=beginning", "")
	defer stop()
	for range 3 {
		if m := next(theirs); m[1] == "EntryRecorded" {
			t.Errorf("another organisation's %v", m)
		}
	}
}

// An organisation is held to its plan; one that has not been created to the smallest, of which a fifth
// may come in one second. Others go on.
func TestLimitsOfPlans(t *testing.T) {
	t.Parallel()
	p := newProduct(t, resilience.NewLimits(nil))
	us, stranger := p.caller("org-a"), p.caller("org-x")
	setup := p.inside + "/setup" // behind the door, which keeps a plan for a while, as it keeps that there is none
	if a := us.at(setup, "POST", "/v1/setup/organisations", `{"name":"Group","baseCurrency":"EUR"}`, nil); a.Status != http.StatusCreated {
		t.Fatal(a)
	}
	const smallest = 100
	passed := 0
	for range smallest + 20 {
		switch a := stranger.at(p.door, "GET", "/v1/setup/organisation", "", nil); a.Status {
		case http.StatusTooManyRequests:
			if !strings.Contains(a.Body, `"code":"rate_limited"`) || a.Headers["Retry-After"] == "" || !strings.Contains(a.Headers["RateLimit-Policy"], "q=100;w=60") {
				t.Fatal(a)
			}
		case http.StatusForbidden: // nobody is a member of it
			passed++
		default:
			t.Fatal(a)
		}
	}
	if passed < 20 || passed > smallest {
		t.Errorf("%d calls were let through", passed)
	}
	if a := us.at(p.door, "GET", "/v1/setup/organisation", "", nil); a.Status != http.StatusOK || !strings.Contains(a.Headers["RateLimit-Policy"], "q=500;w=60") {
		t.Error(a)
	}
	if a := stranger.at(setup, "GET", "/v1/setup/organisation", "", nil); a.Headers["RateLimit"] != "" {
		t.Error("a function keeps limits as well")
	}
}
