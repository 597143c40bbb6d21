// Package monitorstore measures an installation from its tables: how far consumers of the feed are, what
// waits for correction, approval or an operator. It writes nothing. What an instance alone knows, its
// cache, its breakers, its routes, leaves that instance as metrics, and is not seen here.
package monitorstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/partitionstore"
)

// Most is what is counted of a thing that waits: more is told as Most.
const Most = 10_000

const (
	// window is how much of the present is looked at for the rate of events.
	window = 10 * time.Second
	// mostEvents bounds what is counted of them: 2,000 a second.
	mostEvents = 20_000
)

// Store measures one database.
type Store struct {
	db          *spannerdb.DB
	corrections *correctionstore.Store
	partitions  *partitionstore.Store
	now         func() time.Time
}

// New stands on a database.
func New(db *spannerdb.DB, corrections *correctionstore.Store, now func() time.Time) *Store {
	return &Store{db, corrections, partitionstore.New(db, now), now}
}

// Consumer is how far a consumer of the feed is.
type Consumer struct {
	Name   string
	Lag    time.Duration   // of the shard that is behind most: up to a minute where nothing happens
	Shard  int64           // that one
	Parked int64           // events that wait for an operator
	Lags   []time.Duration // by shard, as far as it has begun
}

// Reading is what was measured at one moment.
type Reading struct {
	At               time.Time
	Consumers        []Consumer // by name
	CorrectionsDue   int        // at most 1,000
	CorrectionAge    time.Duration
	ApprovalsWaiting int // at most Most
	PeriodsWhole     bool
	PeriodsBehind    time.Duration // since the oldest pass that has not ended began; 0 where all have
	SplitsEnd        time.Time     // the first end of split points; zero where there are none
	Events           Rate
}

// Rate is events a second, rounded up, over the last 10 s; of more than 2,000 no more is known.
type Rate struct {
	All, Busiest int64
	Shard        int64 // the busiest
}

// Read measures: 6 RPCs, all of key ranges that are short where the installation is well.
func (s *Store) Read(ctx context.Context) (r Reading, err error) {
	defer fault.Wrap(&err, "monitorstore.Read")
	r.At = s.now()
	cursors, err := feed.ReadEvery(ctx, s.db.Snapshot())
	if err != nil {
		return r, err
	}
	r.Consumers = consumers(cursors, r.At)
	due, oldest, err := s.corrections.Backlog(ctx)
	if err != nil {
		return r, err
	}
	if r.CorrectionsDue = due; due > 0 {
		r.CorrectionAge = max(0, r.At.Sub(oldest))
	}
	if r.ApprovalsWaiting, err = s.approvals(ctx); err != nil {
		return r, err
	}
	if r.Events, err = s.rate(ctx, r.At); err != nil {
		return r, err
	}
	st, err := s.partitions.Standing(ctx)
	if err != nil {
		return r, err
	}
	r.PeriodsWhole, r.SplitsEnd = st.Whole, st.SplitsEnd
	if !st.Whole && !st.Begun.IsZero() {
		r.PeriodsBehind = max(0, r.At.Sub(st.Begun))
	}
	return r, nil
}

// approvals counts what waits for approval, in all organisations, as far as Most.
func (s *Store) approvals(ctx context.Context) (n int, err error) {
	opts := &spanner.ReadOptions{Limit: Most, RequestTag: "monitor/approvals"}
	err = s.db.Snapshot().ReadUsingIndex(ctx, "Entries", "PendingByOrg", spanner.AllKeys(), []string{"PendingDate"}, opts,
		func(*spanner.Row) error {
			n++
			return nil
		})
	return n, err
}

// rate counts the latest events of the feed.
func (s *Store) rate(ctx context.Context, now time.Time) (r Rate, err error) {
	keys := make([]spanner.KeySet, tenant.Shards)
	for n := range int64(tenant.Shards) {
		keys[n] = spanner.KeyRange{Start: spanner.Key{n, now.Add(-window)}, End: spanner.Key{n}, Kind: spanner.ClosedClosed}
	}
	var byShard [tenant.Shards]int64
	all := int64(0)
	opts := &spanner.ReadOptions{Limit: mostEvents, RequestTag: "monitor/events"}
	err = s.db.Snapshot().ReadUsingIndex(ctx, "Events", "EventFeed", spanner.KeySets(keys...), []string{"ShardId"}, opts, func(row *spanner.Row) error {
		var shard int64
		err := row.Columns(&shard)
		if err == nil && shard >= 0 && shard < tenant.Shards {
			byShard[shard]++
			all++
		}
		return err
	})
	const seconds = int64(window / time.Second)
	up := func(n int64) int64 { return (n + seconds - 1) / seconds }
	r.All = up(all)
	for shard, n := range byShard {
		if up(n) > r.Busiest {
			r.Busiest, r.Shard = up(n), int64(shard)
		}
	}
	return r, err
}

func consumers(cursors []feed.Cursor, now time.Time) (all []Consumer) {
	by := map[string]*Consumer{}
	for _, c := range cursors {
		x := by[c.Consumer]
		if x == nil {
			x = &Consumer{Name: c.Consumer, Shard: c.Shard}
			by[c.Consumer] = x
		}
		lag := c.Lag(now)
		x.Lags, x.Parked = append(x.Lags, lag), x.Parked+c.Parked
		if lag > x.Lag {
			x.Lag, x.Shard = lag, c.Shard
		}
	}
	for _, x := range by {
		all = append(all, *x)
	}
	slices.SortFunc(all, func(a, b Consumer) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
