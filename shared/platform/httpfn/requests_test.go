package httpfn_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"innkeep.internal/shared/platform/httpfn"
)

const one = `{"lines":[` + goodLine + `]}`

// get and post make requests to the API of things; headers are name and value by turns, values of
// one name parted by "|", and a name with an empty value is taken away.
func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, http.NoBody) }

func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/things", strings.NewReader(body))
	r.Header.Set("Idempotency-Key", "k1")
	for i := 0; i < len(headers); i += 2 {
		if r.Header[headers[i]] = strings.Split(headers[i+1], "|"); headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	return r
}

func chunked(r *http.Request) *http.Request {
	r.ContentLength = -1
	return r
}

var requestTests = []struct {
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
	{"too large, length unknown", chunked(post(`{"lines":["` + strings.Repeat("x", 5000) + `"]}`)), want{status: 413, code: "body_too_large"}},
	{"as large as may be", post(one + strings.Repeat(" ", 4096-len(one))), want{status: 200}},
	{"no key", post(one, "Idempotency-Key", ""), want{400, "idempotency_key_missing", []string{"idempotency_key_missing #Idempotency-Key"}}},
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

func TestRequests(t *testing.T) {
	t.Parallel()
	api := newThings(httpfn.Options{})
	for _, tt := range requestTests {
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
