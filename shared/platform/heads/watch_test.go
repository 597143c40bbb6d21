package heads

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// fake is a Firestore of one head: each listener that is opened takes its times from the channel.
type fake struct {
	opened int
	open   int
	times  chan time.Time // the zero time breaks the listener
}

var errBroken = errors.New("broken")

func (f *fake) follow(ctx context.Context, _ string, moved func(time.Time)) error {
	f.opened++
	f.open++
	defer func() { f.open-- }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case at := <-f.times:
			if at.IsZero() {
				return errBroken
			}
			moved(at)
		}
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// heard is what waits on a watcher's channel; the zero time for nothing.
func heard(w <-chan time.Time) time.Time {
	select {
	case at := <-w:
		return at
	default:
		return time.Time{}
	}
}

func TestOneListenerForAllWatchersOfAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{times: make(chan time.Time)}
		b := newBoard(t.Context(), f.follow)
		one, endOne := b.watch(t.Context(), "a")
		ctx, cancel := context.WithCancel(t.Context())
		two, _ := b.watch(ctx, "a")
		for i := range 3 { // nobody reads in between: only the last counts
			f.times <- start.Add(time.Duration(i))
		}
		f.times <- start // late
		synctest.Wait()
		for _, w := range []<-chan time.Time{one, two} {
			if got := heard(w); !got.Equal(start.Add(2)) {
				t.Errorf("a watcher heard %s", got)
			}
			if got := heard(w); !got.IsZero() {
				t.Errorf("and then %s", got)
			}
		}
		three, endThree := b.watch(t.Context(), "a")
		if got := heard(three); !got.Equal(start.Add(2)) {
			t.Errorf("a later watcher heard %s", got)
		}
		endOne()
		endOne()
		endThree()
		synctest.Wait()
		if f.opened != 1 || f.open != 1 {
			t.Errorf("%d listeners were opened, %d are open, want one while one watches", f.opened, f.open)
		}
		cancel() // the last watch ends with its context
		synctest.Wait()
		if f.open != 0 || len(b.listeners) != 0 {
			t.Errorf("%d listeners are open without a watcher", f.open)
		}
		_, end := b.watch(t.Context(), "a")
		synctest.Wait()
		if f.opened != 2 {
			t.Error("the name cannot be watched again")
		}
		end()
		b.close()
	})
}

func TestABrokenListenerIsMadeAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{times: make(chan time.Time)}
		b := newBoard(t.Context(), f.follow)
		w, end := b.watch(t.Context(), "a")
		began := time.Now()
		for range 12 {
			f.times <- time.Time{}
		}
		f.times <- start
		synctest.Wait()
		if got := heard(w); !got.Equal(start) {
			t.Errorf("after the outage the watcher heard %s", got)
		}
		// 0.5+1+2+4+8+16 and 6 times 30 s are the most that 12 pauses take.
		if took := time.Since(began); took < time.Second || took > 212*time.Second {
			t.Errorf("12 pauses took %s", took)
		}
		f.times <- time.Time{} // it had worked: the pause is short again
		again := time.Now()
		f.times <- start.Add(1)
		if took := time.Since(again); took > firstPause {
			t.Errorf("the pause after success was %s", took)
		}
		f.times <- time.Time{}
		end() // during the pause
		b.close()
		if f.open != 0 {
			t.Error("a listener is open after the end")
		}
	})
}
