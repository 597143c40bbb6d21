package warm

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of warming; without a provider they do nothing.
var (
	meter     = otel.Meter("innkeep.internal/functions/cache/warm")
	warmed, _ = meter.Int64Counter("innkeep.cache.warmed", metric.WithUnit("{report}"),
		metric.WithDescription("Reports that were made ahead, by report and outcome."))
	leftOut, _ = meter.Int64Counter("innkeep.cache.warm.left_out", metric.WithUnit("{property}"),
		metric.WithDescription("Properties whose reports were not made ahead, since too many waited."))
)

func counted(ctx context.Context, report string, err error) {
	outcome := "made"
	if err != nil {
		outcome = "failed"
	}
	warmed.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.report", report), attribute.String("innkeep.outcome", outcome)))
}
