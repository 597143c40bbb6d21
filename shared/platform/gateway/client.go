package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

// maxAnswer bounds what is read of an answer, in bytes: no operation that a function calls says more.
const maxAnswer = 8 << 20

// ErrAnswer means that a function answered what its caller cannot read.
var ErrAnswer = fault.New(fault.Internal, "upstream_answer_unreadable", "the service behind this address answered what cannot be read")

// Call is a call from function to function.
type Call struct {
	Method, Path string
	Query        url.Values
	// Class is what the call is worth when there are too many.
	Class priority.Class
	// Authorization is the end user's, as he sent it: the function judges him itself. Empty for calls that
	// are nobody's.
	Authorization string
	// Key is the Idempotency-Key; a write without one is never sent twice.
	Key string
	// Token is the Consistency-Token of a read.
	Token string
	// Body is sent as JSON, unless it is nil.
	Body any
}

// Do makes a call and reads a JSON answer into a value, unless that is nil. A problem that the
// function answers is a fault with its kind, code, facts and fields; see RoundTrip for the others.
func (u *Upstream) Do(ctx context.Context, c Call, into any) (_ http.Header, err error) {
	defer fault.Wrap(&err, "gateway: %s %s", c.Method, c.Path)
	r, err := c.request(ctx)
	if err != nil {
		return nil, err
	}
	r.URL = u.URL(r.URL)
	if err := u.Enter(ctx, c.Class); err != nil {
		return nil, err
	}
	defer u.Leave()
	answer, err := u.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, lost(r, err)
	case len(text) > maxAnswer:
		return nil, ErrAnswer
	case answer.StatusCode >= http.StatusBadRequest:
		return answer.Header, problem(text)
	case into == nil || len(text) == 0:
		return answer.Header, nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return answer.Header, nil
}

func (c Call) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader = http.NoBody
	if c.Body != nil {
		text, err := json.Marshal(c.Body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text) // for which NewRequest sets GetBody
	}
	target := url.URL{Path: c.Path, RawQuery: c.Query.Encode()}
	r, err := http.NewRequestWithContext(ctx, c.Method, target.String(), body)
	if err != nil {
		return nil, err
	}
	if c.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{"Authorization": c.Authorization, keyHeader: c.Key, "Consistency-Token": c.Token} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return r, nil
}

// problem is the fault that a problem's text tells of.
func problem(text []byte) error {
	var p httpfn.Problem
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return p.Fault()
}
