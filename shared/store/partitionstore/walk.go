package partitionstore

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
)

const passes = "PartitionPasses"

var passColumns = []string{"ShardId", "LastMonth", "BegunAt", "EndedAt", "OrgId", "PropertyId", "PropertyCount", "PeriodCount", "MovedAt"}

// walk is how far a pass is in a shard: a row of PartitionPasses.
type walk struct {
	shard      int64
	last       Month // the farthest that is kept
	begun      time.Time
	ended      time.Time   // zero while it goes on
	at         tenant.Book // the property that was looked at last; the zero Book before the first
	properties int64
	periods    int64 // made
	noted      bool  // the row says so
}

// walks is how far the passes of all shards are: 1 RPC.
func (s *Store) walks(ctx context.Context) ([]walk, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	all := make([]walk, tenant.Shards)
	for i := range all {
		all[i].shard = int64(i)
	}
	opts := &spanner.ReadOptions{RequestTag: "partitions/passes"}
	err := s.db.Single().ReadWithOptions(ctx, passes, spanner.AllKeys(), passColumns, opts).Do(func(r *spanner.Row) error {
		var w walk
		var moved time.Time
		var ended spanner.NullTime
		var org, property spanner.NullString
		err := r.Columns(&w.shard, (*int64)(&w.last), &w.begun, &ended, &org, &property, &w.properties, &w.periods, &moved)
		if err != nil || w.shard < 0 || w.shard >= tenant.Shards {
			return err
		}
		w.begun, w.ended, w.noted = w.begun.UTC(), ended.Time.UTC(), true
		w.at = tenant.Book{Org: tenant.OrgID(org.StringVal), Property: tenant.PropertyID(property.StringVal)}
		all[w.shard] = w
		return nil
	})
	return all, unavailable(err)
}

// Standing is how far the keeping is.
type Standing struct {
	Whole     bool      // every shard's last pass has ended, and reaches as far as it must today
	Begun     time.Time // of the pass that began first of those that go on; zero where there is none
	SplitsEnd time.Time // when the first split points end; zero where none were asked for
}

// Standing is for whoever watches: 2 RPCs.
func (s *Store) Standing(ctx context.Context) (st Standing, err error) {
	all, err := s.walks(ctx)
	if err != nil {
		return st, err
	}
	st.Whole = true
	last := MonthOf(s.now()).Add(MonthsAhead)
	for _, w := range all {
		if w.last == last && !w.ended.IsZero() {
			continue
		}
		st.Whole = false
		if w.last != 0 && (st.Begun.IsZero() || w.begun.Before(st.Begun)) {
			st.Begun = w.begun
		}
	}
	ends, err := s.splitEnds(ctx)
	for _, end := range ends {
		if st.SplitsEnd.IsZero() || end.Before(st.SplitsEnd) {
			st.SplitsEnd = end.UTC()
		}
	}
	return st, err
}

// due reports whether the shard's pass of a day is to begin.
func (w *walk) due(now time.Time) bool {
	return w.last == 0 || w.last != MonthOf(now).Add(MonthsAhead) || !w.ended.IsZero() && day(w.begun).Before(day(now))
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func (w *walk) begin(now time.Time) {
	*w = walk{shard: w.shard, last: MonthOf(now).Add(MonthsAhead), begun: now}
}

func (w *walk) mutation() *spanner.Mutation {
	w.noted = true
	text := func(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: s != ""} }
	return spanner.InsertOrUpdate(passes, passColumns, []any{
		w.shard, int64(w.last), w.begun, spanner.NullTime{Time: w.ended, Valid: !w.ended.IsZero()},
		text(string(w.at.Org)), text(string(w.at.Property)), w.properties, w.periods, spanner.CommitTimestamp,
	})
}

// note writes down how far the walk is, where the row does not say it.
func (s *Store) note(ctx context.Context, w *walk) error {
	if w.noted {
		return nil
	}
	return s.commit(ctx, []*spanner.Mutation{w.mutation()})
}

// commit writes blindly: 1 RPC, which may be applied twice without harm.
func (s *Store) commit(ctx context.Context, all []*spanner.Mutation) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	_, err := s.db.Client().Apply(ctx, all, spanner.ApplyAtLeastOnce(), spanner.TransactionTag("partitions/keep"))
	return err
}
