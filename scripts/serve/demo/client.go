package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"innkeep.internal/shared/platform/httpfn"
)

// callTimeout is longer than any function's own time-out.
const callTimeout = 30 * time.Second

// caller calls the API as one member.
type caller struct {
	url, token string
	http       *http.Client
}

// post sends in under an Idempotency-Key and reads the reply into out, which may be nil. A refusal is
// an *httpfn.Problem.
func (c caller) post(ctx context.Context, path, key string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, key, in, out)
}

func (c caller) put(ctx context.Context, path, key string, in any) error {
	return c.call(ctx, http.MethodPut, path, key, in, nil)
}

func (c caller) get(ctx context.Context, path string, out any) error {
	return c.call(ctx, http.MethodGet, path, "", nil, out)
}

func (c caller) call(ctx context.Context, method, path, key string, in, out any) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s %s: %w", method, path, err)
		}
	}()
	body := io.Reader(http.NoBody)
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
	}
	reply, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	if reply.StatusCode > 299 {
		p := &httpfn.Problem{Status: reply.StatusCode}
		if json.Unmarshal(text, p) != nil {
			p.Code = reply.Status
		}
		return p
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
