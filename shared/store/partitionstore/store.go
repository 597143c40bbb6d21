// Package partitionstore keeps the ground ready that books are written on: the monthly periods of every
// property, a year ahead, and the points at which Spanner divides tables at the bounds of the shards.
//
// It owns PartitionPasses and SplitRenewals, and writes Periods, whose rows have no content but their
// key. Everything here may be done twice, stopped anywhere, and done by two at once: the write path makes
// a period that is missing by itself, so that nothing waits for this package.
package partitionstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
)

const (
	// MonthsAhead is how many months there are beyond the present one (DOMAIN.md, the owner's numbers).
	MonthsAhead = 12
	// page is how many properties are looked at at a time.
	page = 500
	// commitRows is how many periods a commit makes at most, all of a property's in one: 4,000 cells of the 80,000
	// that it may hold, so that it ends well within its time also where four shards are walked through at once.
	commitRows = 1000
	// shardsAtOnce is how many shards one call walks through at a time.
	shardsAtOnce = 4
	// reserve is what a call keeps of its time for the commit of its last page.
	reserve = 1500 * time.Millisecond
	// stepTimeout bounds a read and a commit.
	stepTimeout = 5 * time.Second
)

// ErrUnavailable means that the database did not answer; the next call goes on.
var ErrUnavailable = fault.New(fault.Unavailable, "partitions_unavailable", "the partitions cannot be kept at the moment")

// Store keeps partitions of one database.
type Store struct {
	db     *spannerdb.DB
	now    func() time.Time
	limit  int                        // of properties of a page
	enough func(context.Context) bool // whether a call has time for another page
}

// New stands on a database.
func New(db *spannerdb.DB, now func() time.Time) *Store { return &Store{db, now, page, enough} }

// Pass is what a call has done, over all shards.
type Pass struct {
	Properties int64 // looked at
	Periods    int64 // made
	Ended      int   // shards whose pass of today has ended, those of earlier calls included
}

// Whole reports that every shard's pass of today has ended.
func (p Pass) Whole() bool { return p.Ended == tenant.Shards }

// KeepAhead goes on with today's pass, as far as ctx gives time. A day's pass looks at every property
// once; when it has ended, a call is 1 RPC and writes nothing until the next day, in UTC. again begins
// the pass anew.
func (s *Store) KeepAhead(ctx context.Context, again bool) (p Pass, err error) {
	defer fault.Wrap(&err, "partitionstore.KeepAhead")
	walks, err := s.walks(ctx)
	if err != nil {
		return p, err
	}
	now := s.now().UTC()
	var g errgroup.Group
	g.SetLimit(shardsAtOnce)
	faults, done := make([]error, tenant.Shards), make([]Pass, tenant.Shards)
	for i := range walks {
		w := &walks[i]
		if w.due(now) || again {
			w.begin(now)
		}
		if !w.ended.IsZero() {
			done[i].Ended = 1
			continue
		}
		g.Go(func() error {
			done[i], faults[i] = s.walk(ctx, w)
			return nil
		})
	}
	_ = g.Wait()
	for _, d := range done {
		p.Properties, p.Periods, p.Ended = p.Properties+d.Properties, p.Periods+d.Periods, p.Ended+d.Ended
	}
	observe(ctx, p)
	return p, errors.Join(faults...)
}

// walk goes through one shard until its end, or until the time is short.
func (s *Store) walk(ctx context.Context, w *walk) (p Pass, err error) {
	for w.ended.IsZero() && s.enough(ctx) {
		before := *w
		if err := s.step(ctx, w); err != nil {
			return p, unavailable(err)
		}
		p.Properties += w.properties - before.properties
		p.Periods += w.periods - before.periods
	}
	if w.ended.IsZero() {
		return p, unavailable(s.note(ctx, w))
	}
	p.Ended = 1
	return p, nil
}

func enough(ctx context.Context) bool {
	at, bounded := ctx.Deadline()
	return ctx.Err() == nil && (!bounded || time.Until(at) > reserve)
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
