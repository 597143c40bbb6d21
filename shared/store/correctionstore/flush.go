package correctionstore

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
)

// booksAtOnce is how many properties of a batch are repaired at a time; each is a transaction.
const booksAtOnce = 8

// Flushed is what a flush came to.
type Flushed struct {
	Batches  int
	Settled  int // by this call: done, proposed or parked
	Repaired int // of them, with an event
}

// Flush repairs what waits, batch by batch, as far as ctx gives time: 100 corrections, or what there
// is once one has waited for 5 minutes. A repair that fails ends no other; it is tried again later.
// Nothing leaves the queue but in the commit that settles it.
func (s *Store) Flush(ctx context.Context) (f Flushed, err error) {
	defer fault.Wrap(&err, "correctionstore.Flush")
	for enough(ctx) {
		all, err := s.waiting(ctx)
		if err != nil {
			return f, err
		}
		backlogMetric(ctx, all, s.now())
		begun := f.Batches
		for batch := ripe(all, s.now()); len(batch) > 0 && enough(ctx); batch = ripe(all, s.now()) {
			all = all[len(batch):]
			f.Batches++
			if err := s.batch(ctx, batch, &f); err != nil {
				return f, err
			}
		}
		if f.Batches == begun {
			break
		}
	}
	return f, nil
}

// batch repairs some corrections: those of one property in their order, several properties at once.
func (s *Store) batch(ctx context.Context, items []item, f *Flushed) error {
	batchMetric(ctx, len(items))
	byBook := map[tenant.Book][]item{}
	var order []tenant.Book
	for _, x := range items {
		if byBook[x.book] == nil {
			order = append(order, x.book)
		}
		byBook[x.book] = append(byBook[x.book], x)
	}
	var g errgroup.Group
	g.SetLimit(booksAtOnce)
	t := tally{flushed: f}
	for _, b := range order {
		g.Go(func() error {
			s.book(ctx, byBook[b], &t)
			return nil
		})
	}
	_ = g.Wait()
	return errors.Join(t.faults...)
}

// tally is what several goroutines come to.
type tally struct {
	mu      sync.Mutex
	flushed *Flushed
	faults  []error
}

func (t *tally) add(c Correction, ours bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.faults = append(t.faults, err)
	}
	if ours {
		t.flushed.Settled++
	}
	if ours && c.Outcome == Repaired {
		t.flushed.Repaired++
	}
}

// book repairs corrections of one property, one after the other, until one can be neither repaired nor
// put off, or the time ends: the next call goes on.
func (s *Store) book(ctx context.Context, items []item, t *tally) {
	for _, x := range items {
		if !enough(ctx) {
			return
		}
		c, ours, err := s.one(ctx, x)
		if t.add(c, ours, err); err != nil {
			return
		}
	}
}

// one repairs one correction, or writes down that it could not. An error means that neither could be
// done.
func (s *Store) one(ctx context.Context, x item) (Correction, bool, error) {
	c, ours, err := s.repair(ctx, x.book, x.date)
	if err != nil {
		if ctx.Err() != nil || fault.KindOf(err) == fault.OutcomeUnknown {
			return c, false, err // the next call looks again
		}
		why := err
		if c, err = s.failed(ctx, x.book, x.date, why); err != nil {
			return c, false, errors.Join(why, err)
		}
		ours = c.Status == Parked
		if !ours {
			settledMetric(ctx, c)
		}
	}
	if ours {
		settledMetric(ctx, c)
	}
	if ours && c.Status == Parked {
		slog.ErrorContext(ctx, "a correction is parked", "org", string(c.Book.Org), "property", string(c.Book.Property),
			"date", c.Date.String(), "cause", string(c.Cause), "fault", c.Fault)
	}
	return c, ours, nil
}
