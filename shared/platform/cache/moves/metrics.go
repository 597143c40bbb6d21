package moves

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of heads and marks; without a provider they do nothing.
var (
	meter        = otel.Meter("innkeep.internal/shared/platform/cache/moves")
	moveCount, _ = meter.Int64Counter("innkeep.cache.heads.moves", metric.WithUnit("{head}"),
		metric.WithDescription("Heads that were to be moved, by the outcome of their write."))
	markCount, _ = meter.Int64Counter("innkeep.cache.marks", metric.WithUnit("{mark}"),
		metric.WithDescription("Marks that were to be moved, by outcome."))
	coalesced, _ = meter.Int64Counter("innkeep.cache.heads.coalesced", metric.WithUnit("{event}"),
		metric.WithDescription("Events that needed no move of their own: another one's took them along."))
	refused, _ = meter.Int64Counter("innkeep.cache.heads.refused", metric.WithUnit("{head}"),
		metric.WithDescription("Heads that Firestore did not take, after all retries; their events are parked."))
	batchSize, _ = meter.Int64Histogram("innkeep.cache.heads.batch", metric.WithUnit("{head}"),
		metric.WithDescription("Heads of one flush."), metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 20, 50, 100))
	lag, _ = meter.Float64Histogram("innkeep.cache.heads.lag", metric.WithUnit("s"),
		metric.WithDescription("From the commit of the oldest event of a move to the move."))
	depth, _ = meter.Int64UpDownCounter("innkeep.cache.heads.queue", metric.WithUnit("{head}"),
		metric.WithDescription("Heads with news that wait to be moved or are being moved."))
)

func counted(ctx context.Context, c metric.Int64Counter, n int64, err error) {
	c.Add(ctx, n, metric.WithAttributes(attribute.String("innkeep.outcome", outcome(err))))
}
