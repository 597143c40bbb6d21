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
	day, err := s.dayFor(e.Stream, e.Data)
	if err != nil {
		return s, err
	}
	if e.Version != day.Version+1 {
		return s, errVersion.With("stream", e.Stream.String())
	}
	day.Version, day.Chain = e.Version, e.Chain
	day, s.Touched, err = s.apply(day, e)
	if err != nil {
		return s, err
	}
	for _, x := range s.Touched {
		if x.ID == s.Entry.ID {
			s.Entry = x
		}
	}
	return s.with(day)
}

// apply is what an event does to its day, and the entries that it makes or changes.
func (s State) apply(day Day, e Event) (Day, []Entry, error) {
	var err error
	switch data := e.Data.(type) {
	case OpeningSet:
		day.OpeningMinor = data.OpeningMinor
		day, err = day.balanced()
	case EntryRecorded:
		if data.Legs != nil {
			day, err = day.post(data.effect(), true, e.Version)
		}
		return day, []Entry{e.Made()}, err
	case EntryApproved:
		day, err = day.post(data.effect(), data.Recorded.Stream == e.Stream, data.Recorded.Version)
		return day, s.changed(data.Decision, func(x Entry) Entry { return x.approved(e, data.Legs) }), err
	case EntryRejected:
		return day, s.changed(data.Decision, func(x Entry) Entry { return x.decided(e, Rejected) }), nil
	case EntryWithdrawn:
		return day, s.changed(data.Decision, func(x Entry) Entry { return x.decided(e, Withdrawn) }), nil
	case EntryReversed:
		x := e.Made()
		day, err = day.post(data.effect(), true, e.Version)
		return day, append(s.changed(data.Original, func(original Entry) Entry {
			original.Status, original.ReversedBy = Reversed, x.Locator(s.Property.UUID)
			return original
		}), x), err
	case CashCounted:
		day.Counted, day.CountedMinor, day.CountVersion, day.AfterCountMinor = true, data.CountedMinor, e.Version, 0
		day, err = day.balanced()
	case DayClosed:
		day.Closed = true
	case DayReopened:
		day.Closed = false
	case DailyGranted: // read where it is needed; the day's money does not change
	default:
		err = ErrUnknownEvent
	}
	return day, nil, err
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
