// Package telemetry writes logs in the form that Cloud Logging understands, each line tied to the
// trace and the request that it belongs to.
//
// It knows no exporter: traces are made by whoever calls, and only carried here.
package telemetry

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"
)

type ctxKey struct{}

// Request says to which request a line of the log belongs.
type Request struct {
	ID      string // X-Request-Id
	TraceID string // 32 hexadecimal digits, empty when the caller sent no traceparent
	SpanID  string // 16 hexadecimal digits
	Sampled bool
}

// With is ctx, carrying r for the log.
func With(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, ctxKey{}, r)
}

// From is the Request that ctx carries; its zero value when there is none.
func From(ctx context.Context) Request {
	r, _ := ctx.Value(ctxKey{}).(Request)
	return r
}

// ParseTraceparent reads the header traceparent (W3C Trace Context, level 1). What is not of its
// form gives empty ids: a bad header must not fail a request.
func ParseTraceparent(header string) (traceID, spanID string, sampled bool) {
	parts := strings.Split(header, "-")
	if len(parts) < 4 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 {
		return "", "", false
	}
	if !isHex(parts[0], 1) || !isHex(parts[1], 16) || !isHex(parts[2], 8) || !isHex(parts[3], 1) {
		return "", "", false
	}
	if strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		return "", "", false
	}
	flags, _ := hex.DecodeString(parts[3])
	return parts[1], parts[2], flags[0]&1 == 1
}

// NewTraceparent is the header of a request that begins a trace, which is not sampled.
func NewTraceparent() string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], rand.Uint64())    //nolint:gosec // G404: an id is no secret
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1) //nolint:gosec // G404; all zeros would be no id
	return Request{TraceID: hex.EncodeToString(id[:])}.Traceparent()
}

// Traceparent is the header of a call that is made for r: it has r's trace and a span of its own.
func (r Request) Traceparent() string {
	var b [55]byte
	text := append(b[:0], "00-"...)
	text = append(text, r.TraceID...)
	text = append(text, '-')
	var span [8]byte
	binary.BigEndian.PutUint64(span[:], rand.Uint64()|1) //nolint:gosec // G404: an id is no secret
	text = hex.AppendEncode(text, span[:])
	if r.Sampled {
		return string(append(text, "-01"...))
	}
	return string(append(text, "-00"...))
}

func isHex(s string, bytes int) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == bytes && strings.ToLower(s) == s
}

// Logger is the default logger with the request of ctx: for code that logs without ctx.
func Logger(ctx context.Context) *slog.Logger {
	h, ok := slog.Default().Handler().(*handler)
	if !ok {
		return slog.Default()
	}
	return slog.New(h.WithAttrs(h.attrs(ctx)))
}

// NewHandler writes lines of JSON for Cloud Logging to w: severity, message, time in UTC, and the
// trace of ctx as projects/<project>/traces/<id> (without a project, the id alone).
func NewHandler(w io.Writer, project string, level slog.Leveler) slog.Handler {
	json := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: rename})
	return &handler{Handler: json, project: project}
}

type handler struct {
	slog.Handler
	project string
}

// Handle adds the request of ctx. slog calls it once a line.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if attrs := h.attrs(ctx); len(attrs) > 0 {
		r = r.Clone()
		r.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the handler's own kind.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs), h.project}
}

// WithGroup keeps the handler's own kind. Lines of a group carry the request inside of it, where
// Cloud Logging does not look: use groups as attributes (slog.Group) instead.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.Handler.WithGroup(name), h.project}
}

func (h *handler) attrs(ctx context.Context) []slog.Attr {
	r := From(ctx)
	var attrs []slog.Attr
	if r.ID != "" {
		attrs = append(attrs, slog.String("requestId", r.ID))
	}
	if r.TraceID == "" {
		return attrs
	}
	trace := r.TraceID
	if h.project != "" {
		trace = "projects/" + h.project + "/traces/" + trace
	}
	return append(attrs, slog.String("logging.googleapis.com/trace", trace),
		slog.String("logging.googleapis.com/spanId", r.SpanID),
		slog.Bool("logging.googleapis.com/trace_sampled", r.Sampled))
}

// rename gives slog's own attributes the names and values of Cloud Logging.
func rename(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		if a.Value.Kind() == slog.KindTime {
			return slog.String("time", a.Value.Time().UTC().Format(time.RFC3339Nano))
		}
	case slog.MessageKey:
		return slog.Attr{Key: "message", Value: a.Value}
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String("severity", severity(level))
		}
	}
	return a
}

func severity(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "DEBUG"
	case level < slog.LevelWarn:
		return "INFO"
	case level < slog.LevelError:
		return "WARNING"
	}
	return "ERROR"
}
