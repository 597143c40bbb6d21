package pushfn

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
)

// answer is how a request is answered, counted and logged.
type answer struct {
	status  int
	outcome string
	level   slog.Level
}

var (
	done     = answer{http.StatusNoContent, "done", slog.LevelDebug}
	timedOut = answer{http.StatusServiceUnavailable, "timed_out", slog.LevelWarn}
	defect   = answer{http.StatusInternalServerError, "defect", slog.LevelError}
)

// answers is the one table from kind to answer. Pub/Sub acknowledges on 204 and tries everything
// else again, after the pause of the subscription. What can never succeed is not acknowledged
// either: so it comes to the dead letters, where a person finds it.
var answers = map[fault.Kind]answer{
	fault.Internal:        defect,
	fault.Unavailable:     {http.StatusServiceUnavailable, "unavailable", slog.LevelWarn},
	fault.OutcomeUnknown:  {http.StatusServiceUnavailable, "unavailable", slog.LevelWarn},
	fault.Conflict:        {http.StatusServiceUnavailable, "busy", slog.LevelWarn}, // another one is at it
	fault.Limited:         {http.StatusTooManyRequests, "limited", slog.LevelWarn},
	fault.Malformed:       {http.StatusBadRequest, "refused", slog.LevelError},
	fault.Invalid:         {http.StatusBadRequest, "refused", slog.LevelError},
	fault.KeyReused:       {http.StatusBadRequest, "refused", slog.LevelError},
	fault.NotFound:        {http.StatusNotFound, "refused", slog.LevelError},
	fault.TooLarge:        {http.StatusRequestEntityTooLarge, "refused", slog.LevelError},
	fault.Unauthenticated: {http.StatusUnauthorized, "unauthenticated", slog.LevelWarn},
	fault.Denied:          {http.StatusForbidden, "denied", slog.LevelWarn},
}

// answerTo is the answer to a request that ended with err. A deadline that ended it is no defect,
// whatever error came of it, and neither is a database that is away.
func answerTo(ctx context.Context, err error) answer {
	if err == nil {
		return done
	}
	if fault.KindOf(err) == fault.Internal && !errors.Is(err, errPanic) {
		code := status.Code(err)
		switch {
		case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), code == codes.DeadlineExceeded:
			return timedOut
		case code == codes.Unavailable, code == codes.Aborted, code == codes.ResourceExhausted:
			return answers[fault.Unavailable]
		}
	}
	if a, ok := answers[fault.KindOf(err)]; ok {
		return a
	}
	return defect
}

// The instruments of push functions; without a provider they do nothing.
var (
	meter           = otel.Meter("innkeep.internal/shared/platform/pushfn")
	messageCount, _ = meter.Int64Counter("innkeep.push.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Messages and sweeps answered, by function, trigger (push, sweep, unknown) and outcome."))
	duration, _ = meter.Float64Histogram("innkeep.push.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from request to answer, by function, trigger and outcome."))
)

func answeredMetric(ctx context.Context, function, trigger, outcome string, took time.Duration) {
	attrs := metric.WithAttributes(attribute.String("innkeep.function", function),
		attribute.String("innkeep.trigger", trigger), attribute.String("innkeep.outcome", outcome))
	messageCount.Add(ctx, 1, attrs)
	duration.Record(ctx, took.Seconds(), attrs)
}
