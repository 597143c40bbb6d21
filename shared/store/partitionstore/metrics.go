package partitionstore

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of partitions; without a provider they do nothing.
var (
	meter          = otel.Meter("innkeep.internal/shared/store/partitionstore")
	lookedAt, _    = meter.Int64Counter("innkeep.partitions.properties", metric.WithUnit("{property}"), metric.WithDescription("Properties whose periods were looked at."))
	made, _        = meter.Int64Counter("innkeep.partitions.periods", metric.WithUnit("{period}"), metric.WithDescription("Periods that were made ahead of their month."))
	endedShards, _ = meter.Int64Gauge("innkeep.partitions.ended", metric.WithUnit("{shard}"), metric.WithDescription("Shards whose pass of the day has ended, of 16."))
)

func observe(ctx context.Context, p Pass) {
	lookedAt.Add(ctx, p.Properties)
	made.Add(ctx, p.Periods)
	endedShards.Record(ctx, int64(p.Ended))
}
