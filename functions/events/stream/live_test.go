package stream

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
)

// quiet is a live stream of books in which nothing happens; looks are the moments at which it looks.
func quiet(wake <-chan time.Time, looks *[]time.Duration) *live {
	began := time.Now()
	return &live{
		Options: Defaults(), wake: wake, out: newMessages(httptest.NewRecorder(), time.Second),
		look: func(context.Context, eventlog.Position, time.Time) (history.Page, error) {
			*looks = append(*looks, time.Since(began))
			return history.Page{Next: eventlog.End(time.Now())}, nil
		},
	}
}

func written(l *live) string { return l.out.w.(*httptest.ResponseRecorder).Body.String() }

func TestHeartbeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var looks []time.Duration
		l := quiet(nil, &looks)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute-1, errAge)
		defer cancel()
		if err := l.run(ctx, eventlog.Position{}); !errors.Is(err, errAge) {
			t.Errorf("the stream ended with %v", err)
		}
		if n := strings.Count(written(l), ": heartbeat\nid: "); n != 3 {
			t.Errorf("%d heartbeats in a minute, want 3 of 15 s each:\n%s", n, written(l))
		}
		if len(looks) != 6 {
			t.Errorf("it looked at %v, want each 10 s", looks)
		}
	})
}

// News is looked for at once, but not more often than Gap allows.
func TestWakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var looks []time.Duration
		wake := make(chan time.Time)
		l := quiet(wake, &looks)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for _, after := range []time.Duration{time.Second, 100 * time.Millisecond, 50 * time.Millisecond, 3 * time.Second} {
				<-time.After(after)
				wake <- time.Now()
			}
			<-time.After(time.Second)
			cancel()
		}()
		if err := l.run(ctx, eventlog.Position{}); !errors.Is(err, context.Canceled) {
			t.Errorf("the stream ended with %v", err)
		}
		want := []time.Duration{0, time.Second, 1250 * time.Millisecond, 4150 * time.Millisecond}
		if diff := cmp.Diff(want, looks); diff != "" {
			t.Errorf("looks (-want +got):\n%s", diff)
		}
	})
}

// A stream that reads on through what its filter leaves out says that it is well.
func TestHeartbeatsWhileCatchingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var looks []time.Duration
		l := quiet(nil, &looks)
		l.look = func(ctx context.Context, _ eventlog.Position, _ time.Time) (history.Page, error) {
			select {
			case <-ctx.Done():
			case <-time.After(4 * time.Second):
			}
			return history.Page{More: true}, nil
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errExpired)
		defer cancel()
		if err := l.run(ctx, eventlog.Position{}); !errors.Is(err, errExpired) {
			t.Errorf("the stream ended with %v", err)
		}
		if n := strings.Count(written(l), ": heartbeat\n"); n != 3 {
			t.Errorf("%d heartbeats, want one each 16 s", n)
		}
	})
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"internal error":              errors.New("x"),
		"it is time to connect again": errAge,
	} {
		if why, defect := reason(err); why != want || defect != (want == "internal error") {
			t.Errorf("%v: %q, a defect %v", err, why, defect)
		}
	}
}
