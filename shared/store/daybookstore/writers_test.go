package daybookstore_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

// TestManyWriters lets 64 writers work on one property's day at once. Whoever is not served is told
// why; nothing is lost, and nothing fails for the crowd.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	const writers, each = 64, 6
	hs := twoInstances(t, "2026-03-01")
	reasons := map[string]bool{
		daybook.ErrDayClosed.Code: true, daybook.ErrNotLastClosed.Code: true,
		daybook.ErrNotPending.Code: true, daybook.ErrReversed.Code: true,
	}
	shared := hs[0].waiting(t, "shared", todayText, 10)
	var posted, refused atomic.Int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			h := hs[w%2]
			for i := range each {
				o := writersOrder(w, i, shared)
				_, err := h.Execute(testkit.Context(t), h.desk, o)
				_, records := o.Action.(daybook.Record)
				switch {
				case err == nil && records:
					posted.Add(1)
				case err != nil && (fault.From(err) == nil || !reasons[fault.From(err).Code]):
					t.Errorf("%s: %v", o.Action.Operation(), err)
				case err != nil:
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	var sum int64
	for _, d := range hs[0].rows(t) {
		sum += d.Flows.CashReceivedMinor
	}
	if shown := hs[0].entry(t, shared); shown.Status == daybook.Approved {
		sum -= shown.AmountMinor
	}
	if sum != posted.Load() {
		t.Errorf("the days hold %d of %d entries of 1", sum, posted.Load())
	}
	t.Logf("%d posted, %d refused", posted.Load(), refused.Load())
}

// writersOrder is what a writer does next: mostly records of today, now and then something that
// stands in the others' way.
func writersOrder(w, i int, shared ids.Entry) daybookstore.Order {
	key := fmt.Sprint(w, "-", i)
	switch {
	case i == 3 && w%16 == 0:
		return closeDay(key, "2026-03-09")
	case i == 3 && w%16 == 1:
		return reopen(key, "2026-03-09")
	case i == 4 && w%16 == 2:
		return approve(key, shared)
	case i == 4 && w%16 == 3:
		return reject(key, shared)
	case i == 2 && w%4 == 0:
		return record(key, revenue("2026-03-09", 1))
	}
	return record(key, revenue(todayText, 1))
}

// BenchmarkWriters measures commands a second of 1 to 64 writers on one property's day: those who share
// transactions as one instance's callers do, and in turns with them, on the same database, those who
// have a store each and share none. The figures are medians of the turns.
func BenchmarkWriters(b *testing.B) {
	const turns, commands = 9, 256
	for _, writers := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			h := newHouse(b, testkit.Spanner(b), "2026-03-01", 0)
			together, apart := make([]house, writers), make([]house, writers)
			for w := range writers {
				together[w], apart[w] = h, h.at(h.db)
			}
			var shared, single, ratio []float64
			for range turns {
				x, y := commandsPerSecond(b, together, commands), commandsPerSecond(b, apart, commands)
				shared, single, ratio = append(shared, x), append(single, y), append(ratio, x/y)
			}
			b.ReportMetric(median(shared), "commands/s")
			b.ReportMetric(median(single), "apart/s")
			b.ReportMetric(median(ratio), "ratio")
			b.ReportMetric(0, "ns/op") // of all writers and turns together: it says nothing
		})
	}
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// commandsPerSecond is the rate at which one writer a house records n entries.
func commandsPerSecond(b *testing.B, hs []house, n int64) float64 {
	b.Helper()
	ctx, call := testkit.Context(b), ids.NewUUID()
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for _, h := range hs {
		wg.Go(func() {
			for i := next.Add(1); i <= n; i = next.Add(1) {
				if _, err := h.Execute(ctx, h.desk, record(fmt.Sprint(call, i), revenue(todayText, 1))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(n) / time.Since(start).Seconds()
}
