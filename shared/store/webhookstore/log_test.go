package webhookstore

import (
	"testing"
	"time"

	"innkeep.internal/shared/store/eventlog"
)

// TestMergeStopsWhereAShardDoes: what a shard was not read for may come before what another one gave.
func TestMergeStopsWhereAShardDoes(t *testing.T) {
	t.Parallel()
	at := func(second int64, s DeliveryStatus) Delivery {
		return Delivery{Position: eventlog.Position{At: time.Unix(second, 0), Org: "o", Property: "p"}, Status: s}
	}
	busy := []Delivery{at(90, Delivered), at(80, Parked)} // and it has another one at 70, perhaps
	quiet := []Delivery{at(85, Parked), at(60, Parked)}
	page := merge([][]Delivery{busy, quiet, nil}, 2, LogQuery{Status: Parked, Limit: 2})
	if len(page.Deliveries) != 2 || page.Next.At.Unix() != 80 {
		t.Errorf("%+v", page)
	}
	page = merge([][]Delivery{busy, quiet, nil}, 2, LogQuery{Status: Parked, Limit: 5})
	if len(page.Deliveries) != 2 || page.Next.At.Unix() != 80 {
		t.Errorf("a page goes on behind what a shard was read for: %+v", page)
	}
	page = merge([][]Delivery{busy, quiet}, 3, LogQuery{Limit: 5})
	if len(page.Deliveries) != 4 || page.Next != (eventlog.Position{}) {
		t.Errorf("%+v", page)
	}
}
