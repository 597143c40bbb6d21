package correctionstore

import (
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
)

// approve restores the row of an approved proposal. Where the difference is another than the one that
// was proposed, the proposal becomes that, and refusal says so: nothing else is done then.
func (s *Store) approve(a daybook.Audit, d *daybook.Difference, p setup.Property, in Decision, c *Correction) (ms []*spanner.Mutation, refusal, err error) {
	switch {
	case d == nil:
		c.Status, c.Outcome = Done, Gone
		return nil, nil, nil
	case d.Damage != nil:
		c.Status, c.Cause, c.Fault, c.DecidedBy = Parked, d.Cause, clip(d.Damage.Error()), ""
		return nil, ErrDamaged, nil
	case !proposed(*c, d):
		c.Status, c.Round, c.Cause, c.Before, c.After, c.DecidedBy = Proposed, c.Round+1, d.Cause, d.Before.Balance(), d.After.Balance(), ""
		if d.Automatic() { // the day was opened again
			c.Status, c.DueAt, c.QueuedAt = Queued, s.now(), s.now()
		}
		return nil, ErrMoved, nil
	}
	e, ms, err := s.write(a, *d, d.After, in.Book, p, author{in.Actor, in.key()})
	if err != nil {
		return nil, nil, err
	}
	c.Status, c.Outcome, c.Evidence = Done, Restored, e.Position()
	c.Before, c.After = d.Before.Balance(), d.After.Balance()
	return ms, nil, nil
}
