package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/cache"
)

func newMemo(size int) *cache.Memo[string, int] {
	return cache.NewMemo(cache.Options[string, int]{Size: size, TTL: time.Minute, Now: time.Now})
}

func TestMemoAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, loads := newMemo(10), 0
		load := func(context.Context) (int, error) { loads++; return loads, nil }
		get := func() int {
			v, err := m.Get(t.Context(), "a", load)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		steps := []struct {
			wait time.Duration
			want int
		}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {59 * time.Second, 2}}
		for i, s := range steps {
			time.Sleep(s.wait) //nolint:forbidigo // time stands still in synctest but for this
			if got := get(); got != s.want {
				t.Errorf("step %d: %d, want %d", i, got, s.want)
			}
		}
		m.Forget("a")
		if got := get(); got != 3 {
			t.Errorf("after Forget: %d", got)
		}
	})
}

func TestMemoTTLOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := cache.NewMemo(cache.Options[string, time.Duration]{
			Size: 10, Now: time.Now, TTLOf: func(_ string, v time.Duration) time.Duration { return v },
		})
		for key, ttl := range map[string]time.Duration{"long": time.Hour, "none": 0, "negative": -time.Hour} {
			loads := 0
			for range 3 {
				time.Sleep(time.Second) //nolint:forbidigo // time stands still in synctest but for this
				_, _ = m.Get(t.Context(), key, func(context.Context) (time.Duration, error) { loads++; return ttl, nil })
			}
			if kept := loads == 1; kept != (ttl > 0) {
				t.Errorf("%s: %d loads", key, loads)
			}
		}
	})
}

func TestMemoRemembersNoError(t *testing.T) {
	t.Parallel()
	m, broken := newMemo(10), errors.New("broken")
	if _, err := m.Get(t.Context(), "a", func(context.Context) (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if v, err := m.Get(t.Context(), "a", func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Fatal(v, err)
	}
}

func TestMemoLoadsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo(10)
		var loads atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, err := m.Get(t.Context(), "a", func(context.Context) (int, error) {
					time.Sleep(time.Second) //nolint:forbidigo // time stands still in synctest but for this
					return int(loads.Add(1)), nil
				})
				if v != 1 || err != nil {
					t.Error(v, err)
				}
			})
		}
		wg.Wait()
	})
}

// A caller who gives up takes the others' load with him, who then load for themselves.
func TestMemoLeaderGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo(10)
		load := func(ctx context.Context) (int, error) {
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(time.Minute):
				return 1, nil
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := m.Get(ctx, "a", load); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		synctest.Wait()
		if v, err := m.Get(t.Context(), "a", load); v != 1 || err != nil {
			t.Error(v, err)
		}
		wg.Wait()
	})
}

// Of what it may not keep, it drops what was asked for the longest ago.
func TestMemoKeepsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	m := cache.NewMemo(cache.Options[int, int]{Size: 100, TTL: time.Hour})
	loads := map[int]int{}
	ask := func(key int) {
		_, _ = m.Get(t.Context(), key, func(context.Context) (int, error) { loads[key]++; return key, nil })
	}
	for key := range 1000 {
		ask(key)
		ask(0)
	}
	for key := 902; key < 1000; key++ {
		ask(key)
	}
	if len(loads) != 1000 || loads[0] != 1 || loads[902] != 1 {
		t.Errorf("%d keys; the one always asked for was loaded %d times, a late one %d", len(loads), loads[0], loads[902])
	}
	ask(899)
	if loads[899] != 2 {
		t.Error("more than the bound was kept")
	}
}

func BenchmarkMemoKept(b *testing.B) {
	m := cache.NewMemo(cache.Options[int, int]{Size: 10_000, TTL: time.Hour})
	for key := range 10_000 {
		m.Put(key, key)
	}
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for key := 0; p.Next(); key++ {
			_, _ = m.Get(b.Context(), key%10_000, nil)
		}
	})
}
