package resilience

import (
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/resilience/priority"
)

// A service's limit holds also for the call with which the plan's is used up.
func TestBothLimitsHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimits(nil)
		let := func(p Policy, n int) (let int) {
			for range n {
				if l.Allow(t.Context(), "org", "professional", p, priority.Post).Allowed {
					let++
				}
				<-time.After(20 * time.Millisecond)
			}
			return let
		}
		few, many := Policy{Service: "few", PerMinute: 500}, Policy{Service: "many", PerMinute: 2000}
		if a, b := let(few, 500), let(many, 499); a != 500 || b != 499 {
			t.Fatalf("%d of 500 and %d of 499 were let through", a, b)
		}
		if let(few, 1) != 0 {
			t.Error("the service's limit did not hold")
		}
		if a, b := let(many, 1), let(many, 1); a != 0 || b != 0 {
			t.Errorf("the plan's limit did not hold: %d, %d", a, b)
		}
	})
}
