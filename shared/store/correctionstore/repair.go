package correctionstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/daybookstore"
)

// maxAttempts is how often a repair may fail before the correction is parked: about two hours.
const maxAttempts = 8

// backoff is the wait after a repair that has failed: 1, 2, 4 minutes and so on.
func backoff(attempts int64) time.Duration { return time.Minute << min(attempts-1, maxAttempts) }

// errSettled ends a transaction whose correction somebody else has settled.
var errSettled = errors.New("settled")

// repair puts one date right, in one transaction: 4 RPCs, the correction, the day rows of the open
// window, their events, the commit. It gives what the correction has become, and false where it did
// not wait any more.
func (s *Store) repair(ctx context.Context, b tenant.Book, date bizdate.Date) (c Correction, ours bool, err error) {
	defer fault.Wrap(&err, "correctionstore.repair(%s, %s)", b.Property, date)
	ctx, cancel := context.WithTimeout(ctx, repairTimeout)
	defer cancel()
	p, err := s.property(ctx, b)
	if err != nil {
		return c, false, err
	}
	out, err := s.db.ReadWrite(ctx, "corrections/repair", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		known, err := locked(ctx, tx, b, date)
		if err != nil {
			return err
		}
		var waits bool
		if c, waits = known[date]; !waits || c.Status != Queued {
			return errSettled
		}
		ms, err := s.settle(ctx, tx, p, &c)
		if err != nil {
			return err
		}
		s.probe(BeforeRepair)
		return tx.BufferWrite(append(ms, c.mutation()))
	})
	if errors.Is(err, errSettled) {
		return c, false, nil
	}
	if err != nil {
		return c, false, failure(err, out)
	}
	s.probe(AfterRepair)
	if c.Evidence != (daybook.Position{}) {
		s.nudge(ctx, b, out.CommitTime)
	}
	return c, true, nil
}

// settle compares the correction's date on locked rows, and gives what is to be written for it.
func (s *Store) settle(ctx context.Context, tx *spanner.ReadWriteTransaction, p setup.Property, c *Correction) ([]*spanner.Mutation, error) {
	a, d, err := audit(ctx, tx, c.Book, p, c.Date)
	if err != nil {
		return nil, err
	}
	c.Fault = ""
	if d == nil {
		c.Status, c.Outcome = Done, Gone
		return nil, nil
	}
	c.Cause, c.Before, c.After = d.Cause, d.Before.Balance(), d.After.Balance()
	switch {
	case d.Damage != nil:
		c.Status, c.Fault, c.After = Parked, clip(d.Damage.Error()), nil
		return nil, nil //nolint:nilerr // the damage is written down: that is what becomes of it
	case !d.Automatic():
		c.Status = Proposed
		return nil, nil
	}
	to := d.Repaired()
	e, ms, err := s.write(a, *d, to, c.Book, p, author{daybook.Corrector, c.key()})
	if err != nil {
		return nil, err
	}
	c.Evidence = e.Position()
	if d.Count { // the rest is for an owner to decide, on what stands from now on
		to.Version, to.Chain = e.Version, e.Chain
		want := *d.After
		want.Version, want.Chain = e.Version, e.Chain
		c.Status, c.Cause, c.Before, c.After = Proposed, daybook.WrongCount, to.Balance(), want.Balance()
		return ms, nil
	}
	c.Status, c.Outcome = Done, Repaired
	return ms, nil
}

// author is who corrects, and the key of the command.
type author struct {
	actor approval.Actor
	key   daybook.Hash
}

// key is the cause of a repair's event: the same whoever repairs, and however often it is tried.
func (c Correction) key() daybook.Hash {
	return daybook.KeyFor(c.Book, daybook.Corrector.Subject, "correct", fmt.Sprintf("%s/%d", c.Date, c.Round))
}

// write is the repair of a difference and its mutations.
func (s *Store) write(a daybook.Audit, d daybook.Difference, to *daybook.Row, b tenant.Book, p setup.Property, by author) (daybook.Event, []*spanner.Mutation, error) {
	open, err := s.openDay(p, a.LastClosed)
	if err != nil {
		return daybook.Event{}, nil, err
	}
	r, err := a.Repair(b, d, to, open, by.actor, by.key)
	if err != nil {
		return daybook.Event{}, nil, err
	}
	return r.Event, daybookstore.WriteRepair(b, r), nil
}

// audit reads the open days of a property under locks, and what differs on one date; nil for nothing.
// A date before those is closed, and read by itself.
func audit(ctx context.Context, tx daybookstore.Reader, b tenant.Book, p setup.Property, date bizdate.Date) (daybook.Audit, *daybook.Difference, error) {
	a, err := daybookstore.ReadAudit(ctx, tx, b, Property(p))
	if err != nil {
		return a, nil, err
	}
	of := a
	if date < lowest(a) {
		if of, err = daybookstore.ReadClosedDay(ctx, tx, b, Property(p), date); err != nil {
			return a, nil, err
		}
	}
	for _, d := range of.Differences() {
		if d.Date == date {
			return a, &d, nil
		}
	}
	return a, nil, nil
}

// failed writes down that a repair has failed: it is tried again later, or parked after the last time.
func (s *Store) failed(ctx context.Context, b tenant.Book, date bizdate.Date, why error) (c Correction, err error) {
	ctx, cancel := context.WithTimeout(ctx, repairTimeout)
	defer cancel()
	out, err := s.db.ReadWrite(ctx, "corrections/failed", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		known, err := locked(ctx, tx, b, date)
		if err != nil {
			return err
		}
		var waits bool
		if c, waits = known[date]; !waits || c.Status != Queued {
			return errSettled
		}
		c.Attempts++
		c.Fault, c.DueAt = clip(why.Error()), s.now().Add(backoff(c.Attempts))
		if c.Attempts >= maxAttempts {
			c.Status, c.DueAt = Parked, time.Time{}
		}
		return tx.BufferWrite([]*spanner.Mutation{c.mutation()})
	})
	if errors.Is(err, errSettled) {
		return c, nil
	}
	return c, failure(err, out)
}

// clip keeps a text within its column.
func clip(s string) string {
	const most = 500
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
