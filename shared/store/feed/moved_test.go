package feed_test

import (
	"testing"
	"time"

	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/otlp"
)

// An event that a consumer cannot take is counted when it is set aside.
func TestParkedEventsAreMeasured(t *testing.T) {
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	book(t, w)
	p := &picky{poison: map[string]bool{dayA + "/1": true}}
	otlp.Moved(t, func() {
		if err := p.runner(db, 10).Drain(testkit.Context(t), w.Books[0].Shard(), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}, "innkeep.feed.parked")
}
