package edge

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequestIDAndTrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "the function's")
		_ = json.NewEncoder(w).Encode([]string{r.Header.Get("X-Request-Id"), r.Header.Get("Traceparent"), r.Header.Get("Tracestate")})
	})
	const trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for _, c := range []struct{ id, parent, wantID, wantTrace, wantState string }{
		{"mine", "00-" + trace + "-" + span + "-01", "mine", trace, "a=b"},
		{"not\ttaken", "garbage", "", "", ""},
		{"", "", "", "", ""},
	} {
		r := h.request(http.MethodGet, "/v1/finance/days", http.NoBody)
		r.Header.Set("X-Request-Id", c.id)
		r.Header.Set("Traceparent", c.parent)
		r.Header.Set("Tracestate", "a=b")
		a, text := h.send(r)
		var got []string
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(got[1], "-")
		ids := a.Header.Values("X-Request-Id")
		if len(ids) != 1 || ids[0] != got[0] || ids[0] == "" || c.wantID != "" && ids[0] != c.wantID || strings.Contains(ids[0], "\t") {
			t.Errorf("request id %q, %q inside", ids, got[0])
		}
		if len(parts) != 4 || c.wantTrace != "" && parts[1] != c.wantTrace || parts[2] == span || got[2] != c.wantState {
			t.Errorf("traceparent %q, tracestate %q", got[1], got[2])
		}
	}
}

// What passes of headers, in and out.
func TestHeaders(t *testing.T) {
	t.Parallel()
	var in http.Header
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		in = r.Header.Clone()
		for name, value := range map[string]string{
			"Consistency-Token": "t", "Age": "3", "Cache-Status": "innkeep; hit", "Cache-Control": "private", "Content-Type": "application/json",
			"Set-Cookie": "a=b", "Server": "x", "X-Powered-By": "y", "Access-Control-Allow-Origin": "*", "X-Goog-Hash": "z", "Connection": "X-Own",
			"X-Own": "1", "Via": "1.1 google", "Alt-Svc": "h3", "RateLimit": "r=1", "X-Cloud-Trace-Context": "c",
		} {
			w.Header().Set(name, value)
		}
	})
	r := h.request(http.MethodGet, "/v1/finance/days", http.NoBody)
	for name, value := range map[string]string{
		"X-Serverless-Authorization": "Bearer evil", "Innkeep-Budget-Ms": "999999", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4",
		"X-Goog-Authenticated-User-Email": "a@b", "X-Apigateway-Api-Userinfo": "e30", "X-Forwarded-Authorization": "Bearer evil", "Proxy-Authorization": "x",
		"Connection": "Idempotency-Key, Upgrade", "Upgrade": "websocket", "Te": "trailers", "Keep-Alive": "timeout=5", "Cookie": "a=b", "X-Org-Id": "other",
		"Idempotency-Key": "k", "Consistency-Token": "c", "Last-Event-ID": "e", "Accept": "text/csv", "Cache-Control": "no-cache",
	} {
		r.Header.Set(name, value)
	}
	a, _ := h.send(r)
	left, budget := in.Clone(), in.Get("Innkeep-Budget-Ms")
	for _, name := range []string{"Authorization", "Traceparent", "X-Request-Id", "User-Agent", "Innkeep-Budget-Ms", "Accept-Encoding"} {
		left.Del(name)
	}
	want := http.Header{"Idempotency-Key": {"k"}, "Consistency-Token": {"c"}, "Last-Event-Id": {"e"}, "Accept": {"text/csv"}, "Cache-Control": {"no-cache"}}
	if diff := cmp.Diff(want, left); diff != "" || budget == "999999" || len(budget) != 5 {
		t.Errorf("in: budget %s (-want +got)\n%s", budget, diff)
	}
	for name := range security {
		a.Header.Del(name)
	}
	for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} {
		a.Header.Del(name)
	}
	want = http.Header{
		"Consistency-Token": {"t"}, "Age": {"3"}, "Cache-Status": {"innkeep; hit"}, "Cache-Control": {"private"}, "Content-Type": {"application/json"},
	}
	if diff := cmp.Diff(want, a.Header); diff != "" {
		t.Errorf("out (-want +got)\n%s", diff)
	}
}

func TestTheDocumentsHeadersPass(t *testing.T) {
	t.Parallel()
	for path, item := range document(t).Paths {
		for _, op := range item {
			for _, p := range op.Parameters {
				if in := inward(http.Header{http.CanonicalHeaderKey(p.Name): {"x"}}); p.In == "header" && len(in) != 1 {
					t.Errorf("%s: the header %s does not pass", path, p.Name)
				}
			}
		}
	}
}

// Every answer has the security headers once, whoever made it.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "export") {
			w.Header().Set("Content-Security-Policy", "its own")
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
	})
	for path, policy := range map[string]string{
		"/v1/finance/days": security["Content-Security-Policy"], "/v1/reports/export": "its own", "/healthz": security["Content-Security-Policy"],
		"/v1/nothing": security["Content-Security-Policy"],
	} {
		a, _ := h.get(path)
		for name, value := range security {
			if name == "Content-Security-Policy" {
				value = policy
			}
			if diff := cmp.Diff([]string{value}, a.Header.Values(name)); diff != "" {
				t.Errorf("%s: %s %s", path, name, diff)
			}
		}
		if got := a.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
}
