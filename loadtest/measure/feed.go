package measure

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/functions"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
)

// sweepPause is between two sweeps of a consumer: those that have caught up look in vain, and each call makes
// the emulator slower.
const sweepPause = 5 * time.Second

// CatchUp waits until every consumer of the feed has behind it what was committed up to a moment, and has
// the consumers sweep meanwhile. It gives how many events the slowest one has taken in all.
func CatchUp(ctx context.Context, db *spannerdb.DB, until time.Time) (events int64, err error) {
	catalogue, err := functions.Load()
	if err != nil {
		return 0, err
	}
	sweeping, stop := context.WithCancel(ctx)
	var sweeps errgroup.Group
	defer func() {
		stop()
		_ = sweeps.Wait() // a sweep that is broken off is no fault
	}()
	consumers := 0
	for _, f := range catalogue.Functions {
		if f.Trigger == functions.PubSub && f.Topic == feed.Topic {
			consumers++
			sweeps.Go(func() error {
				for sweeping.Err() == nil {
					sweep(sweeping, os.Getenv("INNKEEP_FUNCTIONS_URL")+"/"+f.Name)
					pause(sweeping, sweepPause)
				}
				return nil
			})
		}
	}
	for {
		behind, least, err := standing(ctx, db, until, consumers)
		if err != nil {
			return 0, err
		}
		if behind == "" {
			return least, nil
		}
		if pause(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return least, fmt.Errorf("%s has not caught up: %w", behind, ctx.Err())
		}
	}
}

// standing names a consumer that is behind, or none.
func standing(ctx context.Context, db *spannerdb.DB, until time.Time, consumers int) (behind string, least int64, err error) {
	snap := db.SnapshotAt(time.Now())
	all, err := feed.ReadEvery(ctx, snap)
	if err != nil {
		return "", 0, err
	}
	events, shards := map[string]int64{}, map[string]int{}
	for _, c := range all {
		shards[c.Consumer]++
		events[c.Consumer] += c.Events
		if behind != "" || !c.Watermark().Before(until) {
			continue
		}
		// The cursor of a shard without news is moved twice a minute: what counts is whether there are any.
		next, err := eventlog.Page(ctx, snap, c.Shard, c.Position, until, 1)
		if err != nil {
			return "", 0, err
		}
		if len(next) > 0 {
			behind = fmt.Sprintf("%s in shard %d", c.Consumer, c.Shard)
		}
	}
	least = -1
	for name, n := range events {
		if least < 0 || n < least {
			least = n
		}
		if shards[name] < 16 {
			behind = name
		}
	}
	if len(events) < consumers {
		behind = "a consumer that has not begun"
	}
	return behind, least, nil
}

func sweep(ctx context.Context, url string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"sweep":true}`))
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/json")
	if a, err := http.DefaultClient.Do(r); err == nil {
		_ = a.Body.Close()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
