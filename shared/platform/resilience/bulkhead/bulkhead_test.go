package bulkhead

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/resilience/priority"
)

func small() *Bulkhead {
	return New(Options{Name: "t", Concurrent: 1, Queue: 2, Wait: time.Second})
}

// enter begins to enter and says how that ended.
func enter(ctx context.Context, b *Bulkhead, c priority.Class) <-chan error {
	done := make(chan error, 1)
	go func() { done <- b.Enter(ctx, c) }()
	synctest.Wait()
	return done
}

func TestTheHighestClassGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{Concurrent: 1, Queue: 5, Wait: time.Minute})
		if err := b.Enter(t.Context(), priority.Rebuild); err != nil {
			t.Fatal(err)
		}
		order := make(chan string, 5)
		for _, who := range []struct {
			name  string
			class priority.Class
		}{{"report", priority.Report}, {"read 1", priority.Read}, {"post", priority.Post}, {"read 2", priority.Read}, {"rebuild", priority.Rebuild}} {
			go func() {
				if err := b.Enter(t.Context(), who.class); err != nil {
					t.Error(who.name, err)
				}
				order <- who.name
				b.Leave()
			}()
			synctest.Wait()
		}
		b.Leave()
		synctest.Wait()
		for _, want := range []string{"post", "read 1", "read 2", "report", "rebuild"} {
			if got := <-order; got != want {
				t.Errorf("%s went in instead of %s", got, want)
			}
		}
		if s := b.State(); s.Running != 0 || s.Entered != 6 {
			t.Errorf("%+v", s)
		}
	})
}

func TestTheLowestClassGivesWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := small()
		if err := b.Enter(t.Context(), priority.Post); err != nil {
			t.Fatal(err)
		}
		first, second := enter(t.Context(), b, priority.Report), enter(t.Context(), b, priority.Report)
		if err := b.Enter(t.Context(), priority.Rebuild); !errors.Is(err, ErrShed) {
			t.Errorf("a rebuild waits in a full queue: %v", err)
		}
		if err := b.Enter(t.Context(), priority.Report); !errors.Is(err, ErrShed) {
			t.Errorf("a report took the place of a report: %v", err)
		}
		post := enter(t.Context(), b, priority.Post)
		if err := <-second; !errors.Is(err, ErrShed) || fault.From(err).Params["retryAfterSeconds"] != "5" {
			t.Errorf("the last report: %v", err)
		}
		b.Leave()
		if err := <-post; err != nil {
			t.Error(err)
		}
		b.Leave()
		if err := <-first; err != nil {
			t.Error(err)
		}
		b.Leave()
		if s := b.State(); s.Refused != 2 || s.Displaced != 1 || s.Entered != 3 || s.Running != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestNobodyWaitsForLongerThanTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := small()
		if err := b.Enter(t.Context(), priority.Post); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := b.Enter(t.Context(), priority.Post); !errors.Is(err, ErrShed) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began = time.Now()
		err := b.Enter(ctx, priority.Post)
		if !errors.Is(err, ErrShed) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 300*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if s := b.State(); s.TimedOut != 1 || s.Left != 1 || s.Waiting != [5]int{} || s.Running != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// When there has been a queue for as long as the longest wait, all but posts are told soon.
// A place that comes to a call in the moment in which its time is over is its own, or the next one's.
func TestAPlaceIsNotLost(t *testing.T) {
	t.Parallel()
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			b := small()
			if err := b.Enter(t.Context(), priority.Post); err != nil {
				t.Fatal(err)
			}
			late := enter(t.Context(), b, priority.Post)
			<-time.After(time.Second)
			b.Leave()
			if err := <-late; err == nil {
				b.Leave()
			}
			if s := b.State(); s.Running != 0 || s.Waiting[priority.Post] != 0 || s.Entered+s.TimedOut < 2 {
				t.Fatalf("%+v", s)
			}
		})
	}
}

func TestAStandingQueueIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{Concurrent: 1, Queue: 10, Wait: time.Second})
		if err := b.Enter(t.Context(), priority.Post); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second comes before the first has gone
			go func() { _ = b.Enter(t.Context(), priority.Post) }()
			<-time.After(600 * time.Millisecond)
		}
		began := time.Now()
		if err := b.Enter(t.Context(), priority.Read); !errors.Is(err, ErrShed) || time.Since(began) != 100*time.Millisecond {
			t.Errorf("a read: %v after %v", err, time.Since(began))
		}
		began = time.Now()
		if err := b.Enter(t.Context(), priority.Post); !errors.Is(err, ErrShed) || time.Since(began) != time.Second {
			t.Errorf("a post: %v after %v", err, time.Since(began))
		}
		<-time.After(time.Second)
		began = time.Now()
		if err := b.Enter(t.Context(), priority.Read); !errors.Is(err, ErrShed) || time.Since(began) != time.Second {
			t.Errorf("a read after the queue was empty: %v after %v", err, time.Since(began))
		}
	})
}

func TestRoomStaysFreeForHigherClasses(t *testing.T) {
	t.Parallel()
	b := New(Options{Concurrent: 20})
	for c, want := range map[priority.Class]int{priority.Rebuild: 18, priority.Report: 19, priority.Read: 20, priority.Post: 20} {
		n := 0
		for b.Enter(t.Context(), c) == nil {
			n++
		}
		if n != want {
			t.Errorf("%s fills %d of 20, want %d", c, n, want)
		}
		for range n {
			b.Leave()
		}
	}
}

func TestTheFastPathAllocatesNothing(t *testing.T) {
	b := New(Options{Concurrent: 10})
	if n := testing.AllocsPerRun(1000, func() {
		_ = b.Enter(context.Background(), priority.Post)
		b.Leave()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEnterAndLeave(b *testing.B) {
	h := New(Options{Concurrent: 1000})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if h.Enter(context.Background(), priority.Post) == nil {
				h.Leave()
			}
		}
	})
}

func BenchmarkRefuse(b *testing.B) {
	h := New(Options{Concurrent: 1})
	_ = h.Enter(context.Background(), priority.Post)
	b.ReportAllocs()
	for b.Loop() {
		_ = h.Enter(context.Background(), priority.Post)
	}
}
