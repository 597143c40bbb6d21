package limiter

import (
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"innkeep.internal/shared/platform/resilience/priority"
)

// A limiter without a ledger is a list of the calls that it let through: one is let through when those
// of the sub-bucket that is under way and of the 61 before it leave room for its class.
func TestLimiterIsItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			limit := rapid.IntRange(1, 40).Draw(r, "limit")
			l := New(Options{})
			var let []time.Time
			for range rapid.IntRange(1, 200).Draw(r, "calls") {
				<-time.After(time.Duration(rapid.IntRange(0, 8000).Draw(r, "ms")) * time.Millisecond)
				now := time.Now()
				c := priority.Class(rapid.IntRange(0, 4).Draw(r, "class"))
				taken := 0
				for _, at := range let {
					if now.Unix()-at.Unix() < slots {
						taken++
					}
				}
				d := l.Allow(t.Context(), "a", limit, c)
				if want := taken < c.Room(limit); d.Allowed != want {
					r.Fatalf("allowed %v with %d of %d taken, class %s", d.Allowed, taken, limit, c)
				}
				if d.Allowed {
					let = append(let, now)
				}
			}
			for i, at := range let {
				n := 0
				for _, other := range let[i:] {
					if other.Sub(at) < time.Minute {
						n++
					}
				}
				if n > limit {
					r.Fatalf("%d in a minute", n)
				}
			}
		})
	})
}

// A record that is written and read is the window that it was.
func TestRecords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var w window
		b := rapid.Int64Range(0, 1<<40).Draw(r, "from")
		for range rapid.IntRange(0, 50).Draw(r, "adds") {
			b += rapid.Int64Range(0, 90).Draw(r, "pass")
			w.advance(b)
			w.add(rapid.IntRange(0, 1000).Draw(r, "n"))
		}
		if got := read(w.record(), w.newest); got != w {
			r.Fatalf("%+v became %+v", w, got)
		}
		late := rapid.Int64Range(0, 100).Draw(r, "late")
		after := w
		after.advance(w.newest + late)
		if got := read(w.record(), w.newest+late); got != after {
			r.Fatalf("%d later: %+v, want %+v", late, got, after)
		}
		// A clock that is far behind keeps all of it.
		if got := read(w.record(), w.newest-1000); got.sum != w.sum {
			r.Fatalf("%d of %d are left", got.sum, w.sum)
		}
	})
}
