package invariants

import (
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/domain/daybook"
)

// roomRows proves that every row of room statistics says what the last event of its stream says that
// has any (I5), and that neither is without the other (I10).
func (c *check) roomRows() {
	last := map[string]event{}
	for _, e := range c.events {
		if _, ok := e.data.(daybook.StatisticsRecorded); ok {
			last[e.StreamId] = e
		}
	}
	for _, x := range c.rooms {
		where := on(x.BusinessDate.String())
		e, found := last[where.text]
		delete(last, where.text)
		if !found {
			c.failf("I10", where, "the room statistics have no event")
			continue
		}
		d, _ := e.data.(daybook.StatisticsRecorded)
		same(c, "I5", where, "the statistics' month", x.Month, int64(x.BusinessDate.Year*100+int(x.BusinessDate.Month)))
		same(c, "I5", where, "the statistics' version", x.StreamVersion, e.Version)
		same(c, "I5", where, "the rooms available", x.RoomsAvailable, d.Available)
		same(c, "I5", where, "the rooms out of order", x.RoomsOutOfOrder, d.OutOfOrder)
		same(c, "I5", where, "the rooms sold", x.RoomsSold, d.Sold)
		same(c, "I5", where, "the complimentary rooms", x.RoomsComplimentary, d.Complimentary)
		guests := spanner.NullInt64{}
		if d.Guests != nil {
			guests = spanner.NullInt64{Int64: *d.Guests, Valid: true}
		}
		same(c, "I5", where, "the guests", x.Guests, guests)
	}
	for stream := range last {
		c.failf("I10", on(stream), "the room statistics have no row")
	}
}
