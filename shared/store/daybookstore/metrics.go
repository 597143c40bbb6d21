package daybookstore

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// The instruments of the write path; without a provider they do nothing.
var (
	meter           = otel.Meter("innkeep.internal/shared/store/daybookstore")
	commandCount, _ = meter.Int64Counter("innkeep.daybook.commands", metric.WithUnit("{command}"),
		metric.WithDescription("Commands answered, by operation and outcome."))
	commitCells, _ = meter.Int64Histogram("innkeep.daybook.commit.cells", metric.WithUnit("{cell}"),
		metric.WithDescription("Cells of a commit of the day book; Spanner takes 80,000."))
	groupSize, _ = meter.Int64Histogram("innkeep.daybook.group.commands", metric.WithUnit("{command}"),
		metric.WithDescription("Commands of a property that shared a transaction because they waited together."))
	entryCount, _ = meter.Int64Counter("innkeep.entries", metric.WithUnit("{entry}"),
		metric.WithDescription("Entries by kind and what became of them: pending, posted (they count now), rejected, withdrawn, reversed."))
	entryAmount, _ = meter.Int64Counter("innkeep.entries.amount", metric.WithUnit("{minor}"),
		metric.WithDescription("Amounts posted and reversed in minor units, by kind and currency. For the trend on a dashboard: a backend of metrics rounds; reports do not."))
)

// entryMetric counts what a command has done to an entry. Neither organisation nor property is told:
// there are millions of them.
func entryMetric(ctx context.Context, e daybook.Event) {
	switch d := e.Data.(type) {
	case daybook.EntryRecorded:
		change := "pending"
		if len(d.Legs) > 0 {
			change = "posted"
		}
		entryChanged(ctx, change, d.Kind, d.Currency, d.AmountMinor)
	case daybook.EntryApproved:
		entryChanged(ctx, "posted", d.Kind, d.Currency, d.AmountMinor)
	case daybook.EntryRejected:
		entryChanged(ctx, "rejected", d.Kind, d.Currency, d.AmountMinor)
	case daybook.EntryWithdrawn:
		entryChanged(ctx, "withdrawn", d.Kind, d.Currency, d.AmountMinor)
	case daybook.EntryReversed:
		entryChanged(ctx, "reversed", d.Original.Kind, d.Original.Currency, d.Original.AmountMinor)
	}
}

func entryChanged(ctx context.Context, change string, kind ledger.Kind, currency money.Currency, amountMinor int64) {
	of := []attribute.KeyValue{attribute.String("innkeep.kind", strings.ToLower(string(kind))), attribute.String("innkeep.change", change)}
	entryCount.Add(ctx, 1, metric.WithAttributes(of...))
	if change == "posted" || change == "reversed" {
		entryAmount.Add(ctx, amountMinor, metric.WithAttributes(append(of, attribute.String("innkeep.currency", string(currency)))...))
	}
}

// answeredMetric counts one command's answer.
func answeredMetric(ctx context.Context, operation string, r Receipt, err error) {
	outcome := "effect"
	switch kind := fault.KindOf(err); {
	case err == nil && r.Replayed:
		outcome = "replay"
	case err == nil:
	case kind == fault.Internal:
		outcome = "defect"
	case kind == fault.Unavailable:
		outcome = "unavailable"
	case kind == fault.OutcomeUnknown:
		outcome = "unknown"
	default:
		outcome = "refused"
	}
	if outcome == "effect" {
		entryMetric(ctx, r.Event)
	}
	commandCount.Add(ctx, 1, metric.WithAttributes(
		attribute.String("innkeep.operation", operation), attribute.String("innkeep.outcome", outcome)))
}
