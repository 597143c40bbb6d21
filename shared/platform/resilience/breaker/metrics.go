package breaker

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of breakers; without a provider they do nothing.
var (
	meter           = otel.Meter("innkeep.internal/shared/platform/resilience/breaker")
	turnCount, _    = meter.Int64Counter("innkeep.breaker.changes", metric.WithUnit("{change}"), metric.WithDescription("Changes of mode, by breaker and the mode that it has now: closed, open, half_open."))
	refusedCount, _ = meter.Int64Counter("innkeep.breaker.refused", metric.WithUnit("{call}"), metric.WithDescription("Calls that were not made because the breaker was open, by breaker."))
)

func turned(ctx context.Context, name string, to Mode) {
	turnCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.breaker", name), attribute.String("innkeep.mode", to.String())))
}

func refused(ctx context.Context, name string) {
	refusedCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.breaker", name)))
}
