package httpfn_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
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
