package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"innkeep.internal/shared/core/fault"
)

var (
	errDown = status.Error(codes.Unavailable, "down")
	options = Options{Name: "t", Attempts: 4, First: 100 * time.Millisecond, Most: 2 * time.Second, Within: 10 * time.Second}
)

// failing is a call that fails n times with err.
func failing(n int, err error, calls *int) func(context.Context) error {
	return func(context.Context) error {
		if *calls++; *calls <= n {
			return err
		}
		return nil
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails int
		err   error
		calls int
		ok    bool
	}{
		"passes":         {2, errDown, 3, true},
		"does not pass":  {9, errDown, 4, false},
		"never passes":   {1, status.Error(codes.NotFound, ""), 1, false},
		"a fault passes": {1, fault.New(fault.Unavailable, "x", ""), 2, true},
		"a conflict":     {1, fault.New(fault.Conflict, "x", ""), 1, false},
		"at once":        {0, nil, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				err := New(options).Do(t.Context(), failing(c.fails, c.err, &calls))
				if calls != c.calls || (err == nil) != c.ok || err != nil && !errors.Is(err, c.err) {
					t.Errorf("%d calls, %v", calls, err)
				}
			})
		})
	}
}

// Pauses are random, up to 100, 200 and 400 ms.
func TestPauses(t *testing.T) {
	t.Parallel()
	longest := [3]time.Duration{}
	for range 3000 {
		for n := range longest {
			p := jitter(options, n+1)
			if p <= 0 {
				t.Fatal("no pause")
			}
			longest[n] = max(longest[n], p)
		}
	}
	for n, want := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond} {
		if longest[n] > want || longest[n] < want*9/10 {
			t.Errorf("the longest pause after attempt %d is %v, want %v", n+1, longest[n], want)
		}
	}
}

func TestNeverPastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context) error { <-time.After(4 * time.Second); return errDown }
		began := time.Now()
		if err := New(options).Do(t.Context(), slow); !errors.Is(err, errDown) || time.Since(began) > 14*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		calls := 0
		began = time.Now()
		o := options
		o.First, o.Most = time.Hour, time.Hour // a pause that fits is beyond belief
		err := New(o).Do(ctx, failing(9, errDown, &calls))
		if calls != 1 || !errors.Is(err, errDown) || time.Since(began) != 0 {
			t.Errorf("%d calls, %v after %v", calls, err, time.Since(began))
		}
	})
}

// Retries are a tenth of the calls in the long run.
func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := New(options)
		calls := 0
		for range 1000 {
			_ = r.Do(t.Context(), failing(1<<30, errDown, &calls))
		}
		if retries := calls - 1000; retries < 100 || retries > 111 {
			t.Errorf("%d retries of 1000 calls", retries)
		}
	})
}
