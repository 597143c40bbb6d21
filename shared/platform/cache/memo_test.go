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

func TestMemoIsBounded(t *testing.T) {
	t.Parallel()
	m, loads := cache.NewMemo(cache.Options[int, int]{Size: 100, TTL: time.Hour}), 0
	for range 2 {
		for key := range 10_000 {
			_, _ = m.Get(t.Context(), key, func(context.Context) (int, error) { loads++; return key, nil })
		}
	}
	if loads < 15_000 {
		t.Errorf("%d loads: more than the bound was kept", loads)
	}
}
