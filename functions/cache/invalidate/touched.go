package invalidate

import (
	"encoding/json"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/cache/cachedoc"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/store/eventlog"
)

const (
	// foldEvery is on which dates a head is folded: with the first event of every eighth. The number has no
	// common factor with 7, so that a house that is open on some days of the week alone has its turn too.
	foldEvery = 8
	// keptDates is how many days before that a head tells apart: more than the open window, whose dates are
	// those that change.
	keptDates = 40
)

// news is what events say of the heads: one move a head, in the order of the events.
func news(events []eventlog.Stored, theirs time.Time) []moves.News {
	var all []moves.News
	place := map[string]int{}
	for _, e := range events {
		n := touched(e)
		if !theirs.IsZero() {
			n.NotBefore = theirs.Add(time.Second)
		}
		i, again := place[n.Head]
		if !again {
			place[n.Head] = len(all)
			all = append(all, n)
			continue
		}
		all[i].Add(n)
	}
	return all
}

// touched is what an event changes in reports. A value depends on all scopes that do not begin after its
// last date (cachedoc.Head), so the first date that an event changes stands for the later ones, whose
// openings hang on it.
//
//   - The date of its stream: there money counts, is counted and is closed. The dates before that nobody
//     posted to are closed and reopened with it, and a value that ends on one of them depends on the date
//     that it is closed with, or on all where it is open.
//   - An earlier date that it speaks of, of a late thing or a correction: that date is closed, and its
//     month stands for it.
//   - Everything: what this program cannot read, written by a newer one perhaps.
//   - Setup: everything of the organisation.
func touched(e eventlog.Stored) moves.News {
	n := moves.News{Head: cachedoc.HeadID(e.Book), Urgency: moves.Later, Events: 1, Oldest: e.At}
	at := e.At.UnixNano()
	everything := map[string]int64{cachedoc.Floor: at}
	stream, err := bizdate.Parse(e.Stream)
	if e.Book.Property == tenant.Setup || err != nil {
		n.At = everything
		return n
	}
	n.Urgency = urgency(stream, e.At)
	if e.Version == 1 && stream.Time().Unix()/secondsADay%foldEvery == 0 {
		n.Fold = stream.AddDays(-keptDates)
	}
	dates, known := spokenOf(e)
	if !known {
		n.At = everything
		return n
	}
	n.At = map[string]int64{cachedoc.DateField(stream): at}
	for _, d := range dates {
		if !d.IsZero() && d < stream {
			n.At[cachedoc.MonthField(d.Month())] = at
		}
	}
	return n
}

const secondsADay = 24 * 60 * 60

// urgency says how soon somebody looks at a date. Which date a property calls today depends on its zone
// and cut-off; this is one of the three that it can be, or later.
func urgency(stream bizdate.Date, at time.Time) moves.Urgency {
	y, m, d := at.UTC().Date()
	utc, err := bizdate.New(y, m, d)
	if err != nil || stream < utc.AddDays(-1) {
		return moves.Open
	}
	return moves.Today
}

// spokenOf is the dates beside its stream's that an event changes something of. The second result is false
// for one that changes more, or cannot be read.
func spokenOf(e eventlog.Stored) ([]bizdate.Date, bool) {
	switch e.Type {
	case daybook.TypeOpeningSet, daybook.TypeCashCounted, daybook.TypeDayClosed, daybook.TypeDayReopened,
		daybook.TypeDailyGranted, daybook.TypeStatisticsRecorded:
		return nil, e.Schema >= daybook.SchemaVersion && e.Schema <= daybook.CurrentSchema(e.Type)
	case daybook.TypeEntryRecorded, daybook.TypeEntryApproved, daybook.TypeEntryRejected, daybook.TypeEntryWithdrawn,
		daybook.TypeEntryReversed, daybook.TypeBalanceCorrected:
	default:
		return nil, false
	}
	raw, err := daybook.Lift(e.Type, e.Schema, e.Raw.Data)
	if err != nil {
		return nil, false
	}
	var data struct {
		BusinessDate bizdate.Date `json:"businessDate"`
		Original     struct {
			BusinessDate bizdate.Date `json:"businessDate"`
		} `json:"original"`
	}
	if err := json.Unmarshal([]byte(raw), &data); err != nil || data.BusinessDate.IsZero() {
		return nil, false
	}
	return []bizdate.Date{data.BusinessDate, data.Original.BusinessDate}, true
}
