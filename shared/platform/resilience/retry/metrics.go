package retry

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instrument of retries; without a provider it does nothing.
var (
	meter         = otel.Meter("innkeep.internal/shared/platform/resilience/retry")
	retryCount, _ = meter.Int64Counter("innkeep.retry.attempts", metric.WithUnit("{attempt}"),
		metric.WithDescription("Failed attempts of what may pass, by dependency and what followed: again, or the end by attempts, time or budget."))
)

func counted(ctx context.Context, name, outcome string) {
	retryCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.dependency", name), attribute.String("innkeep.outcome", outcome)))
}
