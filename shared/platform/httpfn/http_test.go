package httpfn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// thingID is a string with a reader of its own: what is no id is not found.
type thingID string

func (id *thingID) UnmarshalText(b []byte) error {
	if len(b) != 2 {
		return fault.ErrNotFound
	}
	*id = thingID(strings.ToUpper(string(b)))
	return nil
}

type thingInput struct {
	ID    thingID      `path:"id"`
	Day   bizdate.Date `query:"day"`
	Limit int32        `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Full  bool         `query:"full"`
	Kinds []string     `query:"kinds" enum:"a,b"`
	Since time.Time    `query:"since"`
	httpfn.Read
}

type thingOutput struct {
	Body struct {
		ID    thingID      `json:"id"`
		Day   bizdate.Date `json:"day,omitzero"`
		Limit int32        `json:"limit"`
		Full  bool         `json:"full,omitempty"`
		Kinds []string     `json:"kinds"`
		Text  string       `json:"text"`
	}
}

type bulkInput struct {
	httpfn.Write
	Body struct {
		Lines httpfn.RawList[line] `json:"lines" minItems:"1" maxItems:"3"`
	}
}

type bulkOutput struct {
	httpfn.Written
	Body struct {
		Codes []string `json:"codes"`
	}
}

// errs are what POST /fail/{name} answers with.
var errs = map[string]error{
	"plain":       errors.New("secret of the house"),
	"internal":    fault.New(fault.Internal, "secret_code", "secret text"),
	"conflict":    fault.New(fault.Conflict, "busy", "it is <busy> & so on").With("by", "x"),
	"missing":     fault.New(fault.NotFound, "thing_gone", "that thing is gone").With("id", "7"),
	"invalid":     fault.ErrInvalid.At("/a"),
	"denied":      fault.New(fault.Denied, "no", "no"),
	"unauth":      fault.New(fault.Unauthenticated, "who", "who"),
	"unavailable": fault.New(fault.Unavailable, "later", "later"),
	"unknown":     fault.New(fault.OutcomeUnknown, "perhaps", "perhaps"),
	"limited":     fault.New(fault.Limited, "slow", "slow").With("retryAfterSeconds", "7"),
	"reused":      fault.New(fault.KeyReused, "reused", "reused"),
	"large":       fault.New(fault.TooLarge, "large", "large"),
	"malformed":   fault.New(fault.Malformed, "mal", "mal"),
	"deadline":    context.DeadlineExceeded,
}

func newThings(options httpfn.Options) *httpfn.API {
	api := httpfn.New("Things", options)
	lines := httpfn.NewDecoder[line]()
	httpfn.Register(api, huma.Operation{OperationID: "get", Method: http.MethodGet, Path: "/things/{id}"},
		func(_ context.Context, in *thingInput) (*thingOutput, error) {
			out := &thingOutput{}
			out.Body.ID, out.Body.Day, out.Body.Limit, out.Body.Full = in.ID, in.Day, in.Limit, in.Full
			out.Body.Kinds, out.Body.Text = in.Kinds, "<&>"
			return out, nil
		})
	httpfn.Register(api, huma.Operation{OperationID: "bulk", Method: http.MethodPost, Path: "/things", MaxBodyBytes: 4096},
		func(_ context.Context, in *bulkInput) (*bulkOutput, error) {
			out := &bulkOutput{Written: httpfn.NewWritten("t", true)}
			for _, raw := range in.Body.Lines {
				code := "ok"
				if _, err := lines.Decode(raw); err != nil {
					code = fault.From(err).Code
				}
				out.Body.Codes = append(out.Body.Codes, code)
			}
			return out, nil
		})
	httpfn.Register(api, huma.Operation{OperationID: "fail", Method: http.MethodPost, Path: "/fail/{name}"},
		func(_ context.Context, in *struct {
			Name string `path:"name"`
		}) (*struct{}, error) {
			if in.Name == "panic" {
				panic("secret of the house")
			}
			return nil, errs[in.Name]
		})
	httpfn.Register(api, huma.Operation{OperationID: "nan", Method: http.MethodGet, Path: "/nan"},
		func(context.Context, *struct{}) (*struct{ Body map[string]any }, error) {
			return &struct{ Body map[string]any }{Body: map[string]any{"a": 1, "f": func() {}}}, nil
		})
	return api
}

type want struct {
	status int
	code   string
	faults []string
}

func problem(t *testing.T, w *httptest.ResponseRecorder) want {
	t.Helper()
	if w.Code < 400 {
		return want{status: w.Code}
	}
	var p httpfn.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" || p.Status != w.Code || p.Type != "about:blank" {
		t.Errorf("content type %q, status %d, type %q", ct, p.Status, p.Type)
	}
	got := want{status: w.Code, code: p.Code}
	for _, f := range p.Errors {
		got.faults = append(got.faults, f.Code+" "+f.Pointer)
	}
	return got
}

func TestRequests(t *testing.T) {
	t.Parallel()
	api := newThings(httpfn.Options{})
	post := func(body string, headers ...string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/things", strings.NewReader(body))
		r.Header.Set("Idempotency-Key", "k1")
		for i := 0; i < len(headers); i += 2 {
			r.Header[headers[i]] = append([]string(nil), strings.Split(headers[i+1], "|")...)
		}
		return r
	}
	get := func(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, http.NoBody) }
	one := `{"lines":[` + goodLine + `]}`
	noKey := post(one)
	noKey.Header.Del("Idempotency-Key")
	chunked := post(`{"lines":["` + strings.Repeat("x", 5000) + `"]}`)
	chunked.ContentLength = -1
	tests := []struct {
		name string
		r    *http.Request
		want want
	}{
		{"good", post(one), want{status: 200}},
		{"media type", post(one, "Content-Type", "application/json; charset=UTF-8"), want{status: 200}},
		{"other charset", post(one, "Content-Type", "application/json; charset=latin1"), want{status: 415, code: "unsupported_media_type"}},
		{"other media type", post(one, "Content-Type", "text/plain"), want{status: 415, code: "unsupported_media_type"}},
		{"accepts other", post(one, "Accept", "text/html"), want{status: 200}},
		{"no body", post(""), want{status: 400, code: "body_missing"}},
		{"too large", post(`{"lines":["` + strings.Repeat("x", 5000) + `"]}`), want{status: 413, code: "body_too_large"}},
		{"too large, length unknown", chunked, want{status: 413, code: "body_too_large"}},
		{"as large as may be", post(one + strings.Repeat(" ", 4096-len(one))), want{status: 200}},
		{"no key", noKey, want{400, "idempotency_key_missing", []string{"idempotency_key_missing #Idempotency-Key"}}},
		{"key with a space", post(one, "Idempotency-Key", "a b"), want{400, "idempotency_key_invalid", []string{"idempotency_key_invalid #Idempotency-Key"}}},
		{"long key", post(one, "Idempotency-Key", strings.Repeat("k", 201)), want{400, "idempotency_key_invalid", []string{"idempotency_key_invalid #Idempotency-Key"}}},
		{"longest key", post(one, "Idempotency-Key", strings.Repeat("k", 200)), want{status: 200}},
		{"two keys", post(one, "Idempotency-Key", "a|b"), want{400, "idempotency_key_invalid", []string{"idempotency_key_invalid #Idempotency-Key"}}},
		{"not JSON", post(`{"lines":`), want{400, "malformed_json", []string{"malformed_json /lines"}}},
		{"no lines", post(`{"lines":[],"x":1}`), want{422, "invalid_request", []string{"too_few /lines", "unknown_field /x"}}},
		{"lines null", post(`{"lines":null}`), want{422, "null_not_allowed", []string{"null_not_allowed /lines"}}},
		{"too many lines", post(`{"lines":[1,2,3,4]}`), want{422, "too_many", []string{"too_many /lines"}}},
		{"lines are judged alone", post(`{"lines":[{"a":1,"a":2},"` + "\xff" + `",` + goodLine + `]}`), want{status: 200}},
		{"parameters", get("/things/ab?day=2026-03-01&limit=5&full=true&kinds=a,b&since=2026-03-01T00:00:00Z"), want{status: 200}},
		{"unknown parameters", get("/things/ab?x=1&a=2"), want{422, "invalid_request", []string{"unknown_parameter #a", "unknown_parameter #x"}}},
		{"twice", get("/things/ab?limit=1&limit=2"), want{422, "duplicate_parameter", []string{"duplicate_parameter #limit"}}},
		{"bad parameters", get("/things/ab?day=2026-02-30&limit=501&full=1&kinds=a,c&since=now"), want{422, "invalid_request", []string{
			"bad_date #day", "out_of_range #limit", "wrong_type #full", "not_allowed_value #kinds", "bad_format #since"}}},
		{"beyond int32", get("/things/ab?limit=4294967297"), want{422, "out_of_range", []string{"out_of_range #limit"}}},
		{"empty parameter", get("/things/ab?limit="), want{422, "wrong_type", []string{"wrong_type #limit"}}},
		{"plus sign", get("/things/ab?limit=%2B5"), want{422, "wrong_type", []string{"wrong_type #limit"}}},
		{"bad query", get("/things/ab?limit=%zz"), want{status: 400, code: "malformed_query"}},
		{"bad utf-8 in query", get("/things/ab?kinds=%ff"), want{400, "bad_utf8", []string{"bad_utf8 #kinds"}}},
		{"no such id", get("/things/abc"), want{status: 404, code: "not_found"}},
		{"no such route", get("/other"), want{status: 404, code: "not_found"}},
		{"no clean path", get("/things//ab"), want{status: 404, code: "not_found"}},
		{"no such method", httptest.NewRequest(http.MethodPut, "/things", http.NoBody), want{status: 405, code: "method_not_allowed"}},
		{"reply cannot be encoded", get("/nan"), want{status: 500, code: "internal"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			api.ServeHTTP(w, tt.r)
			if diff := cmp.Diff(tt.want, problem(t, w), cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, w.Body)
			}
			h := w.Header()
			if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" {
				t.Errorf("headers: %v", h)
			}
		})
	}
}

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
