package daybook

import (
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
)

// Rooms are the room statistics of one business date, in rooms, as USALI counts them (Uniform System
// of Accounts for the Lodging Industry, 11th edition, rooms statistics; the guidelines of the
// benchmarks follow it): a room that is out of order is still available, and leaves the count only
// when it is closed for at least six consecutive months; what is given away is not sold. So
// out of order + sold + complimentary <= available, and what is left stood empty.
type Rooms struct {
	Available     int64  `json:"roomsAvailable"` // those that are out of order included
	OutOfOrder    int64  `json:"roomsOutOfOrder"`
	Sold          int64  `json:"roomsSold"`          // let for a price; complimentary ones are not among them
	Complimentary int64  `json:"roomsComplimentary"` // let for nothing
	Guests        *int64 `json:"guests,omitempty"`   // who stayed the night; nil where nobody counted them
}

const (
	// MaxRooms is what a property may have at most, as in its setup.
	MaxRooms = 100_000
	// MaxGuests leaves ten beds to each of MaxRooms.
	MaxGuests = 10 * MaxRooms
)

// The faults of room statistics. Pointers are those of the API's object.
var (
	ErrRooms       = fault.New(fault.Invalid, "bad_rooms", "a number of rooms is 0 to 100000")
	ErrGuests      = fault.New(fault.Invalid, "bad_guests", "the number of guests is 0 to 1000000")
	ErrRoomsExceed = fault.New(fault.Invalid, "rooms_exceed_available",
		"the rooms that are out of order, sold and complimentary are more than those available")
)

// Check lists the faults of the numbers by themselves and, where there are none, of their sum.
func (r Rooms) Check() error {
	var f fault.Faults
	for _, x := range []struct {
		pointer string
		rooms   int64
	}{
		{"/roomsAvailable", r.Available}, {"/roomsOutOfOrder", r.OutOfOrder},
		{"/roomsSold", r.Sold}, {"/roomsComplimentary", r.Complimentary},
	} {
		if x.rooms < 0 || x.rooms > MaxRooms {
			f.Add(x.pointer, ErrRooms)
		}
	}
	sound := f.Err() == nil
	if r.Guests != nil && (*r.Guests < 0 || *r.Guests > MaxGuests) {
		f.Add("/guests", ErrGuests)
	}
	if sound && r.OutOfOrder+r.Sold+r.Complimentary > r.Available {
		f.Add("/roomsAvailable", ErrRoomsExceed)
	}
	return f.Err()
}

// Statistics are the rooms of a business date, by the last event of its stream that says them.
type Statistics struct {
	Date bizdate.Date
	Rooms
	Version int64 // of that event
}

// StatisticsOf is what the events of one date's stream, in order, come to; false where none of them
// says anything of rooms. Of the events up to a moment it is what was known then.
func StatisticsOf(events []Event) (Statistics, bool) {
	for _, e := range slices.Backward(events) {
		if data, ok := e.Data.(StatisticsRecorded); ok {
			return Statistics{Date: e.Stream, Rooms: data.Rooms, Version: e.Version}, true
		}
	}
	return Statistics{}, false
}

// recordStatistics stands under the rules of a count: a closed day's report never changes.
func (s State) recordStatistics(c Command, do RecordStatistics) (fact, error) {
	if err := c.Actor.Role.May(approval.Count); err != nil {
		return fact{}, err
	}
	return fact{do.Date, StatisticsRecorded{do.Rooms}}, s.openAt("/businessDate", do.Date, 0)
}
