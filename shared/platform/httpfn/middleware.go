package httpfn

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"innkeep.internal/shared/platform/resilience/deadline"
	"innkeep.internal/shared/platform/telemetry"
)

const requestIDHeader = "X-Request-Id"

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }

type observedKey struct{}

// observed is what the access log says of a request; route fills in the pattern.
type observed struct{ route string }

func observedFrom(ctx context.Context) *observed {
	o, _ := ctx.Value(observedKey{}).(*observed)
	return o
}

// SetRoute tells the access log of Observe which pattern a request's path has.
func SetRoute(ctx context.Context, pattern string) {
	if o := observedFrom(ctx); o != nil {
		o.route = pattern
	}
}

// Observe gives a request its id and trace, sets the headers that every reply carries, and writes
// one line of access log: no path, query or header values, which may be personal.
func Observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get(requestIDHeader)
		if !usableID(id) {
			id = strings.ToLower(rand.Text())
		}
		ctx, call := telemetry.Begin(r.Context(), id, r.Header.Get("Traceparent"))
		o := &observed{}
		ctx = context.WithValue(ctx, observedKey{}, o)

		h := w.Header()
		h.Set(requestIDHeader, id)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		reply := &response{ResponseWriter: w}
		defer func() {
			slog.InfoContext(ctx, "request", slog.String("method", method(r)), slog.String("route", o.route),
				slog.Int("status", reply.status), slog.Int64("replyBytes", reply.bytes),
				slog.Float64("durationMs", float64(time.Since(start).Microseconds())/1000))
			_, route, _ := strings.Cut(o.route, " ") // a pattern is "GET /v1/..."
			call.End(ctx, method(r), route, reply.status)
		}()
		next.ServeHTTP(reply, r.WithContext(ctx))
	})
}

// usableID says whether a caller's request id may go into log and header.
func usableID(id string) bool {
	bad := func(c rune) bool { return c < '!' || c > '~' }
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, bad)
}

// method is the method for the log: whatever is no word of HTTP is "other".
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// Recover turns a panic into a 500 and logs it with its stack. When the reply has begun it is
// broken off, so that no caller takes half of it for the whole.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply, ok := w.(*response)
		if !ok {
			reply = &response{ResponseWriter: w}
		}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares so
				panic(v)
			}
			slog.ErrorContext(r.Context(), "panic", slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
			if reply.status != 0 {
				panic(http.ErrAbortHandler)
			}
			writeProblem(reply, r, newProblem(http.StatusInternalServerError, "internal", "internal error"))
		}()
		next.ServeHTTP(reply, r)
	})
}

// Deadline bounds a request's context: by the timeout, and by what its header deadline.Header has left
// of the time of whoever calls. A timeout that is not positive leaves it as it is.
func Deadline(timeout time.Duration, next http.Handler) http.Handler {
	if timeout <= 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		left, err := deadline.Enter(r.Header, timeout)
		if err != nil {
			WriteError(w, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), left)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// response remembers what was answered, and takes the first status only.
type response struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader sends the status, once.
func (w *response) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status >= http.StatusOK { // not the interim ones
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what was written so far; streams need it.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is Flush for http.ResponseController, which gives its error on: so a stream learns that
// its reader is gone.
func (w *response) FlushError() error { return http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
