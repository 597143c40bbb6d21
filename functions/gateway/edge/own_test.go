package edge

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"gopkg.in/yaml.v3"

	"innkeep.internal/schemas"
)

func TestOrigins(t *testing.T) {
	t.Parallel()
	const desk = "https://desk.example"
	calls := 0
	h := newHouse(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Access-Control-Allow-Origin", "*") // no function's to say
	}, func(o *Options) { o.Origins = []string{desk, "http://localhost:3000"} })
	for _, c := range []struct {
		method, origin, ask string
		status, calls       int
		allowed             string
	}{
		{"OPTIONS", desk, "POST", 204, 0, desk},
		{"OPTIONS", "http://localhost:3000", "POST", 204, 0, "http://localhost:3000"},
		{"OPTIONS", "https://evil.example", "POST", 204, 0, ""},
		{"OPTIONS", "https://desk.example.evil.example", "POST", 204, 0, ""},
		{"OPTIONS", "null", "POST", 204, 0, ""},
		{"OPTIONS", desk, "", 200, 1, desk},
		{"GET", desk, "", 200, 1, desk},
		{"GET", "https://evil.example", "", 200, 1, ""},
		{"GET", "", "", 200, 1, ""},
	} {
		calls = 0
		r := h.request(c.method, post, http.NoBody)
		for name, value := range map[string]string{"Origin": c.origin, "Access-Control-Request-Method": c.ask} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if c.ask != "" {
			r.Header.Del("Authorization") // browsers send none
		}
		a, _ := h.send(r)
		got := a.Header.Values("Access-Control-Allow-Origin")
		if a.StatusCode != c.status || calls != c.calls || strings.Join(got, " ") != c.allowed || a.Header.Get("Vary") != "Origin" {
			t.Errorf("%+v: %d, %d calls, %q %q", c, a.StatusCode, calls, got, a.Header.Get("Vary"))
		}
		headers := a.Header.Get("Access-Control-Allow-Headers")
		if (c.ask != "" && c.allowed != "") != strings.Contains(headers, "Idempotency-Key") || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%+v: %s", c, headers)
		}
	}
	// A refusal can be read by the page, too.
	r := h.request(http.MethodGet, post, http.NoBody)
	r.Header.Set("Origin", desk)
	r.Header.Del("Authorization")
	if a := h.refused(http.StatusUnauthorized, "token_missing", r); a.Header.Get("Access-Control-Allow-Origin") != desk {
		t.Error(a.Header)
	}
}

func TestOriginsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"*", "desk.example", "https://desk.example/", "https://desk.example/x", "https://u@desk.example", "HTTPS://desk.example", ""} {
		if _, err := newCORS([]string{bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	h := newHouse(t, echo)
	if a, text := h.get("/healthz"); a.StatusCode != http.StatusOK || text != `{"status":"ok"}`+"\n" {
		t.Error(a.Status, text)
	}
}

// Checks that hang or fail make the door not ready, in bounded time, and say no more than their names.
func TestReadiness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newReadiness(nil, nil)
		asked := 0
		hang := make(chan struct{})
		defer close(hang)
		p.checks = []Check{
			{Name: "good", Ask: func(context.Context) error { asked++; return nil }},
			{Name: "bad", Ask: func(context.Context) error { return errors.New("secret") }},
			{Name: "slow", Ask: func(context.Context) error { <-hang; return nil }},
			{Name: "spared", Ask: func(context.Context) error { return errors.New("secret") }, Spared: true},
		}
		began := time.Now()
		got := p.ask(t.Context())
		want := verdict{Status: "not_ready", Checks: map[string]string{"good": "ok", "bad": "failed", "slow": "failed", "spared": "failed"}}
		if diff := cmp.Diff(want, got); diff != "" || time.Since(began) != checkTimeout {
			t.Errorf("after %v (-want +got)\n%s", time.Since(began), diff)
		}
		spared := p.checks[3]
		p.checks = p.checks[:1]
		if got := p.ask(t.Context()); got.Status != "ready" || asked != 2 {
			t.Error(got, asked)
		}
		p.checks = append(p.checks, spared)
		if got := p.ask(t.Context()); got.Status != "degraded" {
			t.Error(got)
		}
	})
}

func TestReadinessIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t, echo)
	for want, err := range map[int]error{http.StatusOK: nil, http.StatusServiceUnavailable: errors.New("away")} {
		asked := 0
		p := newReadiness(nil, nil)
		p.checks = []Check{
			{Name: "counted", Ask: func(context.Context) error { asked++; return err }},
			{Name: "spared", Ask: func(context.Context) error { return errors.New("away") }, Spared: true},
		}
		for range 50 {
			w := &discarded{header: http.Header{}}
			p.serve(w, h.request(http.MethodGet, "/readyz", http.NoBody))
			if w.status != want {
				t.Fatal(w.status, "want", want)
			}
		}
		if asked != 1 {
			t.Errorf("50 askers made %d checks", asked)
		}
	}
}

