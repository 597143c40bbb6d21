package main

import (
	"context"
	"fmt"
	"time"

	"innkeep.internal/loadtest/drive"
	"innkeep.internal/loadtest/report"
	"innkeep.internal/scripts/lag/floor"
)

const (
	// share is the part of what the floors would allow that is offered by default. The floors are those of
	// one client of one emulator that has the machine to itself. Here the server, the generator, the feed's
	// six consumers and two other emulators stand beside it: 40 calls a second of the mix were seen to take
	// 0.64 of two cores where the floors allowed 590, so that 0.15 leaves a third of the machine free.
	share = 0.15
	// floorTime is how long each floor is measured.
	floorTime = 2 * time.Second
)

// floors measures what bounds the run, and chooses the rate where none is given.
func (s *session) floors(ctx context.Context) error {
	f, err := floor.Open(ctx, s.db.Name())
	if err != nil {
		return err
	}
	defer f.Close()
	x := &s.report.FloorFacts
	for _, m := range []struct {
		to *float64
		do func(context.Context) (float64, error)
	}{
		{&x.Transactions, func(ctx context.Context) (float64, error) { return f.Transactions(ctx, floorTime) }},
		{&x.Blind, func(ctx context.Context) (float64, error) { return f.Blind(ctx, 100, floorTime) }},
		{&x.Reads, func(ctx context.Context) (float64, error) { return f.Reads(ctx, floorTime) }},
		{&x.StrongBefore, func(ctx context.Context) (float64, error) { return strong(ctx, f) }},
		{&x.Generator, func(ctx context.Context) (float64, error) { return drive.Floor(ctx, floorTime) }},
	} {
		if *m.to, err = m.do(ctx); err != nil {
			return err
		}
	}
	s.say("floors: %.0f transactions/s, %.0f commands/s in blind commits of 100, %.0f reads/s, generator %.0f calls/s", x.Transactions, x.Blind, x.Reads, x.Generator)
	allowed := 1 / callFloor(*x)
	s.report.RateFrom = fmt.Sprintf("Offered: %.4g calls a second, as asked for; the floors allow %.0f of this mix.", s.rate, allowed)
	if !s.rateSet {
		s.rate = share * allowed
		s.report.RateFrom = fmt.Sprintf("Offered: %.4g calls a second, %.2f of the %.0f that the floors allow of this mix.", s.rate, share, allowed)
	}
	s.say("%s", s.report.RateFrom)
	return nil
}

func strong(ctx context.Context, f *floor.Floor) (float64, error) {
	took, err := f.Strong(ctx, floorTime)
	return float64(took.Microseconds()) / 1000, err
}

// aged measures a strong read once more: what the drive has added to it is the emulator's, and in every
// latency.
func (s *session) aged(ctx context.Context) error {
	f, err := floor.Open(ctx, s.db.Name())
	if err != nil {
		return err
	}
	defer f.Close()
	s.report.FloorFacts.StrongAfter, err = strong(ctx, f)
	return err
}

// callFloor is how long the emulator alone would take for a call of the mix, in seconds: a transaction for a
// post or an approval, rows in bulk, a read for a report.
func callFloor(x report.Floors) float64 {
	return (drive.Share(drive.Post)+drive.Share(drive.Approve))/x.Transactions + drive.Share(drive.Bulk)*drive.Lines/x.Blind +
		(drive.Share(drive.Daily)+drive.Share(drive.Monthly)+drive.Share(drive.Export))/x.Reads
}
