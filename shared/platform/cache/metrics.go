package cache

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of the cache of answers; without a provider they do nothing.
var (
	meter         = otel.Meter("innkeep.internal/shared/platform/cache")
	askedCount, _ = meter.Int64Counter("innkeep.cache.asked", metric.WithUnit("{question}"),
		metric.WithDescription("Questions to a level of the cache, by level (first, second) and outcome (hit, miss, stale: too old, changed, error)."))
	ageServed, _ = meter.Float64Histogram("innkeep.cache.age", metric.WithUnit("s"),
		metric.WithDescription("How long ago an answer was known to say what the books say, as it was given; by source."))
	fillTime, _ = meter.Float64Histogram("innkeep.cache.fill", metric.WithUnit("s"),
		metric.WithDescription("How long answers take to be made."))
	putCount, _ = meter.Int64Counter("innkeep.cache.puts", metric.WithUnit("{answer}"),
		metric.WithDescription("Answers for the second level, by outcome (stored, too_large, error)."))
	putBytes, _ = meter.Int64Counter("innkeep.cache.put.bytes", metric.WithUnit("By"),
		metric.WithDescription("Bytes that the second level was given."))
)

func asked(ctx context.Context, level, outcome string) {
	askedCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.level", level), attribute.String("innkeep.outcome", outcome)))
}

func puts(ctx context.Context, outcome string, n int) {
	putCount.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.outcome", outcome)))
	putBytes.Add(ctx, int64(n))
}

// served counts an answer.
func served(ctx context.Context, a Answer) {
	outcome := "miss"
	switch {
	case a.Source == First:
		outcome = "hit"
	case a.Stale:
		outcome = "stale"
	}
	asked(ctx, "first", outcome)
	ageServed.Record(ctx, a.Age.Seconds(), metric.WithAttributes(attribute.String("innkeep.source", a.Source.String())))
}

// String is the source as metrics and headers name it.
func (s Source) String() string { return [...]string{"made", "shared", "l1", "l2"}[s] }
