package correctionstore_test

import (
	"testing"
	"time"

	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/otlp"
)

// A day row that differs from its events is counted when it is found and when it is settled, and waits
// between the two for all to see.
func TestCorrectionsAreMeasured(t *testing.T) {
	h := newHouse(t, testkit.Spanner(t), 1)
	b := h.desks[0].Book
	h.apply(damages[0].write(b, h.row(b, today), 5))
	otlp.Moved(t, h.sweepAll, "innkeep.corrections.detected")
	otlp.Moved(t, func() {
		if _, err := store(h.db, 2*time.Minute, nil).Flush(h.ctx()); err != nil { // it waits for company
			t.Fatal(err)
		}
	}, "innkeep.corrections.backlog", "innkeep.corrections.backlog.age")
	otlp.Moved(t, func() {
		if f := h.flush(); f.Repaired != 1 {
			t.Errorf("%+v", f)
		}
	}, "innkeep.corrections.settled")
}
