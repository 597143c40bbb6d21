package report

import (
	"innkeep.internal/shared/domain/daybook"
)

// RoomNights are the room statistics of a range of dates, added up.
type RoomNights struct {
	Days          int // of the range
	DaysRecorded  int // those of them that statistics exist for
	Available     int64
	OutOfOrder    int64
	Sold          int64
	Complimentary int64
}

// NewRoomNights adds up the statistics of a range. Numbers of rooms are bounded, so sums cannot overflow.
func NewRoomNights(all []daybook.Statistics, r Range) RoomNights {
	n := RoomNights{Days: len(r.Days())}
	for _, s := range all {
		if r.Contains(s.Date) {
			n.DaysRecorded++
			n.Available += s.Available
			n.OutOfOrder += s.OutOfOrder
			n.Sold += s.Sold
			n.Complimentary += s.Complimentary
		}
	}
	return n
}

// Whole reports whether statistics exist for every day: a figure that leaves days out would be none.
func (n RoomNights) Whole() bool { return n.Days > 0 && n.DaysRecorded == n.Days }

// Rates are occupancy, ADR and RevPAR (DOMAIN.md): each is nil where it cannot be computed.
type Rates struct {
	OccupancyBasisPoints *int64 // rooms sold / rooms available
	ADRMinor             *int64 // room revenue / rooms sold
	RevPARMinor          *int64 // room revenue / rooms available
}

// Rates are those of room nights that are whole; else they are nil. A nil revenue is not known.
func (n RoomNights) Rates(revenueMinor *int64) Rates {
	if !n.Whole() {
		return Rates{}
	}
	return newRates(revenueMinor, &n.Sold, &n.Available)
}

// newRates divides what is known, rounded half away from zero.
func newRates(revenueMinor, sold, available *int64) Rates {
	var r Rates
	if sold != nil && available != nil {
		r.OccupancyBasisPoints = ratio(*sold, *available, 10_000)
	}
	if revenueMinor != nil && sold != nil {
		r.ADRMinor = ratio(*revenueMinor, *sold, 1)
	}
	if revenueMinor != nil && available != nil {
		r.RevPARMinor = ratio(*revenueMinor, *available, 1)
	}
	return r
}

func ratio(part, whole, scale int64) *int64 {
	if whole == 0 {
		return nil
	}
	q := Ratio(part, whole, scale)
	return &q
}

// Ranks are the places of values from the largest down: the largest is 1, equal ones share a place and
// leave the next ones out. nil for a value that is nil.
func Ranks(values []*int64) []*int {
	out := make([]*int, len(values))
	for i, v := range values {
		if v == nil {
			continue
		}
		place := 1
		for _, w := range values {
			if w != nil && *w > *v {
				place++
			}
		}
		out[i] = &place
	}
	return out
}
