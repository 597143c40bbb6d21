package intake

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/scripts/import/internal/mapping"
)

// TestLanesHoldAtMostTheirBound runs random files of many properties through few workers: every item
// comes out once, each property's in order and never two batches at once, within the bound.
func TestLanesHoldAtMostTheirBound(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { runLanes(t, seed) })
	}
}

func runLanes(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const items, batch, workers = 5000, 20, 3
	properties := 1 + random.IntN(400)
	l := newLanes(ctx, batch, workers)
	l.maxHeld = 50 * (&item{}).cost()

	var mu sync.Mutex
	got, busy, most := map[string][]int{}, map[string]bool{}, int64(0)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				at, items, ok := l.take(ctx)
				if !ok {
					return
				}
				mu.Lock()
				if busy[at.property] || len(items) == 0 || len(items) > batch {
					t.Errorf("a batch of %d of %s while busy: %v", len(items), at.property, busy[at.property])
				}
				busy[at.property] = true
				mu.Unlock()
				time.Sleep(time.Millisecond) //nolint:forbidigo // the clock of the synctest bubble: a call
				mu.Lock()
				busy[at.property] = false
				for _, it := range items {
					got[at.property] = append(got[at.property], it.line)
				}
				mu.Unlock()
				l.done(at, items)
			}
		})
	}
	want := map[string][]int{}
	for i := range items {
		code := fmt.Sprint(random.IntN(properties))
		want[code] = append(want[code], i)
		if err := l.add(ctx, &item{line: i, posting: mapping.Posting{PropertyCode: code}}); err != nil {
			t.Fatal(err)
		}
		l.mu.Lock()
		most = max(most, l.held)
		l.mu.Unlock()
	}
	l.finish()
	group.Wait()
	if most > l.maxHeld || l.held != 0 {
		t.Errorf("held %d of %d, %d at the end", most, l.maxHeld, l.held)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("seed %d: what came out is not what went in", seed)
	}
}

// TestLanesEndWithTheirContext: nobody waits for ever.
func TestLanesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l := newLanes(ctx, 1, 1)
		l.maxHeld = 1
		var group sync.WaitGroup
		group.Go(func() {
			for i := range 2 {
				err := l.add(ctx, &item{line: i})
				if i == 1 && err == nil {
					t.Error("added beyond the bound")
				}
			}
		})
		synctest.Wait()
		cancel()
		group.Wait()
		if _, _, ok := l.take(ctx); ok {
			t.Error("a batch after the end")
		}
	})
}
