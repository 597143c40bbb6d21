package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"innkeep.internal/loadtest/drive"
	"innkeep.internal/loadtest/report"
	"innkeep.internal/scripts/serve/counters"
)

// counted is for how many organisations the same calls are made. What a call asks for is the median over
// them: now and then the emulator turns a commit away, which is made again.
const counted = 25

// count makes the same calls of organisations that nobody has met, and counts what each asks for: a figure
// that can be held against that of a run with other organisations, digit by digit. Memory is counted in
// a second pass, since looking at the counters takes some too.
func (s *session) count(ctx context.Context, p drive.Plan, l *drive.Ledger) error {
	numbers := s.strangers(2 * counted)
	if len(numbers) < 2*counted {
		s.note("too few organisations were left that nobody has met, so that no calls are counted one by one")
		return nil
	}
	costs := make([][]report.Cost, len(drive.Steps))
	failed, err := p.Same(ctx, numbers[:counted], l, func(step int, do func() error) error {
		before, err := s.server.Counters(ctx)
		if err = errors.Join(err, do()); err != nil {
			return err
		}
		after, err := s.server.Counters(ctx)
		costs[step] = append(costs[step], asked(before, after))
		return err
	})
	if err != nil {
		return fmt.Errorf("the same calls: %w", err)
	}
	for step, all := range costs {
		if len(all) == 0 {
			return fmt.Errorf("the same calls: none came to %q: %q", drive.Steps[step], failed)
		}
		c := middle(all)
		c.Function, c.Calls = drive.Steps[step], int64(len(all))
		s.report.Same = append(s.report.Same, c)
	}
	for _, text := range failed {
		s.note(notCounted, text)
	}
	if s.organisationsSet {
		s.note("in a short run nobody counts what the server allocates for a call: that takes some minutes")
		return nil
	}
	more, err := s.allocations(ctx, func(around func(step int, do func() error) error) ([]string, error) {
		return p.Same(ctx, numbers[counted:], l, around)
	})
	for _, text := range more {
		s.note(notCounted, text)
	}
	return err
}

const notCounted = "of the calls that are counted one by one failed: %s"

const (
	// idleLooks are how often is looked at what the server allocates while nobody calls, idleTime apart.
	idleLooks = 10
	idleTime  = 500 * time.Millisecond
	// feedTime is after each call that commits: the feed looks at it once, however long calls take.
	feedTime = 1200 * time.Millisecond
)

// allocations is how many objects the server allocates for a call, less what a look itself takes, and what the
// server would have taken while nobody calls: the mean over the organisations, but for those into whose
// calls something else fell, a sweep of the schedule.
func (s *session) allocations(ctx context.Context, do func(around func(step int, do func() error) error) ([]string, error)) (failed []string, err error) {
	if _, _, err := s.catchUp(ctx); err != nil {
		return nil, err
	}
	looking, err := s.looks(ctx, idleLooks, 0)
	if err != nil {
		return nil, err
	}
	look := middleOf(spans(looking, 0, 0))
	idling, err := s.looks(ctx, idleLooks, idleTime)
	if err != nil {
		return nil, err
	}
	idle := middleOf(spans(idling, look, 0)) / idleTime.Seconds()
	var all []counters.Reading
	failed, err = do(func(step int, call func() error) error {
		if step == 0 {
			r, err := s.server.Counters(ctx)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		err := call()
		if drive.Commits(step) {
			until(ctx, time.Now().Add(feedTime))
		}
		return err
	})
	if err == nil && len(all) > 1 {
		of, within := usualOf(spans(all, look, idle))
		calls := float64(len(drive.Steps))
		s.report.SameAllocations, s.report.SameAllocationsWithin = of/calls, within/calls
	}
	return failed, err
}

// looks are some readings of the counters.
func (s *session) looks(ctx context.Context, n int, apart time.Duration) (all []counters.Reading, err error) {
	for range n {
		until(ctx, time.Now().Add(apart))
		r, err := s.server.Counters(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// spans is what was allocated between one reading and the next, less what a look takes and what is taken
// in each second anyway.
func spans(all []counters.Reading, look, idle float64) (out []float64) {
	for i, r := range all[1:] {
		was := all[i]
		out = append(out, float64(r.AllocatedObjects-was.AllocatedObjects)-look-idle*r.At.Sub(was.At).Seconds())
	}
	return out
}

// strangers are organisations of one property that nobody has met, the least popular ones.
func (s *session) strangers(most int) (all []int) {
	met := s.door.Woken()
	for n := s.organisations - 1; n >= s.world.Open() && len(all) < most; n-- {
		if s.world.Properties(n) == 1 && !slices.Contains(met, n) {
			all = append(all, n)
		}
	}
	return all
}

// asked is what the driven functions have asked for between two readings.
func asked(before, after counters.Reading) (all report.Cost) {
	for _, name := range driven {
		all = all.Plus(costOf(before.Functions[name], after.Functions[name]))
	}
	return all
}

// costOf is what a function has asked for between two readings.
func costOf(before, after counters.Function) report.Cost {
	c := report.Cost{
		Calls: after.Calls - before.Calls, Rows: float64(after.RowsRead - before.RowsRead), Written: float64(after.RowsWritten - before.RowsWritten),
		Sent: float64(after.SentBytes - before.SentBytes), Received: float64(after.ReceivedBytes - before.ReceivedBytes),
	}
	for method, n := range after.RPCs {
		c.RPCs += float64(n - before.RPCs[method])
	}
	return c
}

// middle has the median of each counter.
func middle(all []report.Cost) (c report.Cost) {
	median := func(of func(report.Cost) float64) float64 {
		values := make([]float64, len(all))
		for i, x := range all {
			values[i] = of(x)
		}
		return middleOf(values)
	}
	c.RPCs = median(func(c report.Cost) float64 { return c.RPCs })
	c.Rows = median(func(c report.Cost) float64 { return c.Rows })
	c.Written = median(func(c report.Cost) float64 { return c.Written })
	c.Sent = median(func(c report.Cost) float64 { return c.Sent })
	c.Received = median(func(c report.Cost) float64 { return c.Received })
	return c
}

// usualOf is the mean of what is at most half as much again as the median, and its standard error.
func usualOf(values []float64) (mean, within float64) {
	most, n, squares := 1.5*middleOf(values), 0.0, 0.0
	for _, x := range values {
		if x <= most {
			n++
			squares += (x - mean) * (x - (mean + (x-mean)/n))
			mean += (x - mean) / n
		}
	}
	return mean, math.Sqrt(squares / max(1, n-1) / n)
}

// middleOf is the median.
func middleOf(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
