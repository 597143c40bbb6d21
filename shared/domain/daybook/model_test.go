package daybook_test

import (
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// model is the books worked out from the list of events alone, with no look at Evolve: every figure
// is summed anew from all events, by DOMAIN.md's words.
type model struct {
	events   []daybook.Event
	goLive   bizdate.Date
	recorded map[string]item // by entry id
}

// item is what the model knows of an entry.
type item struct {
	facts     daybook.Facts
	by        approval.Actor
	on        daybook.Position // where it was recorded
	status    daybook.Status
	approvals []approval.Actor
	posted    bizdate.Date
	legs      []ledger.Leg
	reversals int
	original  string // of a reversal
}

func newModel(goLive bizdate.Date, events []daybook.Event) model {
	m := model{events: events, goLive: goLive, recorded: map[string]item{}}
	for _, e := range events {
		switch data := e.Data.(type) {
		case daybook.EntryRecorded:
			x := item{facts: data.Facts, by: e.Actor, on: e.Position(), status: daybook.Pending}
			if len(data.Legs) > 0 {
				x.status, x.posted, x.legs, x.approvals = daybook.Approved, e.Stream, data.Legs, []approval.Actor{e.Actor}
			}
			m.recorded[data.EntryID] = x
		case daybook.EntryApproved:
			x := m.recorded[data.EntryID]
			x.status, x.posted, x.legs, x.approvals = daybook.Approved, e.Stream, data.Legs, append(x.approvals, e.Actor)
			m.recorded[data.EntryID] = x
		case daybook.EntryRejected:
			m.mark(data.EntryID, daybook.Rejected)
		case daybook.EntryWithdrawn:
			m.mark(data.EntryID, daybook.Withdrawn)
		case daybook.EntryReversed:
			x := m.recorded[data.Original.EntryID]
			x.reversals++
			x.status = daybook.Reversed
			m.recorded[data.Original.EntryID] = x
			m.recorded[data.EntryID] = item{
				facts: data.Facts, by: e.Actor, on: e.Position(), status: daybook.Approved,
				posted: e.Stream, legs: data.Legs, original: data.Original.EntryID,
			}
		}
	}
	return m
}

func (m model) mark(id string, to daybook.Status) {
	x := m.recorded[id]
	x.status = to
	m.recorded[id] = x
}

// dates are those that have a row: the ones with an event.
func (m model) dates() []bizdate.Date {
	var out []bizdate.Date
	for _, e := range m.events {
		if !slices.Contains(out, e.Stream) {
			out = append(out, e.Stream)
		}
	}
	slices.Sort(out)
	return out
}

// figures are a day's, as the model has them.
type figures struct {
	opening, closing int64
	flows            daybook.Flows
	closed           bool
	counted          bool
	variance         int64
	version          int64
}

// days are the figures of every row.
func (m model) days() map[bizdate.Date]figures {
	out := map[bizdate.Date]figures{}
	carried := int64(0)
	for _, d := range m.dates() {
		f := figures{opening: carried, flows: m.flows(d)}
		var countVersion, countedMinor int64
		for _, e := range m.events {
			if e.Stream != d {
				continue
			}
			f.version++
			switch data := e.Data.(type) {
			case daybook.OpeningSet:
				f.opening = data.OpeningMinor
			case daybook.DayClosed:
				f.closed = true
			case daybook.DayReopened:
				f.closed = false
			case daybook.CashCounted:
				f.counted, countedMinor, countVersion = true, data.CountedMinor, e.Version
			}
		}
		drawer := f.flows.CashReceivedMinor - f.flows.CashExpensesMinor + f.flows.TransfersInMinor - f.flows.TransfersOutMinor
		f.closing = f.opening + drawer + f.flows.OverShortMinor
		if f.counted {
			f.variance = countedMinor - (f.opening + drawer - m.drawerAfter(d, countVersion))
		}
		out[d] = f
		carried = f.closing
	}
	return out
}

// flows sums the entries that are posted on d.
func (m model) flows(d bizdate.Date) (f daybook.Flows) {
	for _, x := range m.recorded {
		if x.posted != d || len(x.legs) == 0 {
			continue
		}
		f.EntryCount++
		amount, cash := x.facts.AmountMinor, x.facts.Mode == "CASH"
		switch x.facts.Kind {
		case "REVENUE":
			if cash {
				f.CashReceivedMinor += amount
			} else {
				f.BankReceivedMinor += amount
			}
		case "EXPENSE":
			if cash {
				f.CashExpensesMinor += amount
			} else {
				f.BankExpensesMinor += amount
			}
		default:
			switch x.facts.Category {
			case "OVER":
				f.OverShortMinor += amount
			case "SHORT":
				f.OverShortMinor -= amount
			case "BANK_WITHDRAWAL", "FLOAT_IN", "OWNER_CONTRIBUTION":
				f.TransfersInMinor += amount
			default:
				f.TransfersOutMinor += amount
			}
		}
	}
	return f
}

// drawerAfter is what entries that were recorded in d's stream after its count did to the drawer on
// d, over/short left out: the legs of the drawer's account say it.
func (m model) drawerAfter(d bizdate.Date, countVersion int64) (sum int64) {
	for _, x := range m.recorded {
		overShort := x.facts.Category == "OVER" || x.facts.Category == "SHORT"
		if x.posted == d && x.on.Stream == d && x.on.Version > countVersion && !overShort {
			for _, l := range x.legs {
				if l.Account == drawer {
					sum += l.AmountMinor
				}
			}
		}
	}
	return sum
}

const drawer = "1010" // of the default chart

// cash is the balance of the drawer's account over every leg of every event (I6).
func (m model) cash() (sum int64) {
	for _, e := range m.events {
		for _, l := range legsOf(e) {
			if l.Account == drawer {
				sum += l.AmountMinor
			}
		}
	}
	return sum
}

func legsOf(e daybook.Event) []ledger.Leg {
	switch data := e.Data.(type) {
	case daybook.OpeningSet:
		return data.Legs
	case daybook.EntryRecorded:
		return data.Legs
	case daybook.EntryApproved:
		return data.Legs
	case daybook.EntryReversed:
		return data.Legs
	}
	return nil
}

// closedBefore reports whether date d was closed when the nth event was decided: a row at or after
// it was.
func (m model) closedBefore(n int, d bizdate.Date) bool {
	closed := map[bizdate.Date]bool{}
	for _, e := range m.events[:n] {
		switch e.Data.(type) {
		case daybook.DayClosed:
			closed[e.Stream] = true
		case daybook.DayReopened:
			closed[e.Stream] = false
		}
	}
	for at, is := range closed {
		if is && at >= d {
			return true
		}
	}
	return false
}
