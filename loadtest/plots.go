package main

import (
	"fmt"

	"github.com/HdrHistogram/hdrhistogram-go"

	"innkeep.internal/loadtest/drive"
	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/report"
)

// plots draws the drive.
func (s *session) plots(m *measured) {
	res, floors := m.result, s.report.FloorFacts
	latency := report.Plot{Title: "Latency from the intended start, by kind", X: "part of the calls", Y: "ms", Percentiles: true, Limit: 500}
	for _, k := range drive.Kinds {
		latency.Series = append(latency.Series, distribution(string(k), res.Kinds[k].Times))
	}
	latency.Floor = fmt.Sprintf("A command's transaction alone takes the emulator %.2f ms, a range read %.2f ms.", 1000/floors.Transactions, 1000/floors.Reads)
	rate := report.Plot{Title: "Rate", X: "s", Y: "calls/s", Series: []report.Series{{Name: "offered"}, {Name: "answered"}, {Name: "failed"}, {Name: "events"}}}
	rate.Floor = fmt.Sprintf("The floors allow %.0f calls/s of this mix, the generator alone makes %.0f.", 1/callFloor(floors), floors.Generator)
	hits := report.Plot{Title: "Reports served from the cache", X: "s", Y: "%", Series: []report.Series{{Name: "hits"}}}
	slowest := report.Plot{Title: "Slowest call of each second", X: "s", Y: "ms", Series: []report.Series{{Name: "slowest"}}}
	last := min(len(res.Seconds), int(s.duration.Seconds()))
	for i, x := range res.Seconds[:last] {
		for k, y := range []int{x.Offered, x.Answered, x.Failed, x.Lines} {
			add(&rate.Series[k], float64(i), float64(y))
		}
		if x.Asked > 0 {
			add(&hits.Series[0], float64(i), 100*float64(x.Hits)/float64(x.Asked))
		}
		add(&slowest.Series[0], float64(i), float64(x.SlowestMicros)/1000)
	}
	lag := report.Plot{Title: "Feed lag: commit to visible in AccountTotals", X: "s", Y: "ms", Limit: 2000, Series: m.perTime}
	shards := report.Plot{Title: "Commits in the sums, by shard", X: "shard", Y: "commits", Bars: true, Series: []report.Series{{Name: "commits"}}}
	for i, n := range m.shards {
		add(&shards.Series[0], float64(i), float64(n))
	}
	s.report.Plots = append(s.report.Plots, latency, rate, slowest, lag, hits, memoryPlot(m), shards)
}

func add(s *report.Series, x, y float64) { s.X, s.Y = append(s.X, x), append(s.Y, y) }

// distribution is a histogram as a line over 1 / (1 - quantile).
func distribution(name string, h *hdrhistogram.Histogram) (s report.Series) {
	s.Name = name
	if h.TotalCount() == 0 {
		return s
	}
	for x := 1.0; x <= min(1000, float64(h.TotalCount())); x *= 1.2 {
		add(&s, x, float64(h.ValueAtQuantile(100*(1-1/x)))/1000)
	}
	return s
}

func memoryPlot(m *measured) report.Plot {
	p := report.Plot{Title: "Memory", X: "s", Y: "MiB"}
	looks := measure.Between(m.sampler.Samples(), m.from, m.to)
	for _, name := range processes {
		line := report.Series{Name: name}
		for _, x := range looks {
			if n, ok := x.Resident[name]; ok {
				add(&line, x.At.Sub(m.from).Seconds(), float64(n)/(1<<20))
			}
		}
		if len(line.X) > 0 {
			p.Series = append(p.Series, line)
		}
	}
	return p
}
