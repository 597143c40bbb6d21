package daybookstore

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/core/fault"
)

// The instruments of the write path; without a provider they do nothing.
var (
	meter           = otel.Meter("innkeep.internal/shared/store/daybookstore")
	commandCount, _ = meter.Int64Counter("innkeep.daybook.commands", metric.WithUnit("{command}"),
		metric.WithDescription("Commands answered, by operation and outcome."))
	commitCells, _ = meter.Int64Histogram("innkeep.daybook.commit.cells", metric.WithUnit("{cell}"),
		metric.WithDescription("Cells of a commit of the day book; Spanner takes 80,000."))
	groupSize, _ = meter.Int64Histogram("innkeep.daybook.group.commands", metric.WithUnit("{command}"),
		metric.WithDescription("Commands of a property that shared a transaction because they waited together."))
)

// answeredMetric counts one command's answer.
func answeredMetric(ctx context.Context, operation string, r Receipt, err error) {
	outcome := "effect"
	switch kind := fault.KindOf(err); {
	case err == nil && r.Replayed:
		outcome = "replay"
	case err == nil:
	case kind == fault.Internal:
		outcome = "defect"
	case kind == fault.Unavailable:
		outcome = "unavailable"
	case kind == fault.OutcomeUnknown:
		outcome = "unknown"
	default:
		outcome = "refused"
	}
	commandCount.Add(ctx, 1, metric.WithAttributes(
		attribute.String("innkeep.operation", operation), attribute.String("innkeep.outcome", outcome)))
}
