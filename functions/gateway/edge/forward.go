package edge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/httpfn"
)

const (
	// heldBytes is the largest body that is read before its call goes out: so a slow caller holds no place
	// at a function, and a call that the network lost can be made again. Larger ones are passed on as
	// they come.
	heldBytes = 64 << 10
	// maxBody is twice what the largest operation takes, in bytes: below it a function says itself what is
	// too large for it.
	maxBody = 16 << 20
	// bodyTimeout bounds the reading of a body, as in every function.
	bodyTimeout = 20 * time.Second
	// writeTimeout is how long a caller may take nothing of his answer before it is broken off.
	writeTimeout = 30 * time.Second
)

// eventStream is the media type of server-sent events.
const eventStream = "text/event-stream"

// visit is one call at the door.
type visit struct {
	reply   reply
	route   *route // nil where no function is called
	began   time.Time
	outcome string
	whole   bool                        // the answer went out to its end
	places  []interface{ Leave() }      // that it holds
	held    []byte                      // the body, when it was read already
	broken  atomic.Pointer[fault.Error] // what is wrong with a body that is read while it is passed on
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit { return ctx.Value(visitKey{}).(*visit) } //nolint:errcheck // serve has put it there

// leave gives the visit's places back.
func (v *visit) leave() {
	for _, p := range v.places {
		p.Leave()
	}
	v.places = nil
}

// take reads a small body, and prepares for a large one.
func (v *visit) take(r *http.Request) error {
	switch {
	case r.ContentLength == 0:
		return nil
	case r.ContentLength > maxBody:
		return tooLarge()
	}
	_ = v.reply.rc.SetReadDeadline(time.Now().Add(bodyTimeout)) // tests' recorders have none
	if r.ContentLength < 0 || r.ContentLength > heldBytes {
		r.Body = &bounded{ReadCloser: r.Body, left: maxBody, visit: v}
		return nil
	}
	v.held = make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, v.held); err != nil {
		return httpfn.ErrBodyUnreadable
	}
	return nil
}

func tooLarge() *fault.Error {
	return httpfn.ErrBodyTooLarge.With("maxBytes", strconv.Itoa(maxBody))
}

// bounded is a body that is passed on while it comes. What is wrong with it is the caller's fault, not
// the function's, and is kept for the answer.
type bounded struct {
	io.ReadCloser
	left  int64
	visit *visit
}

// Read reads a part.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		b.visit.broken.Store(tooLarge())
		return 0, httpfn.ErrBodyTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.visit.broken.Store(httpfn.ErrBodyUnreadable)
		err = fmt.Errorf("%w: %w", httpfn.ErrBodyUnreadable, err)
	}
	return n, err
}

// newProxy passes calls on to a function, and its answers back as they come.
func newProxy(u *gateway.Upstream) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport:  u,
		BufferPool: buffers,
		Rewrite: func(p *httputil.ProxyRequest) {
			out, v := p.Out, visitOf(p.In.Context())
			out.URL, out.Host = u.URL(p.In.URL), ""
			out.Header = inward(p.In.Header)
			out.Header["X-Request-Id"] = v.reply.Header()["X-Request-Id"] // as Observe has judged it
			if _, there := out.Header["User-Agent"]; !there {
				out.Header["User-Agent"] = nil // none, instead of Go's
			}
			if v.held != nil {
				out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(v.held)), nil }
				out.Body, _ = out.GetBody()
			}
		},
		ModifyResponse: func(a *http.Response) error {
			v := visitOf(a.Request.Context())
			v.outcome = answered
			outward(a.Header)
			// Events without an end wait, nearly all of the time; the function itself bounds how many it has.
			if media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type")); media == eventStream {
				v.leave()
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, err error) { visitOf(r.Context()).fail(r, err) },
		ErrorLog:     slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
}

// fail answers for a call that has no answer of its function.
func (v *visit) fail(r *http.Request, err error) {
	switch broken := v.broken.Load(); {
	case broken != nil:
		v.refuse(r, broken)
		return
	case errors.Is(r.Context().Err(), context.Canceled):
		v.outcome = canceled
		panic(http.ErrAbortHandler) // nobody is there to be answered
	}
	v.outcome = failed
	defaults(v.reply.Header())
	httpfn.WriteError(&v.reply, r, err)
}

// refuse answers a call that is not passed on.
func (v *visit) refuse(r *http.Request, err error) {
	v.outcome = refused
	defaults(v.reply.Header())
	httpfn.WriteError(&v.reply, r, err)
}

// reply knows its status, and gives every part of it writeTimeout to be taken.
type reply struct {
	http.ResponseWriter
	rc     *http.ResponseController
	status int
	until  time.Time // that was set last
}

// WriteHeader sends the status.
func (w *reply) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *reply) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if now := time.Now(); w.until.Sub(now) < writeTimeout-time.Second {
		w.until = now.Add(writeTimeout)
		_ = w.rc.SetWriteDeadline(w.until) // tests' recorders have none
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// pool keeps the buffers of answers.
type pool struct{ sync.Pool }

var buffers = &pool{sync.Pool{New: func() any { return new([32 << 10]byte) }}}

// Get gives a buffer.
func (p *pool) Get() []byte { return p.Pool.Get().(*[32 << 10]byte)[:] } //nolint:errcheck // New makes no other

// Put takes it back.
func (p *pool) Put(b []byte) { p.Pool.Put((*[32 << 10]byte)(b)) }
