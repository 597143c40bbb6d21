package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"innkeep.internal/loadtest/drive"
	"innkeep.internal/loadtest/local"
	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/report"
	"innkeep.internal/scripts/lag/visible"
	"innkeep.internal/scripts/serve/counters"
)

// measured is what a drive is measured by.
type measured struct {
	sampler  *measure.Sampler
	watcher  *visible.Watcher
	result   drive.Result
	from, to time.Time

	mu      sync.Mutex
	shards  []int64 // commits, by shard
	lags    []time.Duration
	perTime []report.Series

	counted       sync.WaitGroup
	before, after counters.Reading
	err           error
}

func (m *measured) committed(shard int64, at time.Time) {
	m.watcher.Committed(shard, at)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shards[shard]++
}

// span reads the server's counters at both ends of the measured time, and the feed's lag in each second.
func (m *measured) span(ctx context.Context, s *local.Server, from, to time.Time) {
	m.from, m.to = from, to
	m.counted.Go(func() {
		until(ctx, from)
		m.before, m.err = s.Counters(ctx)
		_, _ = m.watcher.Taken() // those of the warm-up
		lag := report.Series{Name: "slowest in the second"}
		for at := from.Add(time.Second); !at.After(to) && ctx.Err() == nil; at = at.Add(time.Second) {
			until(ctx, at)
			times, err := m.watcher.Taken()
			if err != nil {
				m.err = err
				return
			}
			m.lags = append(m.lags, times...)
			if len(times) > 0 {
				lag.X, lag.Y = append(lag.X, at.Sub(from).Seconds()), append(lag.Y, ms(slices.Max(times)))
			}
		}
		m.perTime = []report.Series{lag}
		if m.err == nil {
			m.after, m.err = s.Counters(ctx)
		}
	})
}

