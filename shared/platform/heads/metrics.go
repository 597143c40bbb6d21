package heads

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of the heads; without a provider they do nothing.
var (
	meter        = otel.Meter("innkeep.internal/shared/platform/heads")
	moveCount, _ = meter.Int64Counter("innkeep.heads.moves", metric.WithUnit("{head}"),
		metric.WithDescription("Heads that were to be moved, by the outcome of their commit."))
	wakeCount, _ = meter.Int64Counter("innkeep.heads.wakes", metric.WithUnit("{wake}"),
		metric.WithDescription("Watchers that were told of a move."))
	watchers, _ = meter.Int64UpDownCounter("innkeep.heads.watchers", metric.WithUnit("{watcher}"),
		metric.WithDescription("Watches that are open."))
	listeners, _ = meter.Int64UpDownCounter("innkeep.heads.listeners", metric.WithUnit("{listener}"),
		metric.WithDescription("Firestore listeners that are open: one a name that is watched."))
	failureCount, _ = meter.Int64Counter("innkeep.heads.listener.failures", metric.WithUnit("{failure}"),
		metric.WithDescription("Listeners that ended by themselves and were made anew."))
)
