package gateway

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"

	"innkeep.internal/shared/core/fault"
)

// What a call to a function can come to beside the function's own answer.
var (
	// ErrUnavailable means that the function was not reached, or that a read was lost.
	ErrUnavailable = fault.New(fault.Unavailable, "upstream_unavailable", "the service behind this address cannot be reached at the moment; nothing was changed")
	// ErrTimedOut means that a read took too long.
	ErrTimedOut = fault.New(fault.Unavailable, "upstream_timed_out", "the service behind this address took too long; nothing was changed")
	// ErrOutcomeUnknown means that a write was sent, and no answer came.
	ErrOutcomeUnknown = fault.New(fault.OutcomeUnknown, "upstream_outcome_unknown", "no answer came: send it again with the same key to learn its outcome")
)

const keyHeader = "Idempotency-Key"

// problemType is that of the errors of functions.
const problemType = "application/problem+json"

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// unsent says that no byte of a call has left: no connection could be made.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// again says whether a call that the network lost is made once more. It is safe for reads, for calls
// of which nothing was sent, and for writes with a key, which take effect once; and possible while
// the body is held. What its deadline or its caller has ended is not tried again, and neither is what
// was answered: an answer of the platform that says "too much" would only get more.
func again(r *http.Request, err error) bool {
	held := r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
	return r.Context().Err() == nil && held && (reads(r) || unsent(err) || r.Header.Get(keyHeader) != "")
}

// lost is what the error of a call without an answer means.
func lost(r *http.Request, err error) error {
	if fault.From(err) != nil {
		return err
	}
	kind := ErrOutcomeUnknown
	switch {
	case unsent(err):
		kind = ErrUnavailable
	case reads(r) && errors.Is(err, context.DeadlineExceeded):
		kind = ErrTimedOut
	case reads(r):
		kind = ErrUnavailable
	}
	return errors.Join(kind, err)
}

// own says whether an answer is a function's: their errors are problems, they redirect nobody and
// switch no protocols. What else has such a status was said by the platform in front of them.
func own(a *http.Response) bool {
	switch s := a.StatusCode; {
	case s == http.StatusNotModified, s >= http.StatusOK && s < http.StatusMultipleChoices:
		return true
	case s < http.StatusBadRequest:
		return false
	}
	media, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	return err == nil && media == problemType
}

// foreign is what the platform's own answer means. It refuses a call by 401, 403, 404 and 429 before a
// function hears of it; the others may come after.
func foreign(r *http.Request, a *http.Response) error {
	switch a.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests:
		return ErrUnavailable
	}
	if reads(r) {
		return ErrUnavailable
	}
	return ErrOutcomeUnknown
}
