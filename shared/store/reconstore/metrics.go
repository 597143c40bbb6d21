package reconstore

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/core/fault"
)

// The instruments of reconciliation; without a provider they do nothing.
var (
	meter       = otel.Meter("innkeep.internal/shared/store/reconstore")
	actCount, _ = meter.Int64Counter("innkeep.reconcile.acts", metric.WithUnit("{act}"),
		metric.WithDescription("What was asked for about reconciliations, by operation and outcome."))
	lineCount, _ = meter.Int64Counter("innkeep.reconcile.lines", metric.WithUnit("{line}"),
		metric.WithDescription("Statement lines that were imported."))
	matchCount, _ = meter.Int64Counter("innkeep.reconcile.matches", metric.WithUnit("{match}"),
		metric.WithDescription("Matches that were made, by origin."))
)

func observe(ctx context.Context, op Operation, outcome string) {
	actCount.Add(ctx, 1, metric.WithAttributes(
		attribute.String("innkeep.operation", string(op)), attribute.String("innkeep.outcome", outcome)))
}

func observeMatches(ctx context.Context, o Origin, n int) {
	matchCount.Add(ctx, int64(n), metric.WithAttributes(attribute.String("innkeep.origin", string(o))))
}

// outcomeOf names the failure of an act.
func outcomeOf(err error) string {
	switch fault.KindOf(err) {
	case fault.Internal:
		return "defect"
	case fault.Unavailable:
		return "unavailable"
	case fault.OutcomeUnknown:
		return "unknown"
	}
	return "refused"
}
