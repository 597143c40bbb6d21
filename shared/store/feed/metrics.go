package feed

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/store/eventlog"
)

var (
	meter = otel.Meter("innkeep.internal/shared/store/feed")

	taken, _   = meter.Int64Counter("innkeep.feed.events", metric.WithUnit("{event}"), metric.WithDescription("Events that a consumer has taken."))
	aside, _   = meter.Int64Counter("innkeep.feed.parked", metric.WithUnit("{event}"), metric.WithDescription("Events that a consumer has set aside."))
	latency, _ = meter.Float64Histogram("innkeep.feed.latency", metric.WithUnit("s"),
		metric.WithDescription("From an event's commit to the commit of its effects."))
)

// observe counts a batch that is committed, and tells of what was parked: once, here.
func observe(ctx context.Context, consumer string, now time.Time, events []eventlog.Stored, set []Parked) {
	of := metric.WithAttributes(attribute.String("innkeep.consumer", consumer))
	taken.Add(ctx, int64(len(events)), of)
	for _, e := range events {
		latency.Record(ctx, now.Sub(e.At).Seconds(), of)
	}
	for _, p := range set {
		if p.Status != StatusParked {
			continue
		}
		slog.ErrorContext(ctx, "an event is parked", "consumer", consumer, "org", string(p.Book.Org),
			"property", string(p.Book.Property), "stream", p.Stream, "version", p.Version, "cause", p.Cause)
	}
	aside.Add(ctx, int64(len(set)), of)
}
