package daybook

import (
	"maps"
	"slices"

	"innkeep.internal/shared/core/bizdate"
)

// Fold is what a property's books say after some of their events: its days, and the entries that the
// events tell of. It answers what was known at a moment. Begin it with NewFold or FoldFrom, and add
// whole streams, the earliest date first: a day's closing is the next one's opening (I4). It comes to
// what Evolve comes to, without a copy of all days at each event.
type Fold struct {
	state   State // Days as far as they are folded
	entries map[string]Entry
}

// NewFold begins before the first event of a property, OpeningSet.
func NewFold(p Property) *Fold { return &Fold{state: State{Property: p}, entries: map[string]Entry{}} }

// FoldFrom begins at the stream of a date whose opening is known, such as that of a closed day. What
// was earlier is left out.
func FoldFrom(p Property, date bizdate.Date, openingMinor int64) *Fold {
	f := NewFold(p)
	f.state.Days = []Day{{Date: date, OpeningMinor: openingMinor, ClosingMinor: openingMinor}}
	return f
}

// Know tells of the entry that an event outside of the fold made, for a decision within it.
func (f *Fold) Know(x Entry) { f.entries[x.EntryID] = x }

// Add takes the next event of the stream that it is at, or the first one of a later stream. Errors are
// those of Evolve, and the fold stays.
func (f *Fold) Add(e Event) error {
	was, err := f.state.dayFor(e.Stream, e.Data)
	if err != nil {
		return err
	}
	if n := len(f.state.Days); n > 0 && e.Stream < f.state.Days[n-1].Date {
		return errVersion.With("stream", e.Stream.String())
	}
	day, err := FoldDay(was, e)
	if err != nil {
		return err
	}
	if data, sets := e.Data.(OpeningSet); sets {
		day.OpeningMinor = data.OpeningMinor
	}
	if day, err = day.balanced(); err != nil {
		return err
	}
	if n := len(f.state.Days); n > 0 && f.state.Days[n-1].Date == day.Date {
		f.state.Days[n-1] = day
	} else {
		f.state.Days = append(f.state.Days, day)
	}
	f.state.Entry = f.entries[about(e.Data).EntryID]
	for _, x := range f.state.touched(e) {
		f.entries[x.EntryID] = x
	}
	return nil
}

// Days are the property's days, oldest first, from where the fold began.
func (f *Fold) Days() []Day { return f.state.Days }

// Postings are the entries that count on a date of the range, in the order of their posting.
func (f *Fold) Postings(from, to bizdate.Date) []Entry {
	return slices.SortedFunc(f.when(func(x Entry) bool {
		return !x.PostedDate.IsZero() && x.PostedDate >= from && x.PostedDate <= to
	}), ByPosting)
}

// Waiting are the entries of business dates in the range that are pending, in the order of their
// recording.
func (f *Fold) Waiting(from, to bizdate.Date) []Entry {
	return slices.SortedFunc(f.when(func(x Entry) bool {
		return x.Status == Pending && x.BusinessDate >= from && x.BusinessDate <= to
	}), func(x, y Entry) int { return x.Recorded.Compare(y.Recorded) })
}

func (f *Fold) when(ok func(Entry) bool) func(func(Entry) bool) {
	return func(yield func(Entry) bool) {
		for x := range maps.Values(f.entries) {
			if ok(x) && !yield(x) {
				return
			}
		}
	}
}

// ByPosting orders entries as they were posted: by the event that made them count.
func ByPosting(x, y Entry) int { return x.Decided.Compare(y.Decided) }

// Compare orders positions by date, then version.
func (p Position) Compare(q Position) int {
	if p.Stream != q.Stream {
		return int(p.Stream) - int(q.Stream)
	}
	return int(p.Version - q.Version)
}

// about is the decision that an event carries; zero for events that are about no earlier entry.
func about(data Data) Decision {
	switch d := data.(type) {
	case EntryApproved:
		return d.Decision
	case EntryRejected:
		return d.Decision
	case EntryWithdrawn:
		return d.Decision
	case EntryReversed:
		return d.Original
	}
	return Decision{}
}

// DecidesOn is where the entry was recorded that the event is about; false for events that are about
// no earlier one.
func (e Event) DecidesOn() (Position, bool) {
	d := about(e.Data)
	return d.Recorded, d.EntryID != ""
}

// ClosedBy is the DayClosed by which a stream's events leave the day closed; false where they leave
// it open. events are of one stream, in order.
func ClosedBy(events []Event) (DayClosed, bool) {
	for _, e := range slices.Backward(events) {
		switch data := e.Data.(type) {
		case DayClosed:
			return data, true
		case DayReopened:
			return DayClosed{}, false
		}
	}
	return DayClosed{}, false
}

// Flows is what the entry by itself adds to the flows of its posted date.
func (f Facts) Flows() (Flows, error) { return f.effect().flows() }

// Flows is what the event by itself adds to the flows of its date; false for events that post nothing.
func (e Event) Flows() (Flows, bool, error) {
	var f Flows
	var err error
	switch data := e.Data.(type) {
	case EntryRecorded:
		if data.Legs == nil {
			return f, false, nil
		}
		f, err = data.effect().flows()
	case EntryApproved:
		f, err = data.effect().flows()
	case EntryReversed:
		f, err = data.effect().flows()
	default:
		return f, false, nil
	}
	return f, true, err
}

func (e effect) flows() (Flows, error) {
	d, err := Day{}.post(e, false, 0)
	return d.Flows, err
}
