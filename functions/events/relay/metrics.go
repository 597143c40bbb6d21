package relay

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of the relay beside those of every consumer of the feed; without a provider they
// do nothing.
var (
	meter            = otel.Meter("innkeep.internal/functions/events/relay")
	publishFailed, _ = meter.Int64Counter("innkeep.relay.publish.failures", metric.WithUnit("{batch}"),
		metric.WithDescription("Batches that were not wholly published; they come again."))
	headsFailed, _ = meter.Int64Counter("innkeep.relay.heads.failures", metric.WithUnit("{head}"),
		metric.WithDescription("Heads that were not moved; live streams find the news by themselves, later."))
)
