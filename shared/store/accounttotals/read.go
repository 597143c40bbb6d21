package accounttotals

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

// Read is the totals of a book over a range of posted dates as they are at the snapshot's moment: the
// rows of the live generation, and on top of them the events that it has not taken yet, so that a read
// model that lags makes nothing wrong. An event that cannot be read fails it: a sum without it would
// be no sum.
func Read(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, from, to bizdate.Date) (map[report.Account]report.Total, error) {
	m, err := ReadModel(ctx, s)
	if err != nil {
		return nil, err
	}
	var sums totals
	var missing []eventlog.Stored
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		sums, err = rowsOf(ctx, s, b, m.Live, from, to)
		return err
	})
	g.Go(func() (err error) {
		missing, err = notTaken(ctx, s, b, m.Live)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, e := range missing {
		own, err := postings(e)
		if err != nil {
			return nil, err
		}
		for k, t := range own {
			if k.PostedDate < from || k.PostedDate > to {
				continue
			}
			if sums[k], err = sums[k].Add(t); err != nil {
				return nil, err
			}
		}
	}
	return sums, nil
}

// rowsOf reads the rows of a generation: one range.
func rowsOf(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, generation int64, from, to bizdate.Date) (totals, error) {
	sums := totals{}
	keys := spanner.KeyRange{Start: dated(b, to), End: dated(b, from), Kind: spanner.ClosedClosed}
	err := s.Read(ctx, table, keys, columns, &spanner.ReadOptions{RequestTag: "account-totals/range"}, func(sr *spanner.Row) error {
		r, t, err := readRow(sr)
		if err == nil && r.Generation == generation {
			sums[r.Account] = t
		}
		return err
	})
	return sums, err
}

func dated(b tenant.Book, d bizdate.Date) spanner.Key {
	return spanner.Key{b.Shard(), string(b.Org), string(b.Property), int64(d.Month()), civil.DateOf(d.Time())}
}

// notTaken is the book's events that the generation has not taken: those behind its cursor, and those
// that it has set aside. No RPC more than the cursor and the index where there are none.
func notTaken(ctx context.Context, s *spannerdb.Snapshot, b tenant.Book, generation int64) ([]eventlog.Stored, error) {
	c, err := feed.ReadCursor(ctx, s, ConsumerName(generation), b.Shard())
	if err != nil {
		return nil, err
	}
	at, err := eventlog.Since(ctx, s, b, c.Position, time.Time{}, 0)
	if err != nil {
		return nil, err
	}
	if c.Parked > 0 {
		aside, err := feed.Waiting(ctx, s, ConsumerName(generation), b)
		if err != nil {
			return nil, err
		}
		at = append(aside, at...)
	}
	if len(at) == 0 {
		return nil, nil
	}
	slices.SortFunc(at, eventlog.Position.Compare)
	return eventlog.Rows(ctx, s, b.Shard(), at)
}
