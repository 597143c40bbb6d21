package spannerdb

import (
	"context"

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

var (
	inUse, _ = meter.Int64ObservableGauge("innkeep.routes.in_use", metric.WithUnit("{call}"),
		metric.WithDescription("Calls under way, by route; the leader's include strong reads and writes."))
	out, _ = meter.Int64ObservableGauge("innkeep.routes.out", metric.WithUnit("{route}"),
		metric.WithDescription("1 for a route that is out or on trial, by route."))
)

// observe tells what the pool's routes are at, until the function that it gives is called.
func observe(pool *route.Pool) (stop func() error, _ error) {
	reg, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, s := range pool.States() {
			at := metric.WithAttributes(routeName(s.Name))
			o.ObserveInt64(inUse, int64(s.InUse), at)
			var isOut int64
			if s.Phase != route.Serving {
				isOut = 1
			}
			o.ObserveInt64(out, isOut, at)
		}
		return nil
	}, inUse, out)
	if err != nil {
		return nil, err
	}
	return reg.Unregister, nil
}

func routeName(name string) attribute.KeyValue { return attribute.String("innkeep.route", name) }

// countRead counts a read along a route. mine says that it ended with its caller's own error.
func countRead(ctx context.Context, name string, res route.Result, err error, mine bool) {
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
	at := routeName(name)
	readCount.Add(ctx, 1, metric.WithAttributes(at, attribute.String("innkeep.outcome", outcome)))
	if res.FirstRow > 0 {
		readTime.Record(ctx, res.FirstRow.Seconds(), metric.WithAttributes(at))
	}
}

func countEjection(ctx context.Context, name, why string) {
	ejections.Add(ctx, 1, metric.WithAttributes(routeName(name), attribute.String("innkeep.reason", why)))
}
