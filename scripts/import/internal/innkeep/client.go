// Package innkeep is the part of Innkeep's HTTP API that an import needs: properties, bulk postings,
// closing a day. Every call that it makes may be sent again, and is, until the answer is a judgement.
package innkeep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// callTimeout bounds one attempt. The server's own time-outs are 10 s; closing months of days is
	// the longest call.
	callTimeout = 60 * time.Second
	// maxAnswer bounds an answer in bytes: 1,000 results take about 0.5 MiB.
	maxAnswer = 32 << 20
)

// Problem is an error that the server answered (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`   // stable, for programs
	Title  string `json:"title"`  // for people
	Detail string `json:"detail"` // for people
	Errors []struct {
		Pointer string `json:"pointer"`
		Code    string `json:"code"`
		Detail  string `json:"detail"`
	} `json:"errors"`

	retryAfter time.Duration
}

// Error is the status, the code and the text.
func (p *Problem) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the server answered %d %s: %s", p.Status, p.Code, p.Text()))
}

// Text is all that the problem says to a person, in one line.
func (p *Problem) Text() string {
	parts := []string{p.Detail}
	if p.Detail == "" {
		parts[0] = p.Title
	}
	for _, e := range p.Errors {
		parts = append(parts, strings.TrimSpace(e.Pointer+" "+e.Detail))
	}
	return strings.Join(strings.Fields(strings.Join(parts, "; ")), " ")
}

// Client calls one Innkeep as one caller. It may be used concurrently. Its counters are read at will.
type Client struct {
	base, token string
	http        *http.Client
	notice      func(string)                               // tells the person why nothing moves
	wait        func(context.Context, time.Duration) error // returns early with the context's error
	answered    atomic.Bool

	Calls   atomic.Int64 // answers that were judgements
	Retries atomic.Int64 // attempts beyond the first of a call
}

// New is a client of the API at base, for instance "http://localhost:8080". connections is how many
// calls may run at once without opening a connection for each; notice gets a line for every retry;
// wait is nil but in tests.
func New(base, token string, connections int, notice func(string), wait func(context.Context, time.Duration) error) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // net/http documents the type
	transport.MaxIdleConnsPerHost = connections
	if wait == nil {
		wait = sleep
	}
	return &Client{
		base: strings.TrimRight(base, "/"), token: token, notice: notice, wait: wait,
		http: &http.Client{Transport: transport, Timeout: callTimeout},
	}
}

// call sends body, if any, as JSON and decodes the answer into out, if any. It sends again what
// may succeed later, also a part of it: out may say by undecided what was not judged. Errors: a *Problem for an answer above 299, else the cause.
func (c *Client) call(ctx context.Context, method, path, key string, body, out any) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s %s: %w", method, path, err)
		}
	}()
	var text []byte
	if body != nil {
		if text, err = encode(body); err != nil {
			return err
		}
	}
	return c.retry(ctx, func() error {
		answer, err := c.attempt(ctx, method, path, key, text)
		if err != nil || out == nil {
			return err
		}
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("the answer cannot be read: %w", err)
		}
		if partial, ok := out.(interface{ undecided() error }); ok {
			return partial.undecided()
		}
		return nil
	})
}

// encode is JSON without the escapes for HTML, which would make bodies longer for nothing.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// attempt sends once and reads the whole answer.
func (c *Client) attempt(ctx context.Context, method, path, key string, text []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, permanent{err}
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if text != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, transient{err}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, transient{err}
	}
	if response.StatusCode <= 299 {
		c.answered.Store(true)
		c.Calls.Add(1)
		return answer, nil
	}
	return nil, problemOf(response, answer)
}

// problemOf reads an error; one that does not come from Innkeep (a proxy's page) keeps its status.
func problemOf(response *http.Response, answer []byte) *Problem {
	p := new(Problem)
	if json.Unmarshal(answer, p) != nil {
		p = &Problem{Title: http.StatusText(response.StatusCode)}
	}
	p.Status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.retryAfter = time.Duration(seconds) * time.Second
	}
	return p
}

// IsCode says whether err is a problem with the code.
func IsCode(err error, code string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}