func until(ctx context.Context, at time.Time) {
	select {
	case <-time.After(time.Until(at)):
	case <-ctx.Done():
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fill writes what was measured into the report.
func (s *session) fill(m *measured) error {
	rest, err := m.watcher.Taken()
	if err != nil {
		return err
	}
	m.lags = append(m.lags, rest...) // commits that were visible only after the end
	if n := m.watcher.Left(); n > 0 {
		s.note("%d commits were not seen to become visible", n)
	}
	r, res, seconds := s.report, m.result, s.duration.Seconds()
	all, offered, answered, failed := hdrhistogram.New(1, 60_000_000, 3), 0, 0, 0
	for _, k := range drive.Kinds {
		of := res.Kinds[k]
		all.Merge(of.Times)
		offered, answered, failed = offered+of.Offered, answered+of.Answered, failed+of.Failed
		r.Kinds = append(r.Kinds, kind(string(k), of.Offered, of.Answered, of.Failed, of.Times))
	}
	r.Kinds = append(r.Kinds, kind("all", offered, answered, failed, all))
	if offered == 0 {
		return fmt.Errorf("no call fell into %v at %v calls a second", s.duration, s.rate)
	}
	r.Add("offered", "calls/s", float64(offered)/seconds)
	r.Add("answered in time", "calls/s", float64(res.InTime)/seconds)
	r.Add(report.AchievedPart, "%", 100*float64(res.InTime)/float64(offered))
	r.Add("events", "events/s", float64(res.Lines)/seconds)
	r.Add(report.ErrorPart, "%", 100*float64(failed)/float64(offered))
	for _, q := range []struct {
		name string
		at   float64
	}{{"latency p50", 50}, {"latency p95", 95}, {report.P99, 99}, {"latency p99.9", 99.9}} {
		r.Add(q.name, "ms", quantile(all, q.at))
	}
	r.Add("a strong read of one row takes the emulator, before", "ms", r.FloorFacts.StrongBefore)
	r.Add("and after", "ms", r.FloorFacts.StrongAfter)
	s.cache(res.Cache, res.Ideal)
	s.lag(m.lags)
	s.costs(m)
	s.memory(m)
	for what, n := range res.Faults {
		r.Faults = append(r.Faults, report.Fault{What: what, N: n})
	}
	slices.SortFunc(r.Faults, func(a, b report.Fault) int { return b.N - a.N })
	if res.Late > 0 {
		s.note("%d calls left more than 10 ms after their intended moment; their time counts from that moment", res.Late)
	}
	if res.Settled > 0 {
		s.note("%d writes whose outcome nobody had told were sent again under their own keys", res.Settled)
	}
	s.beside()
	s.plots(m)
	return nil
}

// beside puts the measured floors beside the figures that they bound.
func (s *session) beside() {
	r, x := s.report, s.report.FloorFacts
	allowed := 1 / callFloor(x)
	of := "what the emulator allows the raw client of this mix"
	r.Beside("offered", allowed, of)
	r.Beside("answered in time", allowed, of)
	lines := drive.Share(drive.Post) + drive.Share(drive.Bulk)*drive.Lines + drive.Share(drive.Approve)
	r.Beside("events", allowed*lines, of)
	r.Beside("latency p50", 1000/allowed, "what a call of the mix takes the emulator by the raw client, one after the other")
	if possible, ok := r.Value(idealHits); ok {
		r.Beside(report.HitPart, possible, "what a cache that knows every commit at once could have had of these calls")
	}
}

// idealHits is the figure of the cache's bound.
const idealHits = "cache hits possible"

func quantile(h *hdrhistogram.Histogram, q float64) float64 {
	return float64(h.ValueAtQuantile(q)) / 1000
}

func kind(name string, offered, answered, failed int, h *hdrhistogram.Histogram) report.Kind {
	return report.Kind{
		Name: name, Offered: offered, Answered: answered, Failed: failed,
		P50: quantile(h, 50), P95: quantile(h, 95), P99: quantile(h, 99), P999: quantile(h, 99.9), Max: float64(h.Max()) / 1000,
	}
}

func (s *session) cache(from map[string]int, ideal int) {
	asked := 0
	for _, n := range from {
		asked += n
	}
	if asked == 0 {
		return
	}
	part := func(names ...string) (p float64) {
		for _, name := range names {
			p += 100 * float64(from[name]) / float64(asked)
		}
		return p
	}
	s.report.Add(report.HitPart, "%", part("l1", "l2"))
	s.report.Add("cache hits in memory (L1)", "%", part("l1"))
	s.report.Add("cache hits in Firestore (L2)", "%", part("l2"))
	s.report.Add(idealHits, "%", 100*float64(ideal)/float64(asked))
	s.report.Add("answers shared with another call", "%", part("collapsed"))
}

func (s *session) lag(times []time.Duration) {
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	at := func(q float64) float64 { return ms(times[min(len(times)-1, int(q*float64(len(times))))]) }
	s.report.Add("feed lag p50", "ms", at(0.5))
	s.report.Add(report.LagP99, "ms", at(0.99))
}

// costs are what calls asked of Spanner, function by function, and of the server's memory.
func (s *session) costs(m *measured) {
	seconds, calls := m.after.At.Sub(m.before.At).Seconds(), int64(0)
	feed := report.Cost{Function: "in the background", PerSecond: true}
	var rpcs, rows, bytes float64
	for name, f := range m.after.Functions {
		d := costOf(m.before.Functions[name], f)
		d.Function = name
		if slices.Contains(driven, name) {
			calls, rpcs, rows, bytes = calls+d.Calls, rpcs+d.RPCs, rows+d.Rows+d.Written, bytes+d.Sent+d.Received
		} else {
			feed = feed.Plus(d)
		}
		if d.Calls > 0 {
			s.report.Costs = append(s.report.Costs, d.Each(float64(d.Calls)))
		}
	}
	slices.SortFunc(s.report.Costs, func(a, b report.Cost) int { return int(b.Calls - a.Calls) })
	s.report.Costs = append(s.report.Costs, feed.Each(seconds))
	if calls == 0 {
		return
	}
	n := float64(calls)
	s.report.Add("RPCs a call", "RPCs", rpcs/n)
	s.report.Add("rows a call", "rows", rows/n)
	s.report.Add("bytes to and from Spanner a call", "bytes", bytes/n)
	s.report.Add("server allocations a call", "objects", float64(m.after.AllocatedObjects-m.before.AllocatedObjects)/n)
	s.report.Add("server allocated a call", "bytes", float64(m.after.AllocatedBytes-m.before.AllocatedBytes)/n)
}

// driven are the functions that the calls of a load test reach.
var driven = []string{"revenues", "expenses", "approvals", "daily-report", "periodic-report", "export"}
