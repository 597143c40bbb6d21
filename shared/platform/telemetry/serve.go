package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

const scope = "innkeep.internal/shared/platform/telemetry"

// What a function measures of its requests. The name is our own: what callers see is measured at the
// door, as http.server.request.duration, and a sum over both would count each request twice.
var (
	tracer      = otel.Tracer(scope)
	duration, _ = otel.Meter(scope).Float64Histogram("innkeep.function.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from a request to its answer at the function, by method, route and status."),
		// The boundaries of http.server.request.duration in the semantic conventions; 0.5 s is the promise.
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10))
)

// Call is one request that the process serves.
type Call struct {
	span    trace.Span
	began   time.Time
	exports *Exports // nil where there are none
	export  <-chan struct{}
}

// Begin opens a request's span, below the caller's where he sent a traceparent, and ties the log to it.
// The call must be ended.
func Begin(ctx context.Context, requestID, traceparent string) (context.Context, *Call) {
	first.Do(func() { instance(context.WithoutCancel(ctx)) })
	c := &Call{began: time.Now(), exports: current.Load()}
	if c.exports != nil {
		c.exports.active.Add(1)
		c.export = c.exports.due(ctx)
	}
	r := Request{ID: requestID}
	r.TraceID, r.SpanID, r.Sampled = ParseTraceparent(traceparent)
	ctx, c.span = tracer.Start(remote(ctx, r), "request", trace.WithSpanKind(trace.SpanKindServer)) //nolint:spancheck // the call ends it
	if sc := c.span.SpanContext(); sc.IsValid() {
		r.TraceID, r.SpanID, r.Sampled = sc.TraceID().String(), sc.SpanID().String(), sc.IsSampled()
	}
	return With(ctx, r), c
}

// remote is ctx with the caller's span as the parent of what begins.
func remote(ctx context.Context, r Request) context.Context {
	id, err := trace.TraceIDFromHex(r.TraceID)
	if err != nil {
		return ctx
	}
	span, err := trace.SpanIDFromHex(r.SpanID)
	if err != nil {
		return ctx
	}
	var flags trace.TraceFlags
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: span, TraceFlags: flags.WithSampled(r.Sampled), Remote: true,
	}))
}

// End measures the request and closes its span: method is a word of HTTP or "other", route the pattern
// of the path, empty where none was found. It waits a moment for an export that began with the request.
func (c *Call) End(ctx context.Context, method, route string, status int) {
	attrs := []attribute.KeyValue{
		attribute.String("http.request.method", method), attribute.Int("http.response.status_code", status),
	}
	if route != "" {
		attrs = append(attrs, attribute.String("http.route", route))
	}
	duration.Record(ctx, time.Since(c.began).Seconds(), metric.WithAttributes(attrs...))
	if c.span.IsRecording() {
		c.span.SetName(method + " " + route)
		c.span.SetAttributes(attrs...)
		if status >= 500 {
			c.span.SetStatus(codes.Error, "")
		}
	}
	c.span.End()
	if c.exports == nil {
		return
	}
	if c.export != nil {
		timer := time.NewTimer(flushWait)
		defer timer.Stop()
		select {
		case <-c.export:
		case <-timer.C:
		}
	}
	c.exports.active.Add(-1)
}
