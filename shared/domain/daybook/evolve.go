package daybook

import (
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/ledger"
)

// errVersion means that an event does not follow its stream's last one.
var errVersion = fault.New(fault.Internal, "version_gap", "the event does not follow the last one of its stream")

// Evolve is the state after an event. It fails, and the state stays, when a balance would leave
// what an int64 holds (ErrOverflow, naming the date) or the event does not follow its stream:
// Decide lets no such event out, so for stored ones it means damage.
func Evolve(s State, e Event) (State, error) {
	next, err := s.after(e)
	if err != nil {
		return s, err
	}
	return next, nil
}

func (s State) after(e Event) (State, error) {
	was, err := s.dayFor(e.Stream, e.Data)
	if err != nil {
		return s, err
	}
	day, err := FoldDay(was, e)
	if err != nil {
		return s, err
	}
	if data, sets := e.Data.(OpeningSet); sets {
		day.OpeningMinor = data.OpeningMinor
	}
	if day.figures() != was.figures() {
		if day, err = day.balanced(); err != nil {
			return s, err
		}
	}
	s.Touched = s.touched(e)
	for _, x := range s.Touched {
		if x.ID == s.Entry.ID {
			s.Entry = x
		}
	}
	return s.with(day)
}

// FoldDay is a day after the next event of its stream: all that the stream's events by themselves
// say of it. Opening and closing stay as they were: they follow from other days too, and Evolve
// knows those. The fold of a stream begins with Day{Date: stream}. It fails as Evolve does, and the
// day stays.
func FoldDay(day Day, e Event) (Day, error) {
	if e.Stream != day.Date || e.Version != day.Version+1 {
		return day, errVersion.With("stream", e.Stream.String())
	}
	next, err := day.after(e)
	if err != nil {
		return day, err
	}
	next.Version, next.Chain = e.Version, e.Chain
	return next, nil
}

func (d Day) after(e Event) (Day, error) {
	switch data := e.Data.(type) {
	case EntryRecorded:
		if data.Legs != nil {
			return d.post(data.effect(), true, e.Version)
		}
	case EntryApproved:
		return d.post(data.effect(), data.Recorded.Stream == e.Stream, data.Recorded.Version)
	case EntryReversed:
		return d.post(data.effect(), true, e.Version)
	case CashCounted:
		d.Counted, d.CountedMinor, d.CountVersion, d.AfterCountMinor = true, data.CountedMinor, e.Version, 0
	case DayClosed:
		d.Closed = true
	case DayReopened:
		d.Closed = false
	case OpeningSet, EntryRejected, EntryWithdrawn: // no flow moves
	case DailyGranted, StatisticsRecorded: // read where they are needed; the day's money does not change
	default:
		return d, ErrUnknownEvent
	}
	return d, nil
}

// touched are the entries that an event makes or changes.
func (s State) touched(e Event) []Entry {
	switch data := e.Data.(type) {
	case EntryRecorded:
		return []Entry{e.Made()}
	case EntryApproved:
		return s.changed(data.Decision, func(x Entry) Entry { return x.approved(e, data.Legs) })
	case EntryRejected:
		return s.changed(data.Decision, func(x Entry) Entry { return x.decided(e, Rejected) })
	case EntryWithdrawn:
		return s.changed(data.Decision, func(x Entry) Entry { return x.decided(e, Withdrawn) })
	case EntryReversed:
		x := e.Made()
		return append(s.changed(data.Original, func(original Entry) Entry {
			original.Status, original.ReversedBy = Reversed, x.Locator(s.Property.UUID)
			return original
		}), x)
	}
	return nil
}

// Made is the entry that the event made, as it was then; the zero Entry for events that made none.
func (e Event) Made() Entry {
	switch data := e.Data.(type) {
	case EntryRecorded:
		x := Entry{Facts: data.Facts, Status: Pending, CreatedBy: e.Actor.Subject, Recorded: e.Position()}
		if data.Legs != nil {
			x = x.approved(e, data.Legs)
		}
		return x
	case EntryReversed:
		x := Entry{Facts: data.Facts, CreatedBy: e.Actor.Subject, Recorded: e.Position()}
		return x.approved(e, data.Legs)
	}
	return Entry{}
}

func (x Entry) decided(e Event, to Status) Entry {
	x.Status, x.Decided, x.DecidedBy = to, e.Position(), e.Actor.Subject
	return x
}

func (x Entry) approved(e Event, legs []ledger.Leg) Entry {
	x = x.decided(e, Approved)
	x.PostedDate, x.Legs = e.Stream, legs
	return x
}

// changed is the entry that a decision is about, after f. A fold of one stream does not have the
// entries of others: there it is nothing.
func (s State) changed(d Decision, f func(Entry) Entry) []Entry {
	if s.Entry.EntryID == "" || s.Entry.EntryID != d.EntryID {
		return nil
	}
	return []Entry{f(s.Entry)}
}

func (d Decision) effect() effect {
	return effect{Kind: d.Kind, Category: d.Category, Mode: d.Mode, AmountMinor: d.AmountMinor}
}
