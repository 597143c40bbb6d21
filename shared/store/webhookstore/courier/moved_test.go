package courier_test

import (
	"net/http"
	"testing"
	"time"

	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit/otlp"
)

// Deliveries that are given up with their endpoint are counted: those it refused, and those that had not
// begun when it did, which the next call finds due.
func TestParkedDeliveriesAreMeasured(t *testing.T) {
	h := newHouse(t)
	to := h.endpoint(newReceiver(t, status(http.StatusGone)).URL)
	h.happen("DayClosed", 3)
	otlp.Moved(t, func() {
		h.deliver(to.Target)
		h.wait(time.Hour)
		h.deliver(to.Target)
		if n := h.statuses(to.Target)[webhookstore.Parked]; n != 3 {
			t.Errorf("%d deliveries are parked", n)
		}
	}, "innkeep.webhooks.parked")
}
