package correctionstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

// found is differences of one property, to be queued.
type found struct {
	book   tenant.Book
	source Source
	at     time.Time // what they were read at
	again  bool      // also what is parked or rejected
	all    []daybook.Difference
}

// queuePage is how many corrections one commit queues: some 25 cells each.
const queuePage = 200

// queue writes down differences that are not waiting already, and says how many those are.
func (s *Store) queue(ctx context.Context, f found) (queued int, err error) {
	for page := range slices.Chunk(f.all, queuePage) {
		n, err := s.queuePage(ctx, f, page)
		queued += n
		if err != nil {
			return queued, err
		}
	}
	if queued > 0 {
		s.wake(ctx)
	}
	return queued, nil
}

func (s *Store) queuePage(ctx context.Context, f found, page []daybook.Difference) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, repairTimeout)
	defer cancel()
	dates := make([]bizdate.Date, len(page))
	for i, d := range page {
		dates[i] = d.Date
	}
	var fresh []Correction
	out, err := s.db.ReadWrite(ctx, "corrections/queue", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		fresh = nil
		known, err := locked(ctx, tx, f.book, dates...)
		if err != nil {
			return err
		}
		var ms []*spanner.Mutation
		for _, d := range page {
			was, exists := known[d.Date]
			if exists && !f.anew(was, d) {
				continue
			}
			c := s.queued(f, was.Round+1, d)
			fresh, ms = append(fresh, c), append(ms, c.mutation())
		}
		if len(ms) == 0 {
			return nil
		}
		s.probe(BeforeQueue)
		return tx.BufferWrite(ms)
	})
	if err != nil {
		return 0, failure(err, out)
	}
	for _, c := range fresh {
		detectedMetric(ctx, c)
	}
	s.probe(AfterQueue)
	return len(fresh), nil
}

func (s *Store) queued(f found, round int64, d daybook.Difference) Correction {
	now := s.now()
	return Correction{
		Book: f.book, Date: d.Date, Round: round, Status: Queued, Cause: d.Cause, Source: f.source,
		Before: d.Before.Balance(), After: d.After.Balance(), DueAt: now, QueuedAt: now,
	}
}

// anew reports whether a difference is another than the one that was written down for its date.
func (f found) anew(was Correction, d daybook.Difference) bool {
	switch was.Status {
	case Done:
		return was.SettledAt.Before(f.at) // else what was read is older than the repair
	case Parked:
		return f.again
	case Rejected:
		return f.again || was.SettledAt.Before(f.at) && balanceText(was.Before) != balanceText(d.Before.Balance())
	case Proposed:
		return d.Automatic() // the day was opened again, or more than its count is wrong now
	case Queued:
	}
	return false
}

// The bounds of a flush: what comes first (DOMAIN.md, the owner's numbers).
const (
	Batch    = 100
	MaxDelay = 5 * time.Minute
)

// scanned is how many waiting corrections one look at the queue takes: ten batches.
const scanned = 10 * Batch

// item is a correction that waits, as the index has it.
type item struct {
	book     tenant.Book
	date     bizdate.Date
	dueAt    time.Time
	attempts int64
}

// waiting are the corrections that are due, the longest first, at most scanned: one RPC.
func (s *Store) waiting(ctx context.Context) ([]item, error) {
	now := s.now()
	ranges := make([]spanner.KeySet, tenant.Shards)
	for n := range int64(tenant.Shards) {
		ranges[n] = spanner.KeyRange{Start: spanner.Key{n}, End: spanner.Key{n, now}, Kind: spanner.ClosedClosed}
	}
	var all []item
	opts := &spanner.ReadOptions{Index: dueIndex, Limit: scanned, RequestTag: "corrections/due"}
	err := s.db.Single().ReadWithOptions(ctx, corrections, spanner.KeySets(ranges...),
		[]string{"OrgId", "PropertyId", "BusinessDate", "DueAt", "Attempts"}, opts).Do(func(r *spanner.Row) error {
		var x item
		var date spanner.NullDate
		err := r.Columns((*string)(&x.book.Org), (*string)(&x.book.Property), &date, &x.dueAt, &x.attempts)
		x.date = fromCivil(date.Date)
		all = append(all, x)
		return err
	})
	slices.SortStableFunc(all, func(x, y item) int { return cmp.Or(x.dueAt.Compare(y.dueAt), int(x.date)-int(y.date)) })
	return all, failureOf(err)
}

// Backlog is how many corrections are due, 1,000 at most, and since when the oldest is; the zero time
// where none is: one RPC.
func (s *Store) Backlog(ctx context.Context) (due int, oldest time.Time, err error) {
	all, err := s.waiting(ctx)
	if err == nil && len(all) > 0 {
		oldest = all[0].dueAt
	}
	return len(all), oldest, err
}

// ripe is the batch that is to be repaired now: 100, or fewer once one has waited for 5 minutes or was
// tried before.
func ripe(all []item, now time.Time) []item {
	if len(all) >= Batch {
		return all[:Batch]
	}
	if len(all) > 0 && now.Sub(all[0].dueAt) >= MaxDelay || slices.ContainsFunc(all, func(x item) bool { return x.attempts > 0 }) {
		return all
	}
	return nil
}
