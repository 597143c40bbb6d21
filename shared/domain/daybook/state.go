package daybook

import (
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
)

// State is what a decision about one property stands on: its locked day rows and entries, and the
// setup that judges. Evolve never changes a State that it was given.
type State struct {
	Book     tenant.Book
	Property Property
	Today    bizdate.Date // the current business date, by the property's zone and cut-off
	Policy   approval.Policy
	Chart    ledger.Chart

	// Days are the property's rows from the newest down to the first that is closed or earlier than
	// the date that the command is about; oldest first.
	Days []Day
	// Entry is the one that the command acts on; zero for a command that acts on none.
	Entry Entry
	// Touched are the entries that the last event made or changed.
	Touched []Entry
	// OwnPending are the business dates of the actor's own entries that wait; only read where the
	// policy wants a daily grant.
	OwnPending []bizdate.Date
	// Granted says that the actor has the grant for the open day.
	Granted bool
}

// Property is what the day book must know of a property.
type Property struct {
	UUID     ids.UUID
	Currency money.Currency
	GoLive   bizdate.Date
}

var (
	// ErrDayClosed means that the business date was closed by the night audit.
	ErrDayClosed = fault.New(fault.Conflict, "day_closed", "the business date is closed")
	// ErrBeforeGoLive means that the date lies before the property's books begin.
	ErrBeforeGoLive = fault.New(fault.Invalid, "before_go_live", "the date is before the property's go-live")
	// ErrDateInFuture means that the date is later than the current business date allows.
	ErrDateInFuture = fault.New(fault.Invalid, "date_in_future", "the date is too far ahead of the current business date")
	// errNoOpening means that rows are missing: a property is created with the row of its go-live day.
	errNoOpening = fault.New(fault.Internal, "opening_missing", "no row gives the opening of the day")
)

// lastClosed is the last closed date in the window; zero when there is none.
func (s State) lastClosed() bizdate.Date {
	for _, d := range slices.Backward(s.Days) {
		if d.Closed {
			return d.Date
		}
	}
	return 0
}

// closedOn reports whether a date is closed: a closed row at or after it, so that gap days, which
// have no row, close with the next row's day.
func (s State) closedOn(d bizdate.Date) bool { return s.lastClosed() >= d }

// OpenDay is the date on which late things post: the latest of the current business date, the day
// after the last closed one, and go-live.
func (s State) OpenDay() bizdate.Date {
	e := max(s.Today, s.Property.GoLive)
	if last := s.lastClosed(); !last.IsZero() {
		e = max(e, last.AddDays(1))
	}
	return e
}

// open is nil when something may be posted on d by a caller, not later than ahead days from today.
func (s State) open(d bizdate.Date, ahead int) error {
	switch {
	case d < s.Property.GoLive:
		return ErrBeforeGoLive.With("goLiveDate", s.Property.GoLive.String())
	case d > s.Today.AddDays(ahead):
		return ErrDateInFuture.With("currentBusinessDate", s.Today.String())
	case s.closedOn(d):
		return ErrDayClosed.With("openDay", s.OpenDay().String())
	}
	return nil
}

// openAt is open for a date that stands in the request at a pointer; that the date can never be right
// is a fault of that field.
func (s State) openAt(pointer string, d bizdate.Date, ahead int) error {
	err := s.open(d, ahead)
	if f := fault.From(err); f != nil && f.Kind == fault.Invalid {
		return f.At(pointer)
	}
	return err
}

// Day is the row of a date; for a date without one, an empty day whose opening is the closing of
// the latest earlier row.
func (s State) Day(date bizdate.Date) (Day, error) {
	i, found := s.find(date)
	if found {
		return s.Days[i], nil
	}
	if i == 0 {
		return Day{}, errNoOpening.With("businessDate", date.String())
	}
	carried := s.Days[i-1].ClosingMinor
	return Day{Date: date, OpeningMinor: carried, ClosingMinor: carried}, nil
}

// dayFor is Day, and the row that the first event of a property begins.
func (s State) dayFor(date bizdate.Date, data Data) (Day, error) {
	if _, first := data.(OpeningSet); first && len(s.Days) == 0 {
		return Day{Date: date}, nil
	}
	return s.Day(date)
}

func (s State) find(date bizdate.Date) (int, bool) {
	return slices.BinarySearchFunc(s.Days, date, func(d Day, t bizdate.Date) int { return int(d.Date) - int(t) })
}

// with is the state with a day's row replaced or added, and openings and closings of the later
// days moved along (I4).
func (s State) with(day Day) (State, error) {
	i, found := s.find(day.Date)
	days := make([]Day, 0, len(s.Days)+1)
	days = append(append(days, s.Days[:i]...), day)
	if found {
		i++
	}
	days = append(days, s.Days[i:]...)
	for j := len(days) - len(s.Days[i:]); j < len(days); j++ {
		if days[j].OpeningMinor == days[j-1].ClosingMinor {
			break // from here on nothing moves
		}
		days[j].OpeningMinor = days[j-1].ClosingMinor
		var err error
		if days[j], err = days[j].balanced(); err != nil {
			return s, err
		}
	}
	s.Days = days
	return s, nil
}
