package lazy_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/lazy"
)

func TestValueIsTriedAgain(t *testing.T) {
	t.Parallel()
	calls := 0
	v := lazy.New(func(context.Context) (int, error) {
		switch calls++; calls {
		case 1:
			return 0, errors.New("away")
		case 2:
			panic("worse")
		}
		return calls, nil
	})
	for i, want := range []int{0, 0, 3, 3} {
		got, err := v.Get(t.Context())
		if got != want || (err != nil) != (want == 0) {
			t.Errorf("call %d: %d, %v", i, got, err)
		}
	}
}

func TestValueIsOpenedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		v := lazy.New(func(ctx context.Context) (int, error) {
			calls++
			if _, ok := ctx.Deadline(); ok {
				t.Error("opened under the caller's deadline")
			}
			time.Sleep(time.Minute) //nolint:forbidigo // time stands still in synctest but for this
			return calls, nil
		})
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := v.Get(short); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 10 {
			wg.Go(func() {
				if got, err := v.Get(t.Context()); got != 1 || err != nil {
					t.Error(got, err)
				}
			})
		}
		wg.Wait()
	})
}
