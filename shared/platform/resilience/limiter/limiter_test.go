package limiter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/resilience/priority"
)

// TestMain keeps the warnings of provoked failures out of the way.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	os.Exit(m.Run())
}

func TestTheWindowSlides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{})
		calls := func(n int) (allowed int) {
			for range n {
				if l.Allow(t.Context(), "a", 100, priority.Post).Allowed {
					allowed++
				}
			}
			return allowed
		}
		if n := calls(60); n != 60 {
			t.Fatal(n)
		}
		<-time.After(30 * time.Second)
		if n := calls(60); n != 40 {
			t.Fatalf("%d more, want the rest, 40", n)
		}
		d := l.Allow(t.Context(), "a", 100, priority.Post)
		if d.Allowed || d.RetryAfter < 30*time.Second || d.RetryAfter > 33*time.Second {
			t.Fatalf("%+v", d)
		}
		if err := d.Err(); !errors.Is(err, ErrLimited) || fault.From(err).Params["retryAfterSeconds"] != strconv.Itoa(seconds(d.RetryAfter)) {
			t.Errorf("%v", err)
		}
		if !l.Allow(t.Context(), "b", 100, priority.Post).Allowed {
			t.Error("another key's limit was touched")
		}
		<-time.After(d.RetryAfter - time.Second)
		if n := calls(1); n != 0 {
			t.Error("allowed a second before RetryAfter")
		}
		<-time.After(time.Second)
		if n := calls(100); n != 60 {
			t.Errorf("%d after RetryAfter, want 60", n)
		}
	})
}

func TestRoomIsLeftForHigherClasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{})
		for i, want := range []int{700, 150, 100, 50, 0} { // rebuild, report, read, feed, post
			n := 0
			for l.Allow(t.Context(), "a", 1000, priority.Class(i)).Allowed {
				n++
			}
			if n != want {
				t.Errorf("%d calls of class %s after those below it, want %d", n, priority.Class(i), want)
			}
		}
	})
}

// In a second an instance lets a tenth of the limit through, and 20 calls at least.
func TestBursts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{BurstPercent: 10})
		for limit, want := range map[int]int{50: 20, 500: 50} {
			key := strconv.Itoa(limit)
			for range 2 {
				n := 0
				for l.Allow(t.Context(), key, limit, priority.Post).Allowed {
					n++
				}
				if n != want {
					t.Errorf("%d of %d at once, want %d", n, limit, want)
				}
				d := l.Allow(t.Context(), key, limit, priority.Post)
				if d.RetryAfter != time.Second {
					t.Errorf("%+v", d)
				}
				<-time.After(d.RetryAfter)
			}
		}
	})
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{})
		var d Decision
		for range 10 {
			d = l.Allow(t.Context(), "a", 100, priority.Post)
		}
		h := http.Header{}
		d.SetHeaders(h, "organisation")
		if got := h.Get("RateLimit-Policy"); got != `"organisation";q=100;w=60` {
			t.Error(got)
		}
		if got := h.Get("RateLimit"); got != `"organisation";r=90;t=62` {
			t.Error(got)
		}
	})
}

func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Keys: 160})
		for i := range 10_000 {
			l.Allow(t.Context(), strconv.Itoa(i), 100, priority.Post)
			l.Allow(t.Context(), "busy", 20_000, priority.Post)
			<-time.After(time.Millisecond)
		}
		s := l.State()
		if s.Keys > 160 || s.Evicted < 9000 {
			t.Errorf("%+v", s)
		}
		if d := l.Allow(t.Context(), "busy", 20_000, priority.Post); d.Remaining > 10_000 {
			t.Errorf("the busy key was dropped: %+v", d)
		}
	})
}

func TestTheFastPathAllocatesNothing(t *testing.T) {
	l := New(Options{})
	if n := testing.AllocsPerRun(1000, func() { l.Allow(context.Background(), "a", 1<<30, priority.Post) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAllow(b *testing.B) {
	l := New(Options{})
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = "organisation-" + strconv.Itoa(i)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		l.Allow(context.Background(), keys[i%len(keys)], 1<<30, priority.Post)
	}
}

func BenchmarkAllowParallel(b *testing.B) {
	l := New(Options{})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Allow(context.Background(), "one", 1<<30, priority.Post)
		}
	})
}

func BenchmarkRefuse(b *testing.B) {
	l := New(Options{})
	b.ReportAllocs()
	for b.Loop() {
		l.Allow(context.Background(), "one", 100, priority.Post)
	}
}
