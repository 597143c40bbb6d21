package edge

import (
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// What became of a call.
const (
	answered = "answered" // by its function, whatever it said
	refused  = "refused"  // not passed on
	failed   = "failed"   // passed on, or tried to, and no answer came
	canceled = "canceled" // the caller has gone
	broken   = "broken"   // its function's answer ended before it was whole
	itself   = "own"      // the door's own answer
)

// The instrument of the door; without a provider it does nothing. Name, unit, attributes and buckets are
// those of OpenTelemetry's semantic conventions for HTTP servers.
var (
	meter       = otel.Meter("innkeep.internal/functions/gateway/edge")
	duration, _ = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10))
)

// record counts the call when it is over, however it ends.
func (v *visit) record(r *http.Request) {
	if !duration.Enabled(r.Context()) {
		return
	}
	scheme := "https"
	if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") != "https" {
		scheme = "http"
	}
	v.judge(r)
	attrs := make([]attribute.KeyValue, 0, 7)
	attrs = append(attrs, attribute.String("http.request.method", method(r)), attribute.String("url.scheme", scheme),
		attribute.String("innkeep.outcome", v.outcome))
	if v.route != nil {
		attrs = append(attrs, attribute.String("http.route", v.route.pattern), attribute.String("innkeep.upstream", v.route.upstream.Name))
	}
	if v.reply.status != 0 {
		attrs = append(attrs, attribute.Int("http.response.status_code", v.reply.status))
	}
	switch {
	case v.outcome == canceled, v.outcome == broken:
		attrs = append(attrs, attribute.String("error.type", v.outcome))
	case v.reply.status >= http.StatusInternalServerError:
		attrs = append(attrs, attribute.String("error.type", strconv.Itoa(v.reply.status)))
	}
	duration.Record(r.Context(), time.Since(v.began).Seconds(), metric.WithAttributes(attrs...))
}

// judge says what became of a call of which nobody has said it, or not the end.
func (v *visit) judge(r *http.Request) {
	switch {
	case v.outcome == "" && v.route == nil:
		v.outcome = itself
	case v.outcome == "": // by the token check
		v.outcome = refused
	case v.outcome != answered || v.whole:
	case r.Context().Err() != nil:
		v.outcome = canceled
	default:
		v.outcome = broken
	}
}

// method is the method, "_OTHER" for what is no word of HTTP.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "_OTHER"
}
