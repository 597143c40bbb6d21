package httpfn

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn/strict"
)

// What is refused about a body as a whole.
var (
	ErrBodyMissing    = fault.New(fault.Malformed, "body_missing", "the request needs a body")
	ErrBodyUnreadable = fault.New(fault.Malformed, "body_unreadable", "the body did not arrive")
	ErrBodyTooLarge   = fault.New(fault.TooLarge, "body_too_large", "the body is larger than this operation takes")
)

// gate judges the requests of one operation before huma sees them.
type gate struct {
	params   []param
	body     *strict.Plan // nil without a JSON body
	raw      bool         // the body is bytes
	required bool
	limit    int64 // of the body, in bytes
}

// pass lets requests without faults through; the others are answered here.
func (g *gate) pass(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	passed, err := g.judge(ctx, r)
	if err != nil {
		writeProblem(w, r, problemOf(ctx.Context(), r.Method, err))
		return
	}
	passed.humaContext = ctx
	next(passed)
}

func (g *gate) judge(ctx huma.Context, r *http.Request) (*passed, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, ErrQuery
	}
	var body []byte
	if g.body != nil || g.raw {
		if body, err = g.read(ctx, r); err != nil {
			return nil, err
		}
	}
	var faults strict.Faults
	own, err := g.checkParams(r, query, &faults)
	if err != nil {
		return nil, err
	}
	if g.body != nil && len(body) > 0 {
		g.body.CheckInto(body, &faults)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	p := &passed{gate: g, query: query, body: body, ctx: ctx.Context()}
	if own != nil {
		p.ctx = context.WithValue(p.ctx, ownKey{}, own)
	}
	return p, nil
}

// read gives the whole body.
func (g *gate) read(ctx huma.Context, r *http.Request) ([]byte, error) {
	if err := g.mediaType(r); err != nil {
		return nil, err
	}
	tooLarge := ErrBodyTooLarge.With("maxBytes", formatInt(g.limit))
	if r.ContentLength > g.limit {
		return nil, tooLarge
	}
	_ = ctx.SetReadDeadline(time.Now().Add(bodyReadTimeout)) // tests' recorders have none
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := io.Copy(&buf, io.LimitReader(r.Body, g.limit+1))
	switch {
	case err != nil:
		slog.InfoContext(r.Context(), "body not read", slog.Any("error", err))
		return nil, ErrBodyUnreadable
	case n > g.limit:
		return nil, tooLarge
	case n == 0 && g.required:
		return nil, ErrBodyMissing
	}
	return buf.Bytes(), nil
}

// mediaType refuses what calls itself other than JSON in UTF-8.
func (g *gate) mediaType(r *http.Request) error {
	header := r.Header.Get("Content-Type")
	if header == "" || g.raw {
		return nil
	}
	name, params, err := mime.ParseMediaType(header)
	if charset := params["charset"]; err != nil || name != jsonType || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return newProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "bodies are application/json in UTF-8")
	}
	return nil
}

type humaContext huma.Context // a name that does not hide the method Context

// passed is the context of a judged request: huma finds body and parameters as they were judged.
type passed struct {
	humaContext
	gate  *gate
	ctx   context.Context
	query url.Values
	body  []byte
}

// Unwrap is the context below.
func (p *passed) Unwrap() huma.Context { return p.humaContext }

// Context carries the parameters that Register's wrapper sets.
func (p *passed) Context() context.Context { return p.ctx }

// BodyReader gives the body again.
func (p *passed) BodyReader() io.Reader { return bytes.NewReader(p.body) }

// Param is a path parameter.
func (p *passed) Param(name string) string {
	return p.unless("path", name, p.humaContext.Param(name))
}

// Query is a parameter of the query, read as the gate reads it.
func (p *passed) Query(name string) string { return p.unless("query", name, p.query.Get(name)) }

// Header is a header.
func (p *passed) Header(name string) string {
	return p.unless("header", name, p.humaContext.Header(name))
}

// unless hides parameters with a type of their own from huma, which would take them by their
// underlying type.
func (p *passed) unless(in, name, value string) string {
	for _, q := range p.gate.params {
		if q.custom != nil && q.in == in && q.name == name {
			return ""
		}
	}
	return value
}
