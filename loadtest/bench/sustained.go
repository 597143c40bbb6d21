package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/loadtest/bench/house"
)

const (
	turns      = 11
	turn       = 2 * time.Second
	callers    = 8   // each at a property of his own, so that no two commands share a commit
	postShare  = 0.6 // of the raw client's rate, at least
	bulkShare  = 0.85
	bulkCaller = 2 // of calls of many lines
)

// load is one side of a comparison: so many callers, each of whom repeats a call.
type load struct {
	calls []func(context.Context) error
	each  int // lines of a call
}

// span is what a load did in one turn.
type span struct {
	rate           float64 // lines a second
	ours, emulator float64 // processor seconds a line, of this process and of the emulator
}

// run repeats the calls for a turn.
func (l load) run(ctx context.Context, p *house.Place) (span, error) {
	var done atomic.Int64
	var mu sync.Mutex
	var first error
	var all sync.WaitGroup
	emulator, own, began := p.CPU(), processCPU(), time.Now()
	for _, call := range l.calls {
		all.Go(func() {
			for time.Since(began) < turn {
				if err := call(ctx); err != nil {
					mu.Lock()
					defer mu.Unlock()
					if first == nil {
						first = err
					}
					return
				}
				done.Add(int64(l.each))
			}
		})
	}
	all.Wait()
	took, n := time.Since(began).Seconds(), float64(done.Load())
	return span{n / took, (processCPU() - own).Seconds() / n, (p.CPU() - emulator).Seconds() / n}, first
}

// measureSustained drives the door and the raw client in turns, on one database.
func measureSustained(ctx context.Context) ([]figures.Figure, error) {
	var all []figures.Figure
	for _, s := range []struct {
		name           string
		lines, callers int
		least          float64
	}{{"posts", 1, callers, postShare}, {"bulk", bulkLines, bulkCaller, bulkShare}} {
		f, err := sustain(ctx, "sustained/"+s.name, s.lines, s.callers, s.least)
		if err != nil {
			return nil, err
		}
		all = append(all, f...)
	}
	return all, nil
}

func sustain(ctx context.Context, name string, lines, callers int, least float64) ([]figures.Figure, error) {
	r, err := newRivals(ctx)
	if err != nil {
		return nil, err
	}
	defer r.close()
	door, err := r.house.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer door.Close()
	ours, theirs := load{each: lines}, load{each: lines}
	for i := range callers {
		post, err := r.posting(ctx, door, fmt.Sprint(name, "-", i), lines)
		if err != nil {
			return nil, err
		}
		p, err := r.pattern(ctx, lines > 1, func() error { return post(ctx) })
		if err != nil {
			return nil, err
		}
		ours.calls, theirs.calls = append(ours.calls, post), append(theirs.calls, p.Write)
	}
	return r.alternate(ctx, name, ours, theirs, least)
}

// posting is a call through the door at a property of its own.
func (r *rivals) posting(ctx context.Context, door *house.Door, caller string, lines int) (func(context.Context) error, error) {
	property, _, err := r.book(ctx)
	n := 0
	return func(ctx context.Context) error {
		n++
		if lines == 1 {
			return door.Must(ctx, http.StatusCreated, r.house.Post(property, fmt.Sprint(caller, "-", n)))
		}
		return door.Must(ctx, http.StatusOK, r.house.Bulk(property, fmt.Sprint(caller, "-", n), lines))
	}, err
}

// alternate gives each side its turns, the first of each two by turns as well.
func (r *rivals) alternate(ctx context.Context, name string, ours, theirs load, least float64) ([]figures.Figure, error) {
	var shares, mine, bare, own, rawOwn, emulator []float64
	for i := range turns + 1 {
		sides := []load{ours, theirs}
		var got [2]span
		for k := range sides {
			side := (i + k) % 2
			var err error
			if got[side], err = sides[side].run(ctx, r.place); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			continue // the first opens connections
		}
		shares, mine, bare = append(shares, got[0].rate/got[1].rate), append(mine, got[0].rate), append(bare, got[1].rate)
		own, rawOwn, emulator = append(own, got[0].ours*1e6), append(rawOwn, got[1].ours*1e6), append(emulator, got[0].emulator*1e6)
	}
	share := figures.Of(name+"/share", "of raw", shares)
	share.Least = &least
	return []figures.Figure{
		share, figures.Of(name+"/ours", "line/s", mine), figures.Of(name+"/raw", "line/s", bare),
		figures.Of(name+"/ours-cpu", "us/line", own), figures.Of(name+"/raw-cpu", "us/line", rawOwn), figures.Of(name+"/emulator-cpu", "us/line", emulator),
	}, nil
}
