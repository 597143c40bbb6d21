package functions_test

import (
	"testing"
	"time"

	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/rpc"
)

// TestAnalysesReadByKey: what the analyses of a property cost in RPCs once the read model has taken its
// events, none of which is SQL. Each reads the setup stream, the property's first event, and of totals
// the model's row, the cursor, the rows and the index of events since.
func TestAnalysesReadByKey(t *testing.T) {
	t.Parallel()
	counter := &rpc.Counter{}
	h := newHouse(t, today, counter.Options()...)
	owner, _ := h.founder(t)
	property := owner.property("KEYS", "2026-03-01", 50_000, "")
	owner.record("revenues", property, today)
	if err := accounttotals.New(h.db, events.Now, nil).Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	const totals = 2 + 4
	cost := map[string]int{
		"analytics/trial-balance?period=2026-03":   totals,
		"analytics/profit-and-loss?period=2026-03": totals,
		"analytics/departments?period=2026-03":     totals,
		"analytics/trends?period=2026-03":          totals,
		"analytics/cash-to-accrual?period=2026-03": totals,
		"analytics/comparison?period=2026-03":      totals + 1, // statistics
		"analytics/cash-flow?period=2026-03":       totals + 2, // days, and what is closed after them
		"flash?date=" + today:                      totals + 3, // days, statistics, budget; there is no year before
	}
	for path, want := range cost {
		counter.Reset()
		owner.must(200, "GET", "/v1/reports/"+path+"&propertyId="+property, "")
		if got := counter.Total(); got != want || counter.Count("StreamingRead") != want {
			t.Errorf("%s: %s, want %d reads", path, counter, want)
		}
	}
}

// BenchmarkAnalyses is the latency of the analyses of a month of 3,000 entries.
func BenchmarkAnalyses(b *testing.B) {
	owner, property := fullMonth(b, &rpc.Counter{})
	if err := accounttotals.New(owner.db, events.Now, nil).Sweep(testkit.Context(b)); err != nil {
		b.Fatal(err)
	}
	paths := map[string]string{"flash": "flash?date=2026-04-30"}
	for _, name := range analyses {
		paths[name] = "analytics/" + name + "?period=2026-04"
	}
	for name, path := range paths {
		b.Run(name, func(b *testing.B) {
			var all []time.Duration
			for b.Loop() {
				began := time.Now()
				owner.must(200, "GET", "/v1/reports/"+path+"&propertyId="+property, "")
				all = append(all, time.Since(began))
			}
			b.ReportMetric(float64(percentile(all, 50).Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(percentile(all, 99).Microseconds())/1000, "p99-ms")
		})
	}
}
