package accounttotals_test

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// benchEvents is enough for some seconds, on the emulator.
const benchEvents = 40_000

// BenchmarkProject is how many events a second the live consumer takes that comes upon all of them at
// once, and a rebuild of the same; beside them how many the raw client reads, which no rebuild can pass.
func BenchmarkProject(b *testing.B) {
	for range b.N {
		projectThenRebuild(b)
	}
}

func projectThenRebuild(b *testing.B) {
	b.Helper()
	db := testkit.Spanner(b)
	events.New(b, db, 32).Fill(b, benchEvents)
	p := accounttotals.New(db, time.Now, nil)
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()

	began := time.Now()
	if err := p.Sweep(ctx); err != nil {
		b.Fatal(err)
	}
	live := benchEvents / time.Since(began).Seconds()
	began = time.Now()
	out, err := p.Rebuild(ctx, accounttotals.Order{By: "bench"})
	if err != nil || out.State != accounttotals.Swapped || out.Events() != benchEvents {
		b.Fatal(out.State, out.Differences(), out.Shown, err)
	}
	replay := benchEvents / time.Since(began).Seconds()
	began = time.Now()
	read := 0
	keys := spanner.AllKeys()
	if err := db.Single().Read(ctx, eventlog.Table, keys, []string{"StreamId", "Data"}).Do(func(*spanner.Row) error { read++; return nil }); err != nil || read != benchEvents {
		b.Fatal(read, err)
	}
	bare := benchEvents / time.Since(began).Seconds()
	b.ReportMetric(live, "live-events/s")
	b.ReportMetric(replay, "replayed-events/s")
	b.ReportMetric(replay/live, "replay/live")
	b.ReportMetric(bare, "bare-read-events/s")
}
