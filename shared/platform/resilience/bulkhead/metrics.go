package bulkhead

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/platform/resilience/priority"
)

// The instruments of bulkheads; without a provider they do nothing. Who enters without a wait is not
// counted here: requests are counted where they are answered.
var (
	meter        = otel.Meter("innkeep.internal/shared/platform/resilience/bulkhead")
	shedCount, _ = meter.Int64Counter("innkeep.bulkhead.shed", metric.WithUnit("{call}"),
		metric.WithDescription("Calls that did not get in, by bulkhead, class and outcome: refused, displaced, timed_out, left."))
	waitTime, _ = meter.Float64Histogram("innkeep.bulkhead.wait", metric.WithUnit("s"),
		metric.WithDescription("Time that calls waited, of those that had to, by bulkhead, class and outcome."))
)

func attributes(name string, c priority.Class, outcome string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("innkeep.bulkhead", name),
		attribute.String("innkeep.class", c.String()), attribute.String("innkeep.outcome", outcome))
}

func count(ctx context.Context, name string, c priority.Class, outcome string) {
	shedCount.Add(ctx, 1, attributes(name, c, outcome))
}

func waited(ctx context.Context, name string, c priority.Class, outcome string, took time.Duration) {
	waitTime.Record(ctx, took.Seconds(), attributes(name, c, outcome))
}
