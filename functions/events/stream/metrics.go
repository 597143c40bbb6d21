package stream

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of history and streams; without a provider they do nothing.
var (
	meter          = otel.Meter("innkeep.internal/functions/events/stream")
	openStreams, _ = meter.Int64UpDownCounter("innkeep.events.streams", metric.WithUnit("{stream}"),
		metric.WithDescription("Live streams that are open."))
	refusedCount, _ = meter.Int64Counter("innkeep.events.streams.refused", metric.WithUnit("{stream}"),
		metric.WithDescription("Live streams that found no room."))
	endCount, _ = meter.Int64Counter("innkeep.events.streams.ends", metric.WithUnit("{stream}"),
		metric.WithDescription("Live streams that ended, by reason."))
	sentCount, _ = meter.Int64Counter("innkeep.events.streams.sent", metric.WithUnit("{event}"),
		metric.WithDescription("Events that were written to live streams."))
	leftOut, _ = meter.Int64Counter("innkeep.events.unreadable", metric.WithUnit("{event}"),
		metric.WithDescription("Events that were left out of history and streams, since they cannot be read."))
)

func ended(why string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("innkeep.reason", why))
}
