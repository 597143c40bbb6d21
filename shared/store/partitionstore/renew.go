package partitionstore

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb/splits"
)

const renewals = "SplitRenewals"

const (
	// splitLife is how long split points are asked for: under the 30 days that Spanner gives at most.
	splitLife = 28 * 24 * time.Hour
	// splitRenewal is what is left of their life when they are renewed: two weeks of failures lose none.
	splitRenewal = 14 * 24 * time.Hour
	// initiator marks our split points in SPANNER_SYS.USER_SPLIT_POINTS.
	initiator = "innkeep-partitions"
)

// Splitter divides a table or an index: splits.Client is one.
type Splitter interface {
	Add(ctx context.Context, t splits.Target, until time.Time, initiator string) error
}

// beginning is before every commit.
var beginning = time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)

// Targets are the tables and indexes that lead with the shard, each with the first key of every shard but
// the first: 15 points, 60 in all. Properties takes along everything interleaved in it: the day books.
func Targets() []splits.Target {
	return []splits.Target{
		{Table: "Properties", Keys: bounds("", "")},
		{Table: "Events", Index: "EventFeed", Keys: bounds(beginning, "", "", "", int64(0))},
		{Table: "WebhookDeliveries", Keys: bounds("", "", latest, "", "", int64(0))},
		{Table: "Corrections", Keys: bounds("", "", bottomDate)},
	}
}

// latest is after every commit: it comes first where newer keys do.
var latest = time.Date(9999, time.December, 31, 23, 59, 59, 999999999, time.UTC)

// bottomDate is the first DATE.
const bottomDate = "0001-01-01"

// bounds are the first keys of all shards but the first, with the least values behind the shard.
func bounds(least ...any) (keys []splits.Key) {
	for shard := int64(1); shard < tenant.Shards; shard++ {
		keys = append(keys, append(splits.Key{shard}, least...))
	}
	return keys
}

// RenewSplits asks anew for the split points that end within two weeks, and for those that were never
// asked for; it gives the names of what it asked for. A call with nothing to do is 1 RPC.
func (s *Store) RenewSplits(ctx context.Context, by Splitter) (renewed []string, err error) {
	defer fault.Wrap(&err, "partitionstore.RenewSplits")
	ends, err := s.splitEnds(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now().UTC()
	var faults []error
	for _, t := range Targets() {
		if ends[t.Name()].Sub(now) > splitRenewal {
			continue
		}
		if err := s.renew(ctx, by, t, now.Add(splitLife)); err != nil {
			faults = append(faults, unavailable(err)) // the others are tried all the same
			continue
		}
		renewed = append(renewed, t.Name())
	}
	return renewed, errors.Join(faults...)
}

func (s *Store) renew(ctx context.Context, by Splitter, t splits.Target, until time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	if err := by.Add(ctx, t, until, initiator); err != nil {
		return err
	}
	return s.commit(ctx, []*spanner.Mutation{spanner.InsertOrUpdate(renewals,
		[]string{"SplitTarget", "PointCount", "ExpireAt", "RenewedAt"},
		[]any{t.Name(), int64(len(t.Keys)), until, spanner.CommitTimestamp})})
}

// splitEnds is until when the split points of each target hold: 1 RPC.
func (s *Store) splitEnds(ctx context.Context) (map[string]time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	ends := map[string]time.Time{}
	opts := &spanner.ReadOptions{RequestTag: "partitions/splits"}
	err := s.db.Single().ReadWithOptions(ctx, renewals, spanner.AllKeys(), []string{"SplitTarget", "ExpireAt"}, opts).Do(func(r *spanner.Row) error {
		var name string
		var end time.Time
		err := r.Columns(&name, &end)
		ends[name] = end
		return err
	})
	return ends, unavailable(err)
}
