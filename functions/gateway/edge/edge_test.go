package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	catalogue "innkeep.internal/functions"
	"innkeep.internal/schemas"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/gateway"
)

// TestMain keeps what the tests provoke out of the way.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// house is a door, with one handler behind it as every function.
type house struct {
	t     testing.TB
	url   string
	token string
	door  http.Handler
}

// all is the catalogue.
func all(t testing.TB) catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newHouse puts a door in front of a handler, which stands for the function whose name begins the path.
func newHouse(t testing.TB, behind http.HandlerFunc, change ...func(*Options)) house {
	t.Helper()
	s := httptest.NewServer(behind)
	t.Cleanup(s.Close)
	return inFrontOf(t, s.URL+"/{name}", change...)
}

func inFrontOf(t testing.TB, template string, change ...func(*Options)) house {
	t.Helper()
	c := all(t)
	d, err := gateway.Config{FunctionURL: template}.Directory(Behind(c), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := issuer.New("https://issuer.test", "innkeep")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.NewVerifier(auth.Config{Issuer: "https://issuer.test", Audience: "innkeep", Keys: tokens.KeySet()})
	if err != nil {
		t.Fatal(err)
	}
	transport := gateway.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	o := Options{Catalogue: c, Network: gateway.Network{Directory: d, Transport: transport}}
	for _, f := range change {
		f(&o)
	}
	h := house{t: t}
	h.door, err = New(func(context.Context) (*api.Backend, error) {
		return &api.Backend{Verifier: verifier, Now: time.Now}, nil
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	if h.token, err = tokens.Mint("anna", "org-1", time.Hour); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h.door)
	t.Cleanup(s.Close)
	h.url = s.URL
	return h
}

// request is one of a member.
func (h house) request(method, path string, body io.Reader) *http.Request {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+h.token)
	return r
}

// send gives the answer and its body.
func (h house) send(r *http.Request) (*http.Response, string) {
	h.t.Helper()
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return a, string(text)
}

// get is a read of a member.
func (h house) get(path string) (*http.Response, string) {
	h.t.Helper()
	return h.send(h.request(http.MethodGet, path, http.NoBody))
}

// refused is a call that is answered with a problem of the code.
func (h house) refused(status int, code string, r *http.Request) *http.Response {
	h.t.Helper()
	a, text := h.send(r)
	var p struct{ Code string }
	if err := json.Unmarshal([]byte(text), &p); err != nil || a.StatusCode != status || p.Code != code {
		h.t.Errorf("%s %s: %d %s, want %d %s", r.Method, r.URL.Path, a.StatusCode, text, status, code)
	}
	if media := a.Header.Get("Content-Type"); media != "application/problem+json" {
		h.t.Errorf("%s %s: %s", r.Method, r.URL.Path, media)
	}
	return a
}

// echo answers with the method, the target as it came, and the body.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, body)
}

