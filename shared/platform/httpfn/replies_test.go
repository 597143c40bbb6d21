package httpfn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"innkeep.internal/shared/platform/httpfn"
)

func TestReplies(t *testing.T) {
	t.Parallel()
	api := newThings(httpfn.Options{})
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/things/ab?day=2026-03-01&full=true", http.NoBody))
	if got := w.Body.String(); got != `{"id":"AB","day":"2026-03-01","limit":50,"full":true,"kinds":[],"text":"<&>"}` {
		t.Error(got)
	}
	r := httptest.NewRequest(http.MethodPost, "/things", strings.NewReader(`{"lines":[{"a":1,"a":2},"`+"\xff"+`",`+goodLine+`]}`))
	r.Header.Set("Idempotency-Key", "k")
	w = httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if got := w.Body.String(); got != `{"codes":["duplicate_field","bad_utf8","ok"]}` {
		t.Error(got)
	}
	if w.Header().Get("Idempotent-Replay") != "true" || w.Header().Get("Consistency-Token") != "t" {
		t.Error(w.Header())
	}
	w = httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/things", http.NoBody))
	if got := w.Header().Get("Allow"); got != "POST" {
		t.Errorf("Allow: %q", got)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	api := newThings(httpfn.Options{})
	call := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, http.NoBody))
		return w
	}
	statuses := map[string]int{
		"plain": 500, "internal": 500, "panic": 500, "conflict": 409, "missing": 404, "invalid": 422, "denied": 403,
		"unauth": 401, "unavailable": 503, "unknown": 503, "limited": 429, "reused": 422, "large": 413, "malformed": 400,
		"deadline": 503,
	}
	for name, status := range statuses {
		w := call("/fail/" + name)
		if got := problem(t, w); got.status != status {
			t.Errorf("%s: %d, want %d", name, got.status, status)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %s", name, w.Body)
		}
		if retry := w.Header().Get("Retry-After"); (retry != "") != (status == 503 || status == 429) {
			t.Errorf("%s: Retry-After %q", name, retry)
		}
		if status == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Error("401 without WWW-Authenticate")
		}
	}
	if got := call("/fail/limited").Header().Get("Retry-After"); got != "7" {
		t.Errorf("Retry-After %q", got)
	}
	if got := call("/fail/conflict").Body.String(); !strings.Contains(got, `"it is <busy> & so on","facts":{"by":"x"}`) {
		t.Error(got)
	}
	if got := call("/fail/deadline").Body.String(); !strings.Contains(got, "deadline_outcome_unknown") {
		t.Error(got)
	}
	if a, b := call("/fail/missing").Body.Bytes(), call("/nothing/here").Body.Bytes(); !bytes.Equal(a, b) {
		t.Errorf("two bodies of 404:\n%s\n%s", a, b)
	}
}

func TestDeadlineAndRequestID(t *testing.T) {
	t.Parallel()
	api := httpfn.New("Slow", httpfn.Options{Timeout: time.Millisecond})
	httpfn.Register(api, huma.Operation{OperationID: "slow", Method: http.MethodGet, Path: "/slow"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	for id, kept := range map[string]bool{"abc-1": true, "a b": false, strings.Repeat("x", 65): false, "": false} {
		r := httptest.NewRequest(http.MethodGet, "/slow", http.NoBody)
		r.Header.Set("X-Request-Id", id)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if got := problem(t, w); got.code != "deadline_exceeded" || got.status != 503 {
			t.Error(got)
		}
		if got := w.Header().Get("X-Request-Id"); got == "" || (got == id) != kept {
			t.Errorf("request id %q for %q", got, id)
		}
	}
}

func TestBrokenReplyIsBrokenOff(t *testing.T) {
	t.Parallel()
	h := httpfn.Observe(httpfn.Recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("in the middle")
	})))
	s := httptest.NewServer(h)
	defer s.Close()
	reply, err := s.Client().Get(s.URL)
	if err == nil {
		_, err = io.ReadAll(reply.Body)
		_ = reply.Body.Close()
	}
	if err == nil {
		t.Error("half a reply was taken for the whole")
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	doc, err := json.Marshal(newThings(httpfn.Options{}).OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`"openapi":"3.1.0"`, `"#/components/schemas/Line"`, `"maxItems":3`, `"application/problem+json"`, `"Idempotency-Key"`, `"Consistency-Token"`,
	} {
		if !strings.Contains(string(doc), part) {
			t.Errorf("no %s in %s", part, doc)
		}
	}
	if strings.Contains(string(doc), "$schema") {
		t.Error("$schema in the document")
	}
}

// FuzzRequest asks that no request whatsoever is answered by a 5xx or a panic.
func FuzzRequest(f *testing.F) {
	api := newThings(httpfn.Options{})
	for _, body := range []string{goodLine, `{"lines":[` + goodLine + `]}`, `{"lines":[{}]}`, `[]`, `null`, "\xff", `{"lines":{"a":1}}`} {
		f.Add([]byte(body), "limit=5&day=2026-01-01", "k1", "application/json")
	}
	f.Fuzz(func(t *testing.T, body []byte, query, key, mediaType string) {
		for _, r := range []*http.Request{
			httptest.NewRequest(http.MethodPost, "/things", bytes.NewReader(body)),
			httptest.NewRequest(http.MethodGet, "/things/ab", http.NoBody),
		} {
			r.URL.RawQuery = query
			r.Header["Idempotency-Key"], r.Header["Content-Type"] = []string{key}, []string{mediaType}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
}
