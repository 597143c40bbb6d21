package gateway_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/telemetry"
)

func TestDirectory(t *testing.T) {
	t.Parallel()
	own := map[string]string{"INNKEEP_FUNCTION_URL_DAILY_REPORT": "http://127.0.0.1:9/daily/", "INNKEEP_FUNCTION_URL_DAYS": ""}
	lookup := func(name string) (string, bool) { v, ok := own[name]; return v, ok }
	d, err := gateway.Config{FunctionURL: "https://{name}-7.a.run.app"}.Directory([]string{"days", "daily-report"}, lookup)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, u := range d {
		got[name] = u.String()
	}
	want := map[string]string{"days": "https://days-7.a.run.app", "daily-report": "http://127.0.0.1:9/daily"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, bad := range []string{
		"", "days", "https://", "ftp://a.b", "http://days.example", "https://user@a.b", "https://a.b?x=1", "https://a.b#x", "https://a.b/%2F", "http://10.0.0.1",
	} {
		_, err := gateway.Config{FunctionURL: bad}.Directory([]string{"days", "setup"}, lookup)
		if err == nil || !strings.Contains(err.Error(), "days: ") || !strings.Contains(err.Error(), "setup: ") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// at is the function of a handler on this machine.
func at(t *testing.T, h http.HandlerFunc) *gateway.Upstream {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return of(t, s.URL+"/days", nil, nil)
}

func of(t *testing.T, base string, identity gateway.Identity, transport http.RoundTripper) *gateway.Upstream {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	if transport == nil {
		own := gateway.NewTransport()
		t.Cleanup(own.CloseIdleConnections)
		transport = own
	}
	up, err := gateway.Network{Directory: gateway.Directory{"days": u}, Identity: identity, Transport: transport}.Upstream("days", resilience.Finance)
	if err != nil {
		t.Fatal(err)
	}
	return up
}

func TestCall(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	u := at(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		traceID, span, sampled := telemetry.ParseTraceparent(r.Header.Get("Traceparent"))
		got := []string{
			r.Method, r.RequestURI, string(body), r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), r.Header.Get("Consistency-Token"),
			r.Header.Get("Content-Type"), traceID, fmt.Sprint(sampled), r.Header.Get("X-Serverless-Authorization"),
		}
		want := []string{"POST", "/days/v1/x?a=1+2", `{"n":1}`, "Bearer me", "k", "c", "application/json", trace, "true", ""}
		if diff := cmp.Diff(want, got); diff != "" || span == "00f067aa0ba902b7" {
			t.Errorf("span %s (-want +got)\n%s", span, diff)
		}
		w.Header().Set("Consistency-Token", "t")
		_, _ = io.WriteString(w, `{"n":2}`)
	})
	ctx := telemetry.With(t.Context(), telemetry.Request{TraceID: trace, SpanID: "00f067aa0ba902b7", Sampled: true})
	var out struct{ N int }
	h, err := u.Do(ctx, gateway.Call{
		Method: "POST", Path: "/v1/x", Query: url.Values{"a": {"1 2"}}, Authorization: "Bearer me", Key: "k", Token: "c", Body: map[string]int{"n": 1},
	}, &out)
	if err != nil || out.N != 2 || h.Get("Consistency-Token") != "t" {
		t.Error(err, out, h)
	}
}

// A function's fault comes to its caller as it was.
func TestProblems(t *testing.T) {
	t.Parallel()
	invalid := fault.New(fault.Invalid, "bad", "bad").With("limit", "3").At("/a/0")
	for _, want := range []*fault.Error{
		invalid, fault.New(fault.Malformed, "m", "x"), fault.New(fault.Unauthenticated, "u", "x"), fault.New(fault.Denied, "d", "x"),
		fault.ErrNotFound, fault.New(fault.Conflict, "c", "x"), fault.New(fault.KeyReused, "idempotency_key_reused", "x"),
		fault.New(fault.Unavailable, "away", "x"), fault.New(fault.OutcomeUnknown, "outcome_unknown", "x"),
		fault.New(fault.TooLarge, "t", "x"), fault.New(fault.Limited, "l", "x").With("retryAfterSeconds", "7"),
		fault.New(fault.Internal, "internal", "internal error"),
	} {
		u := at(t, func(w http.ResponseWriter, r *http.Request) { httpfn.WriteError(w, r, want) })
		_, err := u.Do(t.Context(), gateway.Call{Method: "POST", Path: "/"}, nil)
		got := fault.From(err)
		if got == nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{want.Kind, want.Code, want.Text, want.Params, want.Fields}, []any{got.Kind, got.Code, got.Text, got.Params, got.Fields}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", want.Code, diff)
		}
	}
}

func TestAnswersOfNobodys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method      string
		status      int
		media, body string
		want        error
	}{
		{"GET", 503, "text/html", "<html>", gateway.ErrUnavailable},
		{"POST", 503, "text/html", "<html>", gateway.ErrOutcomeUnknown},
		{"POST", 500, "application/json", "{}", gateway.ErrOutcomeUnknown},
		{"POST", 429, "text/plain", "Rate exceeded.", gateway.ErrUnavailable},
		{"POST", 403, "text/html", "<html>", gateway.ErrUnavailable},
		{"POST", 404, "text/html", "<html>", gateway.ErrUnavailable},
		{"GET", 302, "text/html", "", gateway.ErrUnavailable},
		{"GET", 200, "application/json", "{", gateway.ErrAnswer},
		{"GET", 500, "application/problem+json", "{}", gateway.ErrAnswer},
		{"GET", 500, "application/problem+json", "x", gateway.ErrAnswer},
		{"GET", 200, "application/json", `"` + strings.Repeat("x", 8<<20) + `"`, gateway.ErrAnswer},
	} {
		u := at(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			w.Header().Set("Location", "https://elsewhere.example")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		var out any
		if _, err := u.Do(t.Context(), gateway.Call{Method: c.method, Path: "/"}, &out); !errors.Is(err, c.want) {
			t.Errorf("%s %d %s: %v, want %v", c.method, c.status, c.media, err, c.want)
		}
	}
}

