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

// What another call has loaded is judged as well: the one who finds it wanting loads anew, once for all
// who do.
func TestFindJudgesWhatOthersLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo(10)
		var loads atomic.Int32
		load := func(context.Context) (int, error) {
			time.Sleep(time.Second) //nolint:forbidigo // time stands still in synctest but for this
			return int(loads.Add(1)), nil
		}
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				least := 1 + i%2
				v, _, err := m.Find(t.Context(), "a", cache.Want[int]{Good: func(v int) bool { return v >= least }}, load)
				if err != nil || v < 1 {
					t.Error(v, err)
				}
			})
		}
		wg.Wait()
		if n := loads.Load(); n > 2 {
			t.Errorf("%d loads", n)
		}
	})
}

// A value that is due is loaded by one call; the others go on with the one that is there, and so does that
// call where the load fails.
func TestFindRefreshesOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemo(10)
		m.Put("a", 1)
		var loads, kept atomic.Int32
		due := cache.Want[int]{Due: func(v int) bool { return v == 1 }}
		find := func(load func(context.Context) (int, error)) (int, cache.How) {
			v, how, err := m.Find(t.Context(), "a", due, load)
			if err != nil {
				t.Error(err)
			}
			return v, how
		}
		broken := func(context.Context) (int, error) { return 0, errors.New("broken") }
		if v, how := find(broken); v != 1 || how != cache.Kept {
			t.Errorf("%d, %d", v, how)
		}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, how := find(func(context.Context) (int, error) {
					time.Sleep(time.Second) //nolint:forbidigo // time stands still in synctest but for this
					return int(loads.Add(1)) + 1, nil
				})
				if v == 1 && how == cache.Kept {
					kept.Add(1)
				}
			})
		}
		wg.Wait()
		if loads.Load() != 1 || kept.Load() != 19 {
			t.Errorf("%d loads, %d went on with what was there", loads.Load(), kept.Load())
		}
		if v, _ := find(broken); v != 2 {
			t.Errorf("%d is kept", v)
		}
	})
}

// A load that panics leaves nobody waiting.
func TestFindAfterAPanic(t *testing.T) {
	t.Parallel()
	m := newMemo(10)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		_, _ = m.Get(t.Context(), "a", func(context.Context) (int, error) { panic("a defect") })
	}()
	if v, err := m.Get(t.Context(), "a", func(context.Context) (int, error) { return 1, nil }); v != 1 || err != nil {
		t.Error(v, err)
	}
}

// What was forgotten while it was loaded is not remembered.
func TestForgetDuringALoad(t *testing.T) {
	t.Parallel()
	m := newMemo(10)
	_, _ = m.Get(t.Context(), "a", func(context.Context) (int, error) {
		m.Forget("a")
		return 1, nil
	})
	if v, err := m.Get(t.Context(), "a", func(context.Context) (int, error) { return 2, nil }); v != 2 || err != nil {
		t.Error(v, err)
	}
}

// All values together stay within the bytes, and their number within the size.
func TestMemoIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ bytes, want int }{"large": {1000, 100}, "small": {1, 1000}, "too large": {100_001, 0}} {
		m := cache.NewMemo(cache.Options[int, int]{Size: 1000, TTL: time.Hour, MaxBytes: 100_000, Bytes: func(int) int { return c.bytes }})
		for key := range 5000 {
			m.Put(key, key)
		}
		kept, gone := 0, func(context.Context) (int, error) { return 0, errors.New("gone") }
		for key := range 5000 {
			if _, how, _ := m.Find(t.Context(), key, cache.Want[int]{}, gone); how == cache.Kept {
				kept++
			}
		}
		if kept != c.want {
			t.Errorf("%s: %d are kept, want %d", name, kept, c.want)
		}
	}
}

// A value that is put anew takes its bytes once, and one that is too large takes the place of none.
func TestMemoCountsBytes(t *testing.T) {
	t.Parallel()
	bytes := 10
	m := cache.NewMemo(cache.Options[int, int]{Size: 10, TTL: time.Hour, MaxBytes: 100, Bytes: func(int) int { return bytes }})
	for i := range 30 {
		m.Put(i/3, i)
	}
	bytes = 101
	m.Put(10, 10)
	m.Put(0, 0)
	for key := range 11 {
		loaded := func(context.Context) (int, error) { return 0, errors.New("gone") }
		_, how, _ := m.Find(t.Context(), key, cache.Want[int]{}, loaded)
		if kept := how == cache.Kept; kept != (key > 0 && key < 10) {
			t.Errorf("%d: kept is %t", key, kept)
		}
	}
}

// TestThousandMissesAreOneLoad: of both levels together, in one instance.
func TestThousandMissesAreOneLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := cache.New(nil, time.Now)
		var loads, made, shared atomic.Int32
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				q := cache.Question{Key: cache.Key{1}, Oldest: time.Minute, Since: time.Now()}
				a, err := c.Get(t.Context(), q, func(context.Context) (cache.Value, error) {
					loads.Add(1)
					time.Sleep(time.Second) //nolint:forbidigo // time stands still in synctest but for this
					return cache.Value{Bytes: []byte("x"), Stamp: time.Now()}, nil
				})
				switch {
				case err != nil || string(a.Bytes) != "x":
					t.Error(err)
				case a.Source == cache.Made:
					made.Add(1)
				case a.Source == cache.Shared:
					shared.Add(1)
				}
			})
		}
		wg.Wait()
		if loads.Load() != 1 || made.Load() != 1 || shared.Load() != 999 {
			t.Errorf("%d loads; %d made, %d shared", loads.Load(), made.Load(), shared.Load())
		}
	})
}
