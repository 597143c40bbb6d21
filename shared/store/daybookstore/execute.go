package daybookstore

import (
	"cmp"
	"context"
	"errors"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
)

// Execute carries out one command: one transaction, as a rule of two RPCs, three for an act on an
// entry, which commands on one property at one time share. Sent again with its key it answers what it answered the first time, whatever has happened
// since, and has no second effect. Errors are refusals of daybook and approval, ErrNotFound for an
// entry that is not the desk's, ErrKeyReused, ErrExternalRef, ErrUnavailable (nothing has happened)
// and ErrOutcomeUnknown (send it again).
func (s *Store) Execute(ctx context.Context, d Desk, o Order) (r Receipt, err error) {
	defer func() { answeredMetric(ctx, o.Action.Operation(), r, err) }()
	defer fault.Wrap(&err, "daybookstore.Execute(%s)", o.Action.Operation())
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	r, err = s.inTurn(ctx, d, d.command(o))
	if err == nil && !r.Replayed {
		s.nudge(ctx, d.Book, r.At)
	}
	return r, err
}

// alone carries out one command by transactions of its own. begun says that a commit of this call was
// applied, or may have been.
func (s *Store) alone(ctx context.Context, d Desk, c command, begun bool) (Receipt, error) {
	for doubts := 0; ; {
		a := s.attempt(ctx, d, c)
		begun = begun || a.out.Unknown || a.err == nil && a.partial
		switch {
		case a.err == nil && a.partial:
			continue // a close of many days: go on with the next
		case a.err == nil:
			a.receipt.Replayed = a.receipt.Replayed && !begun
			return a.receipt, nil
		case a.out.Unknown && ctx.Err() == nil && doubts < maxDoubts:
			// The commit may have been applied. The next attempt finds the command's row, or writes it:
			// both cannot be, since the row is inserted.
			doubts++
		case begun && !refused(a.err):
			return Receipt{}, errors.Join(ErrOutcomeUnknown, a.err)
		default:
			return Receipt{}, a.err
		}
	}
}

// attempt is what one transaction came to.
type attempt struct {
	receipt Receipt
	partial bool // a close that has not reached its date yet
	out     spannerdb.Outcome
	err     error
}

func (s *Store) attempt(ctx context.Context, d Desk, c command) attempt {
	var a attempt
	out, err := s.db.ReadWrite(ctx, "daybook/"+c.Do.Operation(), func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		a = attempt{}
		events, w, err := s.decide(ctx, tx, d, c)
		if err != nil {
			known, found, lookErr := s.answered(ctx, tx, d, c, err)
			if lookErr != nil {
				return lookErr
			}
			if !found {
				return err
			}
			a.receipt = known
			return errReplay
		}
		last := events[len(events)-1]
		if a.partial = !complete(c, last); a.partial {
			// Only the last commit of a long close inserts the row; the earlier ones look for it.
			if known, found, err := replay(ctx, tx, d, c); err != nil || found {
				a.receipt, a.partial = known, false
				return cmp.Or(err, errReplay)
			}
		} else {
			w.insert(commands, writeCommand(d.Book, c.Key, c.hash, last.Position()), 0)
		}
		a.receipt.Event = last
		commitCells.Record(ctx, int64(w.cells))
		return tx.BufferWrite(w.all())
	})
	a.out = out
	switch {
	case err == nil:
		a.receipt.At = out.CommitTime
	case errors.Is(err, errReplay):
	case spanner.ErrCode(err) == codes.AlreadyExists:
		a.receipt, a.err = s.explain(ctx, d, c, err)
	default:
		a.err = failure(err, out)
	}
	return a
}

// errReplay ends a transaction that found its command carried out already.
var errReplay = errors.New("replay")

// complete reports whether the command's own event is among those decided: a close of more days
// than one commit takes is not complete before its date.
func complete(c command, last daybook.Event) bool {
	do, closes := c.Do.(daybook.Close)
	return !closes || last.Stream == do.Date
}

// decide reads the state, decides, and collects the writes of the decision.
func (s *Store) decide(ctx context.Context, tx reader, d Desk, c command) ([]daybook.Event, *writes, error) {
	st, err := s.readState(ctx, tx, d, c)
	if err != nil {
		return nil, nil, err
	}
	if c.acts() {
		known, err := readEntries(ctx, tx, d.Book, []ids.Entry{c.entry})
		if err != nil {
			return nil, nil, err
		}
		var found bool
		if st.Entry, found = known[c.entry.ID]; !found {
			return nil, nil, fault.ErrNotFound
		}
	}
	w := &writes{}
	after, events, err := w.decided(st, c.Command)
	if err != nil {
		return nil, nil, err
	}
	w.days(d.Book, d.Property.Currency, st.Days, after.Days)
	return events, w, nil
}

// decided adds what a command's events write but for day rows, which are written once a commit.
func (w *writes) decided(st daybook.State, c daybook.Command) (daybook.State, []daybook.Event, error) {
	events, err := daybook.Decide(st, c)
	if err != nil {
		return st, nil, err
	}
	for i, e := range events {
		if events[i], err = asStored(e); err != nil {
			return st, nil, err
		}
	}
	for _, e := range events {
		if st, err = daybook.Evolve(st, e); err != nil {
			return st, nil, err
		}
		w.event(st.Book, e, st.Touched)
	}
	return st, events, nil
}

// Opening is what begins a property's books, for the commit that creates the property: the event
// OpeningSet and the go-live day's row.
func Opening(d Desk, actor approval.Actor, cause daybook.Hash, openingMinor int64) ([]*spanner.Mutation, error) {
	st := daybook.State{Book: d.Book, Property: d.Property, Policy: d.Policy, Chart: d.Chart}
	w := &writes{}
	after, _, err := w.decided(st, daybook.Command{Actor: actor, Key: cause, Do: daybook.SetOpening{OpeningMinor: openingMinor}})
	if err != nil {
		return nil, err
	}
	w.days(d.Book, d.Property.Currency, nil, after.Days)
	return w.all(), nil
}
