package httpfn

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"innkeep.internal/shared/core/fault"
)

// What a request meets when its own deadline ends it and nothing below said how it stands.
var (
	ErrDeadline = fault.New(fault.Unavailable, "deadline_exceeded", "the request took too long; nothing was changed")
	ErrUnknown  = fault.New(fault.OutcomeUnknown, "deadline_outcome_unknown", "the request took too long; send it again with the same key to learn its outcome")
)

// statuses is the one table from kind to HTTP status.
var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Malformed:       http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.KeyReused:       http.StatusUnprocessableEntity,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.OutcomeUnknown:  http.StatusServiceUnavailable,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Limited:         http.StatusTooManyRequests,
}

// StatusOf is the HTTP status of a kind.
func StatusOf(k fault.Kind) int {
	if s, ok := statuses[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Problem is the body of every answer that is no success: application/problem+json, RFC 9457.
type Problem struct {
	Type   string            `json:"type" doc:"Always about:blank: code says which problem it is." example:"about:blank"`
	Title  string            `json:"title" doc:"The status in words." example:"Conflict"`
	Status int               `json:"status" doc:"The HTTP status." example:"409"`
	Code   string            `json:"code" doc:"Stable name of the problem." example:"day_closed"`
	Detail string            `json:"detail,omitempty" doc:"One sentence for people."`
	Errors []ProblemField    `json:"errors,omitempty" doc:"The faults of single fields, in the order of the request."`
	Facts  map[string]string `json:"facts,omitempty" doc:"Facts of this occurrence, by name."`
}

// ProblemField is the fault of one field.
type ProblemField struct {
	Pointer string `json:"pointer" doc:"JSON pointer (RFC 6901) into the body, or # and the name of a parameter." example:"/taxLines/0/amountMinor"`
	Code    string `json:"code" doc:"Stable name of the fault." example:"missing_field"`
	Detail  string `json:"detail,omitempty" doc:"One sentence for people."`
}

// Error makes a Problem a huma.StatusError.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problems, whatever was negotiated.
func (p *Problem) ContentType(string) string { return problemType }

// Fault is the fault that the problem was made of. Two statuses stand for two kinds each, which the
// code tells apart: its last words are those of the kind.
func (p *Problem) Fault() *fault.Error {
	e := &fault.Error{Kind: fault.Internal, Code: p.Code, Text: p.Detail, Params: p.Facts}
	for _, f := range p.Errors {
		e.Fields = append(e.Fields, fault.Field{Pointer: f.Pointer, Code: f.Code, Text: f.Detail})
	}
	switch p.Status {
	case http.StatusUnprocessableEntity:
		e.Kind = fault.Invalid
		if strings.HasSuffix(p.Code, "key_reused") {
			e.Kind = fault.KeyReused
		}
	case http.StatusServiceUnavailable:
		e.Kind = fault.Unavailable
		if strings.HasSuffix(p.Code, "outcome_unknown") {
			e.Kind = fault.OutcomeUnknown
		}
	case http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType:
		e.Kind = fault.Malformed
	default:
		for kind, status := range statuses {
			if status == p.Status {
				e.Kind = kind
			}
		}
	}
	return e
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// notFound is the one body for whatever is missing, so that what is another tenant's cannot be
// told from what does not exist.
func notFound() *Problem {
	return newProblem(http.StatusNotFound, fault.ErrNotFound.Code, fault.ErrNotFound.Text)
}

// problemOf is the answer for err in a request of method. Defects are logged here, once, and their
// text goes no further; so is the cause of what may be tried again.
func problemOf(ctx context.Context, method string, err error) *Problem {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return p
	}
	e := fault.From(err)
	if e == nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		e = ErrDeadline
		if method != http.MethodGet && method != http.MethodHead {
			e = ErrUnknown
		}
	}
	if e == nil || e.Kind == fault.Internal {
		slog.ErrorContext(ctx, "request failed", slog.Any("error", err))
		return newProblem(http.StatusInternalServerError, "internal", "internal error")
	}
	if e.Kind == fault.Unavailable || e.Kind == fault.OutcomeUnknown {
		slog.WarnContext(ctx, "request not served", slog.Any("error", err))
	}
	if e.Kind == fault.NotFound {
		return notFound()
	}
	p := newProblem(StatusOf(e.Kind), e.Code, e.Text)
	p.Facts = e.Params
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{Pointer: f.Pointer, Code: f.Code, Detail: f.Text})
	}
	return p
}

// headers sets what belongs to the status of p.
func (p *Problem) headers(set func(name, value string)) {
	switch p.Status {
	case http.StatusUnauthorized:
		set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		after := p.Facts["retryAfterSeconds"]
		if after == "" {
			after = "1"
		}
		set("Retry-After", after)
	}
}

// WriteError answers with the problem of err; for middlewares, which stand outside of operations.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, r, problemOf(r.Context(), r.Method, err))
}

func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	body, err := encode(p)
	if err != nil { // a struct of strings: cannot be
		slog.ErrorContext(r.Context(), "problem not encoded", slog.Any("error", err))
	}
	p.headers(w.Header().Set)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) //nolint:gosec // G705: JSON, and says so
}
