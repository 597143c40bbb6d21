package main

import (
	"context"
	"errors"
	"time"

	"github.com/schollz/progressbar/v3"

	"innkeep.internal/loadtest/measure"
	"innkeep.internal/loadtest/report"
	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/partitionstore"
)

const (
	// mostMemory is what the emulator of Spanner may take: a run is to fit a machine of 24 GB.
	mostMemory = 20 << 30
	// catchUpTime bounds the waiting for the feed.
	catchUpTime = 30 * time.Minute
)

// seed brings the organisations in.
func (s *session) seed(ctx context.Context) error {
	s.world = world.World{Seed: s.options.seed, Organisations: s.organisations, Today: bizdate.Of(time.Now(), time.UTC, 0)}
	processes, err := s.processes(ctx)
	if err != nil {
		return err
	}
	if s.target == "" {
		// A year of periods for every property is more rows than all else together; the pass of today is
		// done while there is no property, and the write path makes the periods that it needs.
		if _, err := partitionstore.New(s.db, time.Now).KeepAhead(ctx, true); err != nil {
			return err
		}
		s.note("the daily pass of ops/partitions was done before the organisations came: periods ahead for every property would be %d rows", 13*s.world.AllProperties(s.organisations))
	}
	l := world.Loader{World: s.world, DB: s.db, Most: mostMemory}
	bar := s.bar(l.Rows(), "rows")
	l.Progress = func(n int) { _ = bar.Add(n) }
	if pid := processes["spanner"]; pid != 0 {
		l.Memory = func() (int64, error) { return measure.Resident(pid) }
	} else {
		s.note("the emulator's memory cannot be seen, so nothing says beforehand whether all fits")
	}
	loaded, err := l.Load(ctx)
	s.say("")
	if err != nil {
		return err
	}
	s.say("%d organisations, %d properties, %d with open books; %d rows in %.1f s, %.0f bytes a row; %.1f GiB were expected", loaded.Organisations, loaded.Properties,
		loaded.Open, loaded.Rows, loaded.Took.Seconds(), loaded.BytesPerRow, loaded.Expected/(1<<30))
	s.report.SeedFacts = report.Seeding{
		Organisations: loaded.Organisations, Properties: loaded.Properties, Open: loaded.Open, Rows: loaded.Rows,
		Seconds: loaded.Took.Seconds(), BytesPerRow: loaded.BytesPerRow,
	}
	if s.target != "" {
		return nil // its consumers are at work
	}
	s.note("as where organisations came long ago, the feed's consumers begin behind them, but for AccountTotals, which has folded them; and the walks that compare all books with their events begin in the middle of their cycles")
	_, err = world.Follow(ctx, s.db)
	return errors.Join(err, s.world.Walk(ctx, s.db))
}

// follow waits until the feed has the organisations behind it.
func (s *session) follow(ctx context.Context) error {
	took, events, err := s.catchUp(ctx)
	if err != nil {
		return err
	}
	s.report.SeedFacts.FeedEvents, s.report.SeedFacts.CatchUpSeconds = events, took.Seconds()
	cursors, err := feed.ReadEvery(ctx, s.db.SnapshotAt(time.Now()))
	if err != nil || s.target != "" {
		return err
	}
	return world.CheckFollowers(cursors)
}

// bar shows how far something is.
func (s *session) bar(n int, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(s.out), progressbar.OptionSetDescription(what), progressbar.OptionThrottle(time.Second),
		progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionSetWidth(30))
}

func (s *session) catchUp(ctx context.Context) (time.Duration, int64, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	events, err := measure.CatchUp(ctx, s.db, began)
	s.say("the feed has %d events behind it, after %.1f s", events, time.Since(began).Seconds())
	return time.Since(began), events, err
}
