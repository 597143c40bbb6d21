package reportapi

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/domain/report"
)

var meter = otel.Meter("innkeep.internal/shared/api/reportapi")

var (
	disproved, _ = meter.Int64Counter("innkeep.reports.disproved",
		metric.WithUnit("{report}"), metric.WithDescription("Reports that were refused since their own proof failed: debits and credits, or accounts and days, differ."))
	byEntries, _ = meter.Int64Counter("innkeep.reports.by_entries",
		metric.WithUnit("{property}"), metric.WithDescription("Properties whose payments were read from entries, since accounts of their chart do not tell them apart."))
)

// proved counts a report that its own proof refuses; the error goes on.
func proved(ctx context.Context, err error) error {
	if errors.Is(err, report.ErrUnbalanced) || errors.Is(err, report.ErrFlowsDiffer) {
		disproved.Add(ctx, 1)
	}
	return err
}
