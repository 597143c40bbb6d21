package spannerdb

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/platform/spannerdb/route"
)

// The instruments of read routes; without a provider they do nothing.
var (
	meter       = otel.Meter("innkeep.internal/shared/platform/spannerdb")
	readTime, _ = meter.Float64Histogram("innkeep.routes.first_row", metric.WithUnit("s"),
		metric.WithDescription("How long reads along the routes took to their first row, by route."))
	readCount, _ = meter.Int64Counter("innkeep.routes.reads", metric.WithUnit("{read}"),
		metric.WithDescription("Reads along the routes, by route and outcome; a repeated one failed there and went elsewhere."))
	ejections, _ = meter.Int64Counter("innkeep.routes.ejections", metric.WithUnit("{ejection}"),
		metric.WithDescription("Read routes taken out, by route and reason."))
)

// metrics counts for one database.
type metrics struct{}

func (metrics) read(ctx context.Context, name string, res route.Result, err error, mine bool) {
	outcome := "answered"
	switch {
	case mine:
		outcome = "stopped" // by its caller's own error
	case err == nil:
	case ctx.Err() != nil:
		outcome = "given_up"
	case name == leaderName:
		outcome = "failed"
	default:
		outcome = "repeated"
	}
	at := attribute.String("innkeep.route", name)
	readCount.Add(ctx, 1, metric.WithAttributes(at, attribute.String("innkeep.outcome", outcome)))
	if res.FirstRow > 0 {
		readTime.Record(ctx, time.Duration(res.FirstRow).Seconds(), metric.WithAttributes(at))
	}
}

func (metrics) ejected(ctx context.Context, name, why string) {
	ejections.Add(ctx, 1, metric.WithAttributes(attribute.String("innkeep.route", name), attribute.String("innkeep.reason", why)))
}
