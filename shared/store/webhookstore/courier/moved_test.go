package courier_test

import (
	"net/http"
	"testing"

	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit/otlp"
)

// Deliveries that are given up with their endpoint are counted.
func TestParkedDeliveriesAreMeasured(t *testing.T) {
	h := newHouse(t)
	to := h.endpoint(newReceiver(t, status(http.StatusGone)).URL)
	h.happen("DayClosed", 3)
	otlp.Moved(t, func() {
		h.deliver(to.Target)
		if n := h.statuses(to.Target)[webhookstore.Parked]; n != 3 {
			t.Errorf("%d deliveries are parked", n)
		}
	}, "innkeep.webhooks.parked")
}
