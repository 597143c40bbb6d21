package main

import (
	"context"
	"errors"
	"fmt"
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
	calls := 0
	objects, err := s.allocations(ctx, func() error {
		more, err := p.Same(ctx, numbers[counted:], l, func(_ int, do func() error) error {
			calls++
			return do()
		})
		failed = append(failed, more...)
		return err
	})
	s.report.SameAllocations = objects / float64(max(calls, 1))
	for _, text := range failed {
		s.note("of the calls that are counted one by one failed: %s", text)
	}
	return err
}

// idleTime is how long is looked at what the server allocates while nobody calls.
const idleTime = 5 * time.Second

// allocations is how many objects the server allocates meanwhile, less what it would have while nobody calls.
func (s *session) allocations(ctx context.Context, do func() error) (float64, error) {
	if _, _, err := s.catchUp(ctx); err != nil {
		return 0, err
	}
	var looks [3]counters.Reading
	for i, pass := range []func() error{
		func() error { return nil },
		func() error { until(ctx, time.Now().Add(idleTime)); return ctx.Err() },
		do,
	} {
		err := pass()
		if err != nil {
			return 0, err
		}
		if looks[i], err = s.server.Counters(ctx); err != nil {
			return 0, err
		}
	}
	idle := float64(looks[1].AllocatedObjects-looks[0].AllocatedObjects) / looks[1].At.Sub(looks[0].At).Seconds()
	return float64(looks[2].AllocatedObjects-looks[1].AllocatedObjects) - idle*looks[2].At.Sub(looks[1].At).Seconds(), nil
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
		slices.Sort(values)
		return values[len(values)/2]
	}
	c.RPCs = median(func(c report.Cost) float64 { return c.RPCs })
	c.Rows = median(func(c report.Cost) float64 { return c.Rows })
	c.Written = median(func(c report.Cost) float64 { return c.Written })
	c.Sent = median(func(c report.Cost) float64 { return c.Sent })
	c.Received = median(func(c report.Cost) float64 { return c.Received })
	return c
}
