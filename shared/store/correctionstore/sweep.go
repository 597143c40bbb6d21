package correctionstore

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/setupstore"
)

// sweep is one of the two walks over all properties.
type sweep struct {
	name  string
	cycle time.Duration // in which each property has its turn once
}

// The walks: every open day once a day, every closed one once a month.
var (
	openDays   = sweep{"OPEN", 24 * time.Hour}
	closedDays = sweep{"CLOSED", 30 * 24 * time.Hour}
)

const (
	// sweepPage is how many properties are compared between two notes of how far the walk is.
	sweepPage = 100
	// steps is in how many steps at least a cycle is done that has as many properties: each reads a page and
	// notes how far it is.
	steps = 500
	// closedPages is how many pages of closed days of one property there are between two notes: a year.
	closedPages = 12
	// shardsAtOnce is how many shards one call walks through at a time.
	shardsAtOnce = 4
	// ahead is by what part of its cycle a walk is to be done before the end: a fifth, for calls that
	// fail and properties that are new.
	ahead = 5
)

// Sweep goes on with the comparison of all day rows with their events, as far as ctx gives time and
// the pace of the cycles asks. It can end anywhere: the next call goes on from the last note.
func (s *Store) Sweep(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "correctionstore.Sweep")
	var faults []error
	for _, w := range []sweep{openDays, closedDays} {
		faults = append(faults, s.sweepAll(ctx, w))
	}
	return errors.Join(faults...)
}

func (s *Store) sweepAll(ctx context.Context, w sweep) error {
	var g errgroup.Group
	g.SetLimit(shardsAtOnce)
	faults := make([]error, tenant.Shards)
	first := rand.IntN(tenant.Shards) //nolint:gosec // a call that is short of time begins elsewhere each time
	for i := range tenant.Shards {
		shard := (first + i) % tenant.Shards
		g.Go(func() error {
			faults[shard] = s.sweepShard(ctx, w, int64(shard))
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(faults...)
}

// sweepShard walks on until the pace is kept, the time ends, or another instance walks here.
func (s *Store) sweepShard(ctx context.Context, w sweep, shard int64) error {
	p, err := s.progress(ctx, w, shard)
	for err == nil && enough(ctx) {
		p.cycle(s.now())
		room := p.room(s.now())
		if room == 0 {
			return nil
		}
		next := p
		if err = s.step(ctx, &next, min(room, sweepPage)); err == nil {
			err = s.note(ctx, p, &next)
		}
		p = next
	}
	if errors.Is(err, errSettled) {
		return nil
	}
	return failureOf(err)
}

// step compares some properties behind a place and moves it.
func (s *Store) step(ctx context.Context, p *walk, limit int) error {
	properties, err := setupstore.Page(ctx, s.db, p.shard, p.at, limit+1)
	if err != nil {
		return err
	}
	whole := len(properties) <= limit
	if p.below.IsZero() && len(properties) > 0 && properties[0].Book == p.at {
		properties = properties[1:] // it was passed
	}
	for i, x := range properties[:min(len(properties), limit)] {
		if i > 0 && !enough(ctx) {
			return nil
		}
		if x.Book != p.at {
			p.below = 0 // the property that the walk was within is gone
		}
		below, n, err := s.compare(ctx, p, x)
		if passing(err) {
			return err
		}
		if err != nil { // it must not keep the walk from all others
			slog.ErrorContext(ctx, "a property cannot be compared with its events",
				"org", string(x.Book.Org), "property", string(x.Book.Property), "error", err.Error())
		}
		p.found += int64(n)
		if p.at, p.below = x.Book, below; !below.IsZero() {
			return nil
		}
		p.done++
		sweptMetric(ctx, p.sweep.name, 1)
	}
	if whole {
		p.end(s.now())
	}
	return nil
}

// compare compares one property's open days, and, in the walk over closed days, some pages of those;
// below says where that goes on.
func (s *Store) compare(ctx context.Context, p *walk, x setupstore.Located) (below bizdate.Date, queued int, err error) {
	at := s.now().Add(-s.stale)
	tx, property := moment{s.db, at}, Property(x.Property)
	var all []daybook.Difference
	if below = p.below; below.IsZero() {
		open, err := daybookstore.ReadAudit(ctx, tx, x.Book, property)
		if err != nil {
			return 0, 0, err
		}
		all, below = open.Differences(), lowest(open)
	}
	if p.sweep == openDays {
		below = 0
	}
	for n := 0; n < closedPages && !below.IsZero(); n++ {
		var a daybook.Audit
		if a, below, err = daybookstore.ReadClosedAudit(ctx, tx, x.Book, property, below, closedPage); err != nil {
			return 0, 0, err
		}
		all = append(all, a.Differences()...)
	}
	if len(all) > 0 {
		queued, err = s.queue(ctx, found{book: x.Book, source: BySweep, at: at, all: all})
	}
	return below, queued, err
}

// passing reports whether an error may be gone with the next call.
func passing(err error) bool {
	switch fault.KindOf(failureOf(err)) {
	case fault.Unavailable, fault.OutcomeUnknown:
		return true
	}
	return false
}