// cut takes connections, reads a request of each, and closes the first ones without an answer.
func cut(t *testing.T, first int32) (base string, seen *atomic.Int32) {
	t.Helper()
	seen = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if seen.Add(1) <= first {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(append([]byte{}, body...))
	}))
	t.Cleanup(s.Close)
	return s.URL, seen
}

func TestOnceMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		call  gateway.Call
		first int32 // that are cut
		calls int32
		want  error
	}{
		{"read", gateway.Call{Method: "GET", Path: "/"}, 1, 2, nil},
		{"read, lost twice", gateway.Call{Method: "GET", Path: "/"}, 2, 2, gateway.ErrUnavailable},
		{"write with a key", gateway.Call{Method: "POST", Path: "/", Key: "k", Body: map[string]int{"a": 1}}, 1, 2, nil},
		{"write with a key, lost twice", gateway.Call{Method: "POST", Path: "/", Key: "k", Body: 1}, 2, 2, gateway.ErrOutcomeUnknown},
		{"write without", gateway.Call{Method: "POST", Path: "/", Body: 1}, 1, 1, gateway.ErrOutcomeUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base, seen := cut(t, c.first)
			var out any
			if _, err := of(t, base, nil, nil).Do(t.Context(), c.call, &out); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if seen.Load() != c.calls {
				t.Errorf("%d calls, want %d", seen.Load(), c.calls)
			}
			if m, _ := out.(map[string]any); c.want == nil && c.call.Body != nil && m["a"] != 1.0 {
				t.Errorf("the second call had another body: %v", out)
			}
		})
	}
}

// dials counts the connections that are tried.
type dials struct{ n atomic.Int32 }

func (d *dials) transport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		d.n.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	for _, method := range []string{"GET", "POST"} {
		var d dials
		_, err := of(t, "http://"+addr, nil, d.transport()).Do(t.Context(), gateway.Call{Method: method, Path: "/"}, nil)
		if !errors.Is(err, gateway.ErrUnavailable) || d.n.Load() != 2 {
			t.Errorf("%s: %v after %d connections", method, err, d.n.Load())
		}
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]error{"GET": gateway.ErrTimedOut, "POST": gateway.ErrOutcomeUnknown} {
		var calls atomic.Int32
		u := at(t, func(_ http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		_, err := u.Do(ctx, gateway.Call{Method: method, Path: "/", Key: "k"}, nil)
		cancel()
		if !errors.Is(err, want) || calls.Load() > 1 {
			t.Errorf("%s: %v after %d calls, want %v", method, err, calls.Load(), want)
		}
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Consistency-Token", r.Header.Get("X-Serverless-Authorization")+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(s.Close)
	asked := ""
	u := of(t, s.URL+"/days", func(_ context.Context, audience string) (string, error) { asked = audience; return "me", nil }, s.Client().Transport)
	h, err := u.Do(t.Context(), gateway.Call{Method: "GET", Path: "/", Authorization: "Bearer user"}, nil)
	if err != nil || h.Get("Consistency-Token") != "Bearer me Bearer user" || asked != s.URL+"/days" {
		t.Error(err, h, asked)
	}
	u = of(t, s.URL, func(context.Context, string) (string, error) { return "", errors.New("no metadata") }, s.Client().Transport)
	if _, err := u.Do(t.Context(), gateway.Call{Method: "POST", Path: "/"}, nil); !errors.Is(err, gateway.ErrUnavailable) {
		t.Error(err)
	}
}

// The metadata server is asked once a token and audience.
func TestGoogleIdentity(t *testing.T) {
	var calls atomic.Int32
	now := time.Unix(1_800_000_000, 0)
	token := func(until time.Time) string {
		return "h." + base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"exp":%d}`, until.Unix()))) + ".s"
	}
	answer := token(now.Add(10 * time.Minute))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.URL.Path != "/computeMetadata/v1/instance/service-accounts/default/identity" || r.URL.Query().Get("audience") == "" {
			t.Error(r.URL)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(s.URL, "http://"))
	var passed atomic.Int64
	identity := gateway.NewGoogleIdentity(func() time.Time { return now.Add(time.Duration(passed.Load())) })
	for _, step := range []struct {
		pass     time.Duration
		audience string
		calls    int32
	}{{0, "https://a", 1}, {8 * time.Minute, "https://a", 1}, {0, "https://b", 2}, {time.Minute, "https://a", 3}} {
		passed.Add(int64(step.pass))
		got, err := identity(t.Context(), step.audience)
		if err != nil || got != answer || calls.Load() != step.calls {
			t.Errorf("%+v: %v, %d calls", step, err, calls.Load())
		}
	}
	for _, bad := range []string{"", "x", "a.b.c", "h." + base64.RawURLEncoding.EncodeToString([]byte("{}")) + ".s"} {
		answer = bad
		if got, err := identity(t.Context(), "https://c"); err == nil {
			t.Errorf("%q was taken: %q", bad, got)
		}
	}
}

// TestMain keeps what the tests provoke out of the way.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