// document is what the tests need of the API's.
func document(t testing.TB) (d struct {
	Paths map[string]map[string]struct {
		Parameters []struct{ In, Name string }
	}
},
) {
	t.Helper()
	if err := yaml.Unmarshal(schemas.OpenAPI(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// Every operation of the API's document reaches its function, as it was called.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, echo)
	owner := map[string]string{}
	for _, f := range all(t).Functions {
		for _, r := range f.Routes {
			owner[r] = f.Name
		}
	}
	fill := strings.NewReplacer("{id}", "r.1%2F2", "{propertyId}", "p-1", "{date}", "2026-01-31", "{subject}", "a%40b%2Fc", "{", "x", "}", "")
	operations := 0
	for pattern, item := range document(t).Paths {
		for method := range item {
			operations++
			path, method := fill.Replace(pattern)+"?a=1&b=%3B;c", strings.ToUpper(method)
			a, text := h.send(h.request(method, path, strings.NewReader("body")))
			want := fmt.Sprintf("%s /%s%s body", method, owner[pattern], path)
			if a.StatusCode != http.StatusOK || text != want {
				t.Errorf("%d %s, want %s", a.StatusCode, text, want)
			}
		}
	}
	if operations < 90 {
		t.Errorf("%d operations", operations)
	}
}

func TestPathsOfNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was passed on", r.RequestURI) })
	for _, path := range []string{
		"/", "/v1", "/v1/", "/v1/nothing", "//v1/finance/revenues", "/v1//finance/revenues", "/v1/finance/revenues/", "/v1/finance/../finance/revenues",
		"/v1/finance/%2e%2e/finance/revenues", "/v1/finance/revenues/a/b/c", "/V1/finance/revenues", "/v1/finance%2Frevenues", "/edge/v1/finance/revenues",
		"/v1/finance/revenues:BULK", "/healthz/", "/docs/x", "/project", "/local/tokens",
	} {
		r := h.request(http.MethodGet, "/", http.NoBody)
		r.URL.Opaque = path
		h.refused(http.StatusNotFound, "not_found", r)
	}
	h.refused(http.StatusNotFound, "not_found", h.request(http.MethodPost, "/healthz", http.NoBody))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was passed on", r.RequestURI) })
	for _, c := range []struct {
		authorization []string
		code          string
	}{
		{nil, "token_missing"}, {[]string{"Basic x"}, "token_missing"}, {[]string{"Bearer x"}, "bad_token"},
		{[]string{"Bearer " + h.token + "x"}, "bad_token"}, {[]string{"Bearer " + h.token, "Bearer " + h.token}, "token_missing"},
	} {
		r := h.request(http.MethodGet, "/v1/finance/revenues", http.NoBody)
		r.Header["Authorization"] = c.authorization
		a := h.refused(http.StatusUnauthorized, c.code, r)
		if got := a.Header.Get("WWW-Authenticate"); got != "Bearer" {
			t.Errorf("WWW-Authenticate %q", got)
		}
	}
}

// What the door asks before it answers at all: the whole catalogue must have a place.
func TestDoorsThatAreRefused(t *testing.T) {
	t.Parallel()
	c := all(t)
	d, err := gateway.Config{FunctionURL: "https://{name}.example"}.Directory(Behind(c), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	source := func(context.Context) (*api.Backend, error) { return &api.Backend{}, nil }
	for name, o := range map[string]Options{
		"no function days": {Catalogue: c, Network: gateway.Network{Directory: without(d, "days")}},
		"is no origin":     {Catalogue: c, Network: gateway.Network{Directory: d}, Origins: []string{"https://a.example/"}},
	} {
		if _, err := New(source, o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
}

func without(d gateway.Directory, name string) gateway.Directory {
	c := gateway.Directory{}
	for n, u := range d {
		if n != name {
			c[n] = u
		}
	}
	return c
}

// FuzzRouter compares the table with a plain reading of the patterns, segment by segment.
func FuzzRouter(f *testing.F) {
	c := all(f)
	d, err := gateway.Config{FunctionURL: "https://{name}.example"}.Directory(Behind(c), func(string) (string, bool) { return "", false })
	if err != nil {
		f.Fatal(err)
	}
	routes, err := newTable(Options{Catalogue: c, Network: gateway.Network{Directory: d}})
	if err != nil {
		f.Fatal(err)
	}
	for _, fn := range c.Functions {
		for _, pattern := range fn.Routes {
			f.Add(pattern, "GET")
			f.Add(strings.NewReplacer("{", "%7b", "}", "").Replace(pattern)+"/%2f/..", "POST")
		}
	}
	f.Add("/v1/finance/revenues/..%2fexpenses", "PUT")
	f.Fuzz(func(t *testing.T, target, method string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			t.Skip()
		}
		got, want := "", plainly(c, u)
		if r := routes.find(&http.Request{Method: method, URL: u}); r != nil {
			got = r.pattern
		}
		if method != http.MethodConnect && got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	})
}

// plainly is the pattern of a URL: literal segments count before others, and none is empty or a dot.
func plainly(c catalogue.Catalogue, u *url.URL) (found string) {
	asked := strings.Split(u.EscapedPath(), "/")
	for i, s := range asked {
		plain, err := url.PathUnescape(s)
		if err != nil || i > 0 && s == "" {
			return ""
		}
		for part := range strings.SplitSeq(plain, "/") { // an escaped slash hides parts of a path
			if i > 0 && (part == "" || part == "." || part == "..") {
				return ""
			}
		}
		asked[i] = plain
	}
	best := -1
	for _, fn := range c.Functions {
		for _, pattern := range fn.Routes {
			if n := literals(strings.Split(pattern, "/"), asked); n > best {
				found, best = pattern, n
			}
		}
	}
	return found
}

// literals is how many segments of a pattern that matches are literal, -1 where it does not match.
func literals(pattern, asked []string) (n int) {
	if len(pattern) != len(asked) {
		return -1
	}
	for i, s := range pattern {
		switch {
		case strings.HasPrefix(s, "{"):
		case s != asked[i]:
			return -1
		default:
			n++
		}
	}
	return n
}

// canned answers in place of a network.
type canned struct{}

func (canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: 2,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")),
	}, nil
}

// BenchmarkDoor is what the door itself costs a call: without sockets, servers and the caller.
func BenchmarkDoor(b *testing.B) {
	h := inFrontOf(b, "http://127.0.0.1:1/{name}", func(o *Options) { o.Network.Transport = canned{} })
	r := httptest.NewRequest(http.MethodGet, "/v1/finance/days?propertyId=p", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+h.token)
	b.ReportAllocs()
	for b.Loop() {
		w := discarded{header: http.Header{}}
		h.door.ServeHTTP(&w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}
