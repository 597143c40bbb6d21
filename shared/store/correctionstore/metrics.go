package correctionstore

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of corrections; without a provider they do nothing.
var (
	meter       = otel.Meter("innkeep.internal/shared/store/correctionstore")
	detected, _ = meter.Int64Counter("innkeep.corrections.detected", metric.WithUnit("{correction}"),
		metric.WithDescription("Differences between day rows and events that were queued, by cause and source. There should be none."))
	settled, _ = meter.Int64Counter("innkeep.corrections.settled", metric.WithUnit("{correction}"),
		metric.WithDescription("What became of corrections: repaired, gone, restored, proposed, rejected, parked; retried after a failure."))
	waits, _ = meter.Int64Gauge("innkeep.corrections.backlog", metric.WithUnit("{correction}"),
		metric.WithDescription("Corrections that are due, 1,000 at most."))
	age, _ = meter.Int64Gauge("innkeep.corrections.backlog.age", metric.WithUnit("s"),
		metric.WithDescription("How long the oldest of them has been due."))
	batches, _ = meter.Int64Histogram("innkeep.corrections.batch", metric.WithUnit("{correction}"),
		metric.WithDescription("Corrections of a batch: 100, or fewer after 5 minutes."))
	swept, _ = meter.Int64Counter("innkeep.corrections.swept", metric.WithUnit("{property}"),
		metric.WithDescription("Properties whose day rows were compared with their events, by sweep."))
)

func detectedMetric(ctx context.Context, c Correction) {
	detected.Add(ctx, 1, metric.WithAttributes(
		attribute.String("innkeep.cause", string(c.Cause)), attribute.String("innkeep.source", string(c.Source))))
}

func settledMetric(ctx context.Context, c Correction) {
	outcome := string(c.Status)
	switch c.Status {
	case Done:
		outcome = string(c.Outcome)
	case Queued:
		outcome = "retried"
	case Proposed, Parked, Rejected:
	}
	settled.Add(ctx, 1, metric.WithAttributes(
		attribute.String("innkeep.outcome", strings.ToLower(outcome)), attribute.String("innkeep.cause", string(c.Cause))))
}

func backlogMetric(ctx context.Context, all []item, now time.Time) {
	waits.Record(ctx, int64(len(all)))
	oldest := now
	if len(all) > 0 {
		oldest = all[0].dueAt
	}
	age.Record(ctx, int64(now.Sub(oldest)/time.Second))
}

func batchMetric(ctx context.Context, n int) { batches.Record(ctx, int64(n)) }

func sweptMetric(ctx context.Context, sweep string, n int) {
	swept.Add(ctx, int64(n), metric.WithAttributes(attribute.String("innkeep.sweep", strings.ToLower(sweep))))
}
