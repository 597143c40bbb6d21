package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/loadtest/bench/wire"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/store/accounttotals"
)

const (
	monthDays    = 30  // of books that reports are made of
	dayEntries   = 100 // a day
	reportTimes  = 40  // that each report is made
	feedBooks    = 16
	feedEvents   = 250 // of each
	settled      = 300 * time.Millisecond
	sweepTimeout = time.Minute
)

// measureReports makes reports of a property with a month of entries, none from a cache.
func measureReports(ctx context.Context) ([]figures.Figure, error) {
	p, h, m, err := metered(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	today := bizdate.MustParse(h.Today)
	first := today.AddDays(1 - monthDays)
	property, err := h.PropertySince(ctx, first.String())
	if err != nil {
		return nil, err
	}
	for d := first; d <= today; d = d.AddDays(1) {
		if _, err := h.Must(ctx, http.StatusOK, h.BulkOf(property, d.String(), d.String(), dayEntries)); err != nil {
			return nil, err
		}
	}
	of := "propertyId=" + property
	var all []figures.Figure
	for _, r := range []struct{ name, function, path string }{
		{"daily", "daily-report", "/v1/reports/daily-report?" + of + "&date=" + h.Today},
		{"monthly", "periodic-report", "/v1/reports/periodic-report?" + of + "&from=" + first.String() + "&to=" + h.Today},
		{"export", "export", "/v1/reports/export?report=periodic&format=csv&rows=days&" + of + "&from=" + first.String() + "&to=" + h.Today},
	} {
		f, err := reported(ctx, h, m, "reports/"+r.name, h.Report(r.function, r.path))
		if err != nil {
			return nil, err
		}
		all = append(all, f...)
	}
	return all, nil
}

func reported(ctx context.Context, h *house.House, m *wire.Meter, name string, c house.Call) ([]figures.Figure, error) {
	if _, err := h.Must(ctx, http.StatusOK, c); err != nil {
		return nil, err
	}
	m.Take()
	answer, err := h.Must(ctx, http.StatusOK, c)
	if err != nil {
		return nil, err
	}
	once := counted{m.Take(), 0, len(answer)}
	var took, cpu []float64
	for range reportTimes {
		began, used := time.Now(), processCPU()
		if _, err := h.Must(ctx, http.StatusOK, c); err != nil {
			return nil, err
		}
		took, cpu = append(took, float64(time.Since(began).Microseconds())/1000), append(cpu, float64((processCPU()-used).Microseconds()))
	}
	return []figures.Figure{
		{Name: name + "/rpcs", Value: float64(once.RPCs()), Unit: "RPC", Note: once.methods()},
		{Name: name + "/received-bytes", Value: float64(once.Received), Unit: "B", Note: fmt.Sprintf("of %d entries a day", dayEntries)},
		{Name: name + "/answer-bytes", Value: float64(once.answer), Unit: "B"},
		figures.Of(name+"/cpu", "us", cpu), figures.Of(name+"/time", "ms", took),
	}, nil
}

// measureFeed lets the projector come upon events of many properties at once.
func measureFeed(ctx context.Context) ([]figures.Figure, error) {
	p, h, m, err := metered(ctx)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for i := range feedBooks {
		property, err := h.NewProperty(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := h.Must(ctx, http.StatusOK, h.Bulk(property, fmt.Sprint("feed-", i), feedEvents)); err != nil {
			return nil, err
		}
	}
	return project(ctx, p, m)
}

func project(ctx context.Context, p *house.Place, m *wire.Meter) ([]figures.Figure, error) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	// The emulator's commit timestamps run ahead of this machine's clock by some milliseconds.
	ahead := func() time.Time { return time.Now().Add(settled) }
	projector := accounttotals.New(p.DB, ahead, nil)
	m.Take()
	used := processCPU()
	if err := projector.Sweep(ctx); err != nil {
		return nil, err
	}
	cpu, count := processCPU()-used, m.Take()
	var rows, cells float64
	for _, c := range count.Commits {
		rows, cells = rows+float64(c.Rows), cells+float64(c.Cells)
	}
	n := float64(feedBooks * feedEvents)
	return []figures.Figure{
		{Name: "feed/cpu", Value: float64(cpu.Microseconds()) / n, Unit: "us/event", Note: fmt.Sprintf("%.0f events in %d commits of %.0f rows", n, len(count.Commits), rows)},
		{Name: "feed/rpcs", Value: float64(count.RPCs()) / n, Unit: "RPC/event"},
		{Name: "feed/cells", Value: cells / n, Unit: "cell/event"},
		{Name: "feed/received-bytes", Value: float64(count.Received) / n, Unit: "B/event"},
	}, nil
}
