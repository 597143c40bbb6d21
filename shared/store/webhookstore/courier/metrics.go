package courier

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/store/webhookstore"
)

// The instruments of webhooks; without a provider they do nothing.
var (
	meter            = otel.Meter("innkeep.internal/shared/store/webhookstore/courier")
	deliveryCount, _ = meter.Int64Counter("innkeep.webhooks.deliveries", metric.WithUnit("{delivery}"),
		metric.WithDescription("Deliveries tried, by outcome: delivered, refused, why there was no answer, skipped, unreadable."))
	duration, _ = meter.Float64Histogram("innkeep.webhooks.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from a message to its answer, or to none, by outcome."))
	parkedCount, _ = meter.Int64Counter("innkeep.webhooks.parked", metric.WithUnit("{delivery}"),
		metric.WithDescription("Deliveries given up: after 3 days, with their endpoint, or as unreadable."))
)

// deliveredMetric counts one delivery; took is 0 when nothing was sent.
func deliveredMetric(ctx context.Context, outcome string, took time.Duration) {
	attrs := metric.WithAttributes(attribute.String("innkeep.outcome", outcome))
	deliveryCount.Add(ctx, 1, attrs)
	if took > 0 {
		duration.Record(ctx, took.Seconds(), attrs)
	}
}

func parkedMetric(ctx context.Context, n int) {
	if n > 0 {
		parkedCount.Add(ctx, int64(n))
	}
}

// unreadable logs an event that no receiver can be shown: a defect, which nobody else hears of.
func unreadable(ctx context.Context, d webhookstore.Delivery, err error) {
	slog.ErrorContext(ctx, "an event for a webhook is not readable", slog.String("org", string(d.Target.Org)),
		slog.String("endpoint", d.ID), slog.String("property", string(d.Property)), slog.String("stream", d.Stream),
		slog.Int64("version", d.Version), slog.Any("error", err))
}
