package partitionstore

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
)

const (
	properties = "Properties"
	periods    = "Periods"
)

var periodColumns = []string{"ShardId", "OrgId", "PropertyId", "Month"}

// Month is yyyymm.
type Month int64

// MonthOf is the month of a time, in UTC: a property that is ahead of it has its period, since there are
// twelve.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month(t.Year()*100 + int(t.Month()))
}

// Add is the month n months later; n is not negative.
func (m Month) Add(n int) Month {
	months := int(m/100)*12 + int(m%100) - 1 + n
	return Month(months/12*100 + months%12 + 1)
}

// String is "2026-03".
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int64(m)/100, int64(m)%100) }

// step looks at a page of properties, makes the periods that they lack, and moves the walk: 2 RPCs where
// they lack none, 3 where each lacks one, 9 where none has any. The walk's own row is written with periods and
// at the end alone; a walk that is stopped has its row written by its caller.
func (s *Store) step(ctx context.Context, w *walk) error {
	books, whole, err := s.page(ctx, w)
	if err != nil {
		return err
	}
	missing, err := s.missing(ctx, w, books)
	if err != nil {
		return err
	}
	next := *w
	next.noted = false
	var rows []*spanner.Mutation
	for i, b := range books {
		if len(rows)+len(missing[i]) > commitRows {
			if err := s.commit(ctx, append(rows, next.mutation())); err != nil {
				return err
			}
			if *w = next; !s.enough(ctx) {
				return nil
			}
			rows, next.noted = nil, false
		}
		rows = append(rows, missing[i]...)
		next.at = b
		next.periods += int64(len(missing[i]))
		if b.Property != tenant.Setup {
			next.properties++
		}
	}
	if whole {
		next.ended, next.at = s.now().UTC(), tenant.Book{}
	}
	if len(rows) > 0 || whole {
		if err := s.commit(ctx, append(rows, next.mutation())); err != nil {
			return err
		}
	}
	*w = next
	return nil
}

// page is the next properties of the walk's shard, by key: 1 RPC. Rows of organisations, which have no
// books, are in it; whole says that there is nothing behind it.
func (s *Store) page(ctx context.Context, w *walk) (books []tenant.Book, whole bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	keys := spanner.KeyRange{Start: spanner.Key{w.shard}, End: spanner.Key{w.shard}, Kind: spanner.ClosedClosed}
	if w.at != (tenant.Book{}) {
		keys.Start, keys.Kind = spanner.Key{w.shard, string(w.at.Org), string(w.at.Property)}, spanner.OpenClosed
	}
	opts := &spanner.ReadOptions{Limit: s.limit, RequestTag: "partitions/properties"}
	rows := s.db.Single().ReadWithOptions(ctx, properties, keys, []string{"OrgId", "PropertyId"}, opts)
	err = rows.Do(func(r *spanner.Row) error {
		var b tenant.Book
		err := r.Columns((*string)(&b.Org), (*string)(&b.Property))
		books = append(books, b)
		return err
	})
	return books, len(books) < s.limit, err
}

// missing are the periods that each of the books lacks up to the walk's last month. The farthest two say all
// of it: periods are made in one commit, so where the last but one is there, all before it are, and the
// last is what a new month asks for. Where neither is, all are written, which changes none that exists.
func (s *Store) missing(ctx context.Context, w *walk, books []tenant.Book) ([][]*spanner.Mutation, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	last, present := w.last, MonthOf(w.begun)
	type period struct {
		book  tenant.Book
		month Month
	}
	there := make(map[period]bool, 2*len(books))
	var keys []spanner.KeySet
	for _, b := range books {
		if b.Property == tenant.Setup {
			continue
		}
		keys = append(keys, spanner.KeyRange{ // newest first
			Start: spanner.Key{w.shard, string(b.Org), string(b.Property), int64(last)},
			End:   spanner.Key{w.shard, string(b.Org), string(b.Property), int64(present.Add(MonthsAhead - 1))},
			Kind:  spanner.ClosedClosed,
		})
	}
	out := make([][]*spanner.Mutation, len(books))
	if len(keys) == 0 {
		return out, nil
	}
	opts := &spanner.ReadOptions{RequestTag: "partitions/periods"}
	err := s.db.Single().ReadWithOptions(ctx, periods, spanner.KeySets(keys...), periodColumns[1:], opts).Do(func(r *spanner.Row) error {
		var p period
		err := r.Columns((*string)(&p.book.Org), (*string)(&p.book.Property), (*int64)(&p.month))
		there[p] = true
		return err
	})
	for i, b := range books {
		if b.Property == tenant.Setup || there[period{b, last}] {
			continue
		}
		first := present
		if there[period{b, present.Add(MonthsAhead - 1)}] {
			first = last
		}
		for m := first; m <= last; m = m.Add(1) {
			out[i] = append(out[i], spanner.InsertOrUpdate(periods, periodColumns, []any{w.shard, string(b.Org), string(b.Property), int64(m)}))
		}
	}
	return out, err
}
