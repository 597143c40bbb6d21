package history

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// The instruments of the history; without a provider they do nothing.
var (
	meter         = otel.Meter("innkeep.internal/shared/store/history")
	pageEvents, _ = meter.Int64Histogram("innkeep.history.page.events", metric.WithUnit("{event}"),
		metric.WithDescription("Events of a page, after the filters."))
	narrowCount, _ = meter.Int64Counter("innkeep.history.narrowings", metric.WithUnit("{read}"),
		metric.WithDescription("Reads of the index that met more events than a window holds."))
)

func observe(ctx context.Context, p Page) { pageEvents.Record(ctx, int64(len(p.Events))) }