type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(status int)      { d.status = status }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }

func TestDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t, echo)
	r := h.request(http.MethodGet, "/v1/openapi.json", http.NoBody)
	r.Header.Del("Authorization") // it is for everybody
	a, text := h.send(r)
	var got, want map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(schemas.OpenAPI(), &want); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	want = nil
	if err := json.Unmarshal(again, &want); err != nil {
		t.Fatal(err)
	}
	delete(want, "servers")
	delete(got, "servers")
	if diff := cmp.Diff(want, got); diff != "" || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r.Header.Set("If-None-Match", a.Header.Get("ETag"))
	if again, text := h.send(r); again.StatusCode != http.StatusNotModified || text != "" || a.Header.Get("ETag") == "" {
		t.Error(again.Status, len(text))
	}
}

// The page shows every operation, and nothing of it comes from elsewhere.
func TestPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, echo)
	r := h.request(http.MethodGet, "/docs", http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	a, zipped := h.send(r)
	z, err := gzip.NewReader(strings.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	if _, plain := h.send(r); plain != string(page) {
		t.Error("the two encodings differ")
	}
	for path, item := range document(t).Paths {
		for range item {
			if !strings.Contains(string(page), "<code>"+path+"</code>") {
				t.Errorf("the page does not show %s", path)
			}
		}
	}
	for _, bad := range []string{`<script`, `<link`, `<img`, `<iframe`, `(?i)\son\w+=`, `(?i)@import`, `(?i)url\(`, `(?:src|href)="(?:https?:)?//`, `javascript:`} {
		if found := regexp.MustCompile(bad).Find(page); found != nil {
			t.Errorf("the page has %s", found)
		}
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		if targets[m[1]] {
			t.Errorf("%s stands twice", m[1])
		}
		targets[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		if !targets[m[1]] {
			t.Errorf("the link to %s leads nowhere", m[1])
		}
	}
	if policy := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
		t.Error(policy)
	}
}

// Not parallel: the provider of meters is the process's.
func TestMetrics(t *testing.T) {
	reader := sdk.NewManualReader()
	otel.SetMeterProvider(sdk.NewMeterProvider(sdk.WithReader(reader)))
	h := newHouse(t, echo)
	h.get("/v1/finance/days")
	h.get("/v1/nothing")
	h.refused(http.StatusUnauthorized, "token_missing", func() *http.Request {
		r := h.request(http.MethodPost, "/v1/finance/days/2026-01-01/close", http.NoBody)
		r.Header.Del("Authorization")
		return r
	}())
	dead := inFrontOf(t, "http://127.0.0.1:1/{name}")
	dead.get("/v1/reports/daily-report")
	half := inFrontOf(t, raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 50_000)))
	if a, err := http.DefaultTransport.RoundTrip(half.request(http.MethodGet, "/v1/reports/export", http.NoBody)); err == nil {
		_, _ = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
	}
	got := map[string]uint64{}
	for until := time.Now().Add(10 * time.Second); len(got) < 5 && time.Now().Before(until); { // the last one is counted after its caller knows
		got = counted(t, reader)
	}
	want := map[string]uint64{
		"http.request.method=GET,http.response.status_code=200,http.route=/v1/finance/days,innkeep.outcome=answered,innkeep.upstream=days,url.scheme=http":                              1,
		"http.request.method=GET,http.response.status_code=404,innkeep.outcome=own,url.scheme=http":                                                                                     1,
		"http.request.method=POST,http.response.status_code=401,http.route=/v1/finance/days/{date}/close,innkeep.outcome=refused,innkeep.upstream=days,url.scheme=http":                 1,
		"error.type=broken,http.request.method=GET,http.response.status_code=200,http.route=/v1/reports/export,innkeep.outcome=broken,innkeep.upstream=export,url.scheme=http":          1,
		"error.type=503,http.request.method=GET,http.response.status_code=503,http.route=/v1/reports/daily-report,innkeep.outcome=failed,innkeep.upstream=daily-report,url.scheme=http": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// counted is how many calls have been recorded, by attributes.
func counted(t *testing.T, reader sdk.Reader) map[string]uint64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, s := range all.ScopeMetrics {
		for _, m := range s.Metrics {
			data, ok := m.Data.(metricdata.Histogram[float64])
			if m.Name != "http.server.request.duration" || !ok {
				continue
			}
			for _, p := range data.DataPoints {
				got[p.Attributes.Encoded(attribute.DefaultEncoder())] += p.Count
			}
		}
	}
	return got
}
