package invalidate

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/store/eventlog"
)

// envEvents is how many events TestManyEvents tells of; 100,000 by default.
const envEvents = "INNKEEP_INVALIDATE_EVENTS"

// Five thousand events a second of many properties, some of which post much more than others: no head moves
// more than once a second, all end where the events are, and most events need no move.
func TestManyEvents(t *testing.T) {
	t.Parallel()
	n := 100_000
	if s := os.Getenv(envEvents); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	const properties, perSecond = 3000, 5000
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		random := rand.New(rand.NewPCG(1, 1))
		zipf := rand.NewZipf(random, 1.1, 10, properties-1)
		want := map[string]map[string]int64{}
		var shards [tenant.Shards][]eventlog.Stored
		for i := range n {
			b := tenant.Book{Org: "org", Property: tenant.PropertyID(fmt.Sprint(zipf.Uint64()))}
			at := start.Add(time.Duration(i) * time.Second / perSecond)
			e := eventlog.Stored{Book: b, Stream: today.AddDays(-random.IntN(3)).String(), Version: 2, Type: daybook.TypeCashCounted, Schema: 1, At: at}
			shards[b.Shard()] = append(shards[b.Shard()], e)
			raise(want, touched(e))
		}
		var mu sync.Mutex
		got, ended := map[string]map[string]int64{}, map[string]time.Time{}
		moved, flushes, most, worst := 0, 0, 0, time.Duration(0)
		q := moves.NewQueue(func(_ context.Context, all []moves.News) []error {
			mu.Lock()
			for _, x := range all {
				if last, ok := ended[x.Head]; ok && time.Since(last) < time.Second {
					t.Errorf("%s moves %v after its last move", x.Head, time.Since(last))
				}
			}
			mu.Unlock()
			time.Sleep(50 * time.Millisecond) //nolint:forbidigo // time stands still in synctest but for this
			mu.Lock()
			defer mu.Unlock()
			flushes, most, moved = flushes+1, max(most, len(all)), moved+len(all)
			for _, x := range all {
				raise(got, x)
				ended[x.Head] = time.Now()
				worst = max(worst, time.Since(x.Oldest))
			}
			return make([]error, len(all))
		})
		var feeds sync.WaitGroup
		for _, events := range shards {
			feeds.Go(func() {
				for len(events) > 0 { // twice a second what has come, a thousand at most
					time.Sleep(500 * time.Millisecond) //nolint:forbidigo // time stands still in synctest but for this
					k := 0
					for k < min(len(events), batchEvents) && !events[k].At.After(time.Now()) {
						k++
					}
					if err := q.Move(t.Context(), news(events[:k], time.Time{})); err != nil {
						t.Error(err)
					}
					events = events[k:]
				}
			})
		}
		feeds.Wait()
		for head := range want {
			if !maps.Equal(got[head], want[head]) {
				t.Errorf("%s: %v, want %v", head, got[head], want[head])
			}
		}
		seconds := int(time.Since(start)/time.Second) + 1
		t.Logf("%d events of %d properties in %d s: %d moves in %d flushes of %d at most, a head at most %v behind", n, len(want), seconds, moved, flushes, most, worst)
		if moved > n*2/3 || worst > 5*time.Second {
			t.Errorf("%d moves for %d events, %v behind", moved, n, worst)
		}
	})
}

func raise(heads map[string]map[string]int64, n moves.News) {
	if heads[n.Head] == nil {
		heads[n.Head] = map[string]int64{}
	}
	for field, at := range n.At {
		heads[n.Head][field] = max(heads[n.Head][field], at)
	}
}
