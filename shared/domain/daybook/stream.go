package daybook

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
)

// Why a stream's events cannot be believed. Beside these: version_gap, unknown_event, bad_event and
// amount_overflow.
var (
	ErrChainBroken = fault.New(fault.Internal, "chain_broken", "an event is not what its chain hash says")
	ErrAfterClose  = fault.New(fault.Internal, "event_after_close", "an event follows the close of its day")
	ErrCloseOther  = fault.New(fault.Internal, "close_differs", "the figures of a close are not those of the events before it")
	ErrNotClosed   = fault.New(fault.Internal, "open_before_closed", "the day is open although a later one is closed")
	ErrRowAhead    = fault.New(fault.Internal, "row_ahead", "the row knows an event that is not there: events may be lost")
)

// Stream is what the events of one business date say of it by themselves.
type Stream struct {
	Day     Day        // their fold; without opening and closing
	Close   *DayClosed // the last event, where the day is closed
	Opening *int64     // what OpeningSet says; none elsewhere than at go-live
	Damage  error      // why they cannot be believed; the fold ends there
}

// NewStream is a stream without events.
func NewStream(date bizdate.Date) Stream { return Stream{Day: Day{Date: date}} }

// Next is the stream after its next event.
func (s Stream) Next(e Event) Stream {
	if s.Damage != nil {
		return s
	}
	if _, reopens := e.Data.(DayReopened); s.Day.Closed && !reopens {
		return s.Broken(ErrAfterClose)
	}
	day, err := FoldDay(s.Day, e)
	if err != nil {
		return s.Broken(err)
	}
	s.Day = day
	switch data := e.Data.(type) {
	case OpeningSet:
		s.Opening = &data.OpeningMinor
	case DayReopened:
		s.Close = nil
	case DayClosed:
		closed, err := Day{Date: day.Date, OpeningMinor: data.OpeningMinor, Flows: data.Flows}.balanced()
		if err != nil || data.Flows != day.Flows || closed.ClosingMinor != data.ClosingMinor {
			return s.Broken(ErrCloseOther)
		}
		s.Close = &data
	}
	return s
}

// Broken is the stream, not to be believed.
func (s Stream) Broken(why error) Stream {
	s.Damage = why
	return s
}

// closedRow is the row of a closed day as its DayClosed says it.
func (s Stream) closedRow(c money.Currency) Row {
	d := s.Day
	d.OpeningMinor, d.ClosingMinor = s.Close.OpeningMinor, s.Close.ClosingMinor
	return Row{Day: d, Currency: c}
}
