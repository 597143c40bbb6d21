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
		metric.WithDescription("Calls that did not get in, by bulkhead and class."))
	waitTime, _ = meter.Float64Histogram("innkeep.bulkhead.wait", metric.WithUnit("s"),
		metric.WithDescription("Time that calls waited, of those that had to, by bulkhead, class and outcome: entered, displaced, timed_out, left."))
)

// shedBy is the options of shedCount, by class.
func shedBy(name string) (options [priority.Classes][]metric.AddOption) {
	for _, c := range priority.All() {
		options[c] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(
			attribute.String("innkeep.bulkhead", name), attribute.String("innkeep.class", c.String())))}
	}
	return options
}

func waited(ctx context.Context, name string, c priority.Class, outcome string, took time.Duration) {
	waitTime.Record(ctx, took.Seconds(), metric.WithAttributes(attribute.String("innkeep.bulkhead", name),
		attribute.String("innkeep.class", c.String()), attribute.String("innkeep.outcome", outcome)))
}
