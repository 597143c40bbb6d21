package httpfn_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
)

// span checks what no schema can: the order of its dates.
type span struct {
	From bizdate.Date `json:"from"`
	To   bizdate.Date `json:"to"`
}

// Resolve is called by huma when the schema has passed.
func (s *span) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if s.From <= s.To {
		return nil
	}
	return []error{&huma.ErrorDetail{Location: at.With("to"), Message: "expected number >= from"},
		fault.New(fault.Invalid, "wrong_order", "from is after to").At("/from")}
}

// Common is exported, since huma passes over embedded types that are not.
type Common struct {
	Day  bizdate.Date `json:"day"`
	Note string       `json:"note,omitempty" default:"none" maxLength:"10"`
}

type treeInput struct {
	Body struct {
		Common
		Span     *span  `json:"span,omitempty"`
		Children []tree `json:"children,omitempty"`
	}
}

type tree struct {
	Name     string `json:"name"`
	Children []tree `json:"children,omitempty"`
}

func TestRegister(t *testing.T) {
	t.Parallel()
	api := httpfn.New("Trees", httpfn.Options{})
	httpfn.Register(api, huma.Operation{OperationID: "tree", Method: http.MethodPut, Path: "/trees"},
		func(_ context.Context, in *treeInput) (*struct{ Body string }, error) {
			return &struct{ Body string }{Body: in.Body.Day.String() + in.Body.Note}, nil
		})
	tests := []struct {
		name, body string
		want       want
	}{
		{"good, with a default", `{"day":"2026-03-01","children":[{"name":"a","children":[{"name":"b"}]}]}`, want{status: 200}},
		{"embedded", `{"day":"x","note":"12345678901"}`, want{422, "invalid_request", []string{"bad_date /day", "too_long /note"}}},
		{"nested in itself", `{"day":"2026-03-01","children":[{"name":"a","children":[{}]}]}`, want{422, "missing_field", []string{"missing_field /children/0/children/0/name"}}},
		{"resolver", `{"day":"2026-03-01","span":{"from":"2026-03-02","to":"2026-03-01"}}`, want{422, "invalid_request", []string{"out_of_range /span/to", "wrong_order /from"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			api.ServeHTTP(w, httptest.NewRequest(http.MethodPut, "/trees", strings.NewReader(tt.body)))
			if diff := cmp.Diff(tt.want, problem(t, w), cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, w.Body)
			}
			if w.Code == 200 && w.Body.String() != `"2026-03-01none"` {
				t.Error(w.Body)
			}
		})
	}
}

func register[I any](method string) func() {
	return func() {
		api := httpfn.New("Bad", httpfn.Options{})
		httpfn.Register(api, huma.Operation{OperationID: "bad", Method: method, Path: "/{id}"},
			func(context.Context, *I) (*struct{}, error) { return nil, nil })
	}
}

// What cannot be judged is refused when the function starts, not when it is called.
func TestRegisterPanics(t *testing.T) {
	t.Parallel()
	type hidden struct {
		A string `json:"a" query:"a"`
	}
	type defaulted struct {
		A int `json:"a,omitempty" default:"1"`
	}
	for name, f := range map[string]func(){
		"cookie": register[struct {
			A string `cookie:"a"`
		}]("GET"),
		"time in a header": register[struct {
			A time.Time `header:"A"`
		}]("GET"),
		"exploded list": register[struct {
			A []string `query:"a,explode"`
		}]("GET"),
		"default of an own type": register[struct {
			A bizdate.Date `query:"a" default:"2026-01-01"`
		}]("GET"),
		"two bodies": register[struct {
			Body    struct{}
			RawBody []byte
		}]("POST"),
		"hidden parameters":  register[struct{ hidden }]("GET"),
		"hidden body fields": register[struct{ Body struct{ hidden } }]("POST"),
		"body of another type": register[struct {
			Body string `contentType:"text/plain"`
		}]("POST"),
		"decoder with defaults": func() { httpfn.NewDecoder[defaulted]() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
}

func TestRawBodyAndMiddleware(t *testing.T) {
	t.Parallel()
	refuse := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				httpfn.WriteError(w, r, fault.New(fault.Unauthenticated, "who", "who"))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	api := httpfn.New("Raw", httpfn.Options{Timeout: -1, Use: []httpfn.Middleware{refuse}})
	httpfn.Register(api, huma.Operation{OperationID: "raw", Method: http.MethodPost, Path: "/raw", MaxBodyBytes: 10},
		func(ctx context.Context, in *struct {
			RawBody []byte `contentType:"text/csv"`
		}) (*struct{ Body string }, error) {
			if _, ok := ctx.Deadline(); ok {
				return nil, errors.New("a deadline")
			}
			return &struct{ Body string }{string(in.RawBody)}, nil
		})
	call := func(body, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/raw", strings.NewReader(body))
		r.Header.Set("Content-Type", "text/csv")
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	if w := call("a;b", "x"); w.Code != 200 || w.Body.String() != `"a;b"` {
		t.Error(w.Code, w.Body)
	}
	if got := problem(t, call("a;b", "")); got.status != 401 || got.code != "who" {
		t.Error(got)
	}
	if got := problem(t, call("12345678901", "x")); got.status != 413 {
		t.Error(got)
	}
	if got := problem(t, call("", "x")); got.code != "body_missing" {
		t.Error(got)
	}
}
