package limiter

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/platform/resilience/priority"
)

// The instruments of limiters; without a provider they do nothing. Calls that go on are not counted
// here: requests are counted where they are answered.
var (
	meter           = otel.Meter("innkeep.internal/shared/platform/resilience/limiter")
	limitedCount, _ = meter.Int64Counter("innkeep.limiter.limited", metric.WithUnit("{call}"), metric.WithDescription("Calls that were refused, by limiter and class."))
	leaseCount, _   = meter.Int64Counter("innkeep.limiter.leases", metric.WithUnit("{lease}"), metric.WithDescription("Rounds of the ledger, by limiter and outcome: done, failed."))
)

// limitedBy is the options of limitedCount, by class: a refusal is to cost little.
func limitedBy(name string) (options [priority.Classes][]metric.AddOption) {
	for _, c := range priority.All() {
		options[c] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(
			attribute.String("innkeep.limiter", name), attribute.String("innkeep.class", c.String())))}
	}
	return options
}

func leased(ctx context.Context, name string, err error) {
	outcome := "done"
	if err != nil {
		outcome = "failed"
	}
	leaseCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.limiter", name), attribute.String("innkeep.outcome", outcome)))
}
