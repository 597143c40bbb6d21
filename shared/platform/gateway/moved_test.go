package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"innkeep.internal/shared/platform/gateway"
	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/testkit/otlp"
)

// An upstream that is dead opens its breaker, which then refuses; one that is full sheds.
func TestWhatIsRefusedIsMeasured(t *testing.T) {
	dead, full := of(t, "http://127.0.0.1:1", nil, nil), at(t, http.NotFound)
	otlp.Moved(t, func() {
		for n := range resilience.Finance.Failures + 1 {
			_, err := dead.Do(t.Context(), gateway.Call{Method: "GET", Path: "/"}, nil)
			if open := errors.Is(err, breaker.ErrOpen); err == nil || open != (n == resilience.Finance.Failures) {
				t.Errorf("call %d: %v", n, err)
			}
		}
	}, "innkeep.breaker.changes", "innkeep.breaker.refused")
	otlp.Moved(t, func() {
		for range resilience.Finance.Concurrent {
			if err := full.Enter(t.Context(), priority.Post); err != nil {
				t.Fatal(err)
			}
			defer full.Leave()
		}
		ctx, gone := context.WithCancel(t.Context())
		gone() // who does not wait does not get in
		if err := full.Enter(ctx, priority.Post); !errors.Is(err, bulkhead.ErrShed) {
			t.Errorf("a call too many: %v", err)
		}
	}, "innkeep.bulkhead.shed")
}
