package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
)

// followers are the feed's consumers, by their keys in FeedCursors, to which organisations that came long ago
// have left nothing but a cursor: nobody keeps their reports, they have no endpoint and few events.
var followers = []string{"invalidate", "relay", "snapshot", "warm", webhookstore.ConsumerName}

// folding is the one that has something of each: the opening of the drawer is in its sums.
var folding = accounttotals.ConsumerName(1)

// Follow puts the feed's consumers behind all events, but for the one that folds them. Nobody else may write
// meanwhile. It gives how many events there are.
func Follow(ctx context.Context, db *spannerdb.DB) (events int64, err error) {
	snap := db.Single()
	defer snap.Close()
	var counts [tenant.Shards]int64
	err = snap.Query(ctx, spanner.NewStatement("SELECT ShardId, COUNT(*) FROM Events GROUP BY ShardId")).Do(func(r *spanner.Row) error {
		var shard, n int64
		if err := r.Columns(&shard, &n); err != nil {
			return err
		}
		counts[shard], events = n, events+n
		return nil
	})
	if err != nil {
		return 0, err
	}
	at, err := snap.Timestamp()
	if err != nil {
		return 0, err
	}
	var rows []*spanner.Mutation
	for _, name := range followers {
		for shard, n := range counts {
			rows = append(rows, feed.Cursor{Consumer: name, Shard: int64(shard), Position: eventlog.End(at), Events: n}.Mutation())
		}
	}
	_, err = db.Client().Apply(ctx, rows, spanner.TransactionTag("loadtest/follow"))
	return events, err
}

// Walk puts the walks that compare all books with their events into the middle of their cycles, where an
// installation has them that has long been there: a new one is compared as fast as can be.
func (w World) Walk(ctx context.Context, db *spannerdb.DB) error {
	var counts [tenant.Shards]int64
	w.each(func(b tenant.Book) { counts[b.Shard()]++ })
	var passed [tenant.Shards]int64
	var rows []*spanner.Mutation
	now := time.Now()
	w.each(func(b tenant.Book) {
		shard := b.Shard()
		if passed[shard]++; passed[shard] == (counts[shard]+1)/2 {
			rows = append(rows, correctionstore.Midway(now, shard, counts[shard], b)...)
		}
	})
	_, err := db.Client().Apply(ctx, rows, spanner.TransactionTag("loadtest/walk"))
	return err
}

// each goes through all properties, organisation by organisation.
func (w World) each(do func(tenant.Book)) {
	for n := range w.Organisations {
		for k := range w.Properties(n) {
			do(tenant.Book{Org: w.Org(n), Property: w.Property(n, k)})
		}
	}
}

// CheckFollowers is an error where the feed has a consumer that Follow does not know: its way through all
// that was brought in would be in the figures.
func CheckFollowers(all []feed.Cursor) error {
	for _, c := range all {
		if c.Consumer != folding && !slices.Contains(followers, c.Consumer) {
			return fmt.Errorf("the feed's consumer %q is not known to the load test: it is neither %s nor among %q", c.Consumer, folding, followers)
		}
	}
	return nil
}
