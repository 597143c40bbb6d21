package monitor

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/capacityapi"
	"innkeep.internal/shared/domain/capacity"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/telemetry"
	"innkeep.internal/shared/store/monitorstore"
)

// The instruments of the installation as a whole; without a provider they do nothing.
var (
	meter  = otel.Meter("innkeep.internal/functions/ops/monitor")
	lag, _ = meter.Float64Gauge("innkeep.feed.lag", metric.WithUnit("s"),
		metric.WithDescription("How far a consumer of the feed is behind, by consumer and shard; up to a minute where nothing happens."))
	parked, _ = meter.Int64Gauge("innkeep.feed.parked.waiting", metric.WithUnit("{event}"),
		metric.WithDescription("Events that a consumer has set aside and that wait for an operator."))
	due, _       = meter.Int64Gauge("innkeep.corrections.due", metric.WithUnit("{correction}"), metric.WithDescription("Corrections that are due, 1,000 at most."))
	oldest, _    = meter.Int64Gauge("innkeep.corrections.oldest", metric.WithUnit("s"), metric.WithDescription("How long the oldest of them has been due."))
	approvals, _ = meter.Int64Gauge("innkeep.approvals.waiting", metric.WithUnit("{entry}"), metric.WithDescription("Entries that wait for approval, 10,000 at most."))
	rate, _      = meter.Int64Gauge("innkeep.events.rate", metric.WithUnit("{event}/s"), metric.WithDescription("Events a second over the last 10 s, 2,000 at most."))
	used, _      = meter.Float64Gauge("innkeep.capacity.used", metric.WithUnit("1"), metric.WithDescription("The share of a limit that is used, by limit."))
)

// New makes the function on a backend.
func New(source api.Source) http.Handler {
	terms := api.Ops(priority.Feed)
	return pushfn.New("monitor", pushfn.Options{Timeout: terms.Timeout, Guard: terms.Guard("monitor"), Sweep: function{source}.sweep})
}

type function struct{ source api.Source }

func (f function) sweep(ctx context.Context) error {
	b, err := f.source(ctx)
	if err != nil {
		return err
	}
	c, r, err := capacityapi.Measure(ctx, b)
	if err != nil {
		return err
	}
	observe(ctx, c, r)
	level := slog.LevelInfo
	if c.State != string(capacity.Room) {
		level = slog.LevelWarn
	}
	slog.Log(ctx, level, "capacity", "verdict", c)
	return telemetry.Flush(ctx) // these figures are of this minute
}

func observe(ctx context.Context, c capacityapi.Capacity, r monitorstore.Reading) {
	for _, x := range r.Consumers {
		of := attribute.String("innkeep.consumer", x.Name)
		for shard, behind := range x.Lags {
			lag.Record(ctx, behind.Seconds(), metric.WithAttributes(of, attribute.String("innkeep.shard", strconv.Itoa(shard))))
		}
		parked.Record(ctx, x.Parked, metric.WithAttributes(of))
	}
	due.Record(ctx, int64(r.CorrectionsDue))
	oldest.Record(ctx, int64(r.CorrectionAge.Seconds()))
	approvals.Record(ctx, int64(r.ApprovalsWaiting))
	rate.Record(ctx, r.Events.All)
	share := map[string]int64{}
	for _, u := range c.Limits {
		share[u.Limit] = max(share[u.Limit], u.BasisPoints) // of several consumers the one that is behind most
	}
	for limit, basisPoints := range share {
		used.Record(ctx, float64(basisPoints)/10_000, metric.WithAttributes(attribute.String("innkeep.limit", limit)))
	}
}
