package daybook

import (
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
)

// ErrHomeWrong means that the row of the day in whose stream the evidence belongs is itself to be
// corrected first.
var ErrHomeWrong = fault.New(fault.Unavailable, "open_day_wrong", "the open day's own row is to be corrected first: try again in some minutes")

// Repair is how a difference is put right in one commit: the evidence, the rows that are to stand
// from then on, and the date whose row goes.
type Repair struct {
	Event  Event
	Rows   []Row
	Remove bizdate.Date // zero: none
}

// Repair puts the row of a difference to what it is to be: Repaired without anybody's approval, After
// with it. The later open days that followed the old closing follow the new one (I4). The evidence
// stands in the date's own stream while that is open and has events, else in that of the open day.
func (a Audit) Repair(book tenant.Book, d Difference, to *Row, open bizdate.Date, actor approval.Actor, cause Hash) (Repair, error) {
	home := open
	if !d.Closed && a.stream(d.Date).Day.Version > 0 {
		home = d.Date
	}
	in := a.stream(home)
	if in.Damage != nil {
		return Repair{}, in.Damage
	}
	e, err := evidence(book, in.Day, actor, cause, BalanceCorrected{
		BusinessDate: d.Date, Cause: d.Cause, Before: d.Before.Balance(), After: to.Balance(),
	})
	if err != nil {
		return Repair{}, err
	}
	changed := map[bizdate.Date]Row{}
	if to != nil {
		changed[d.Date] = *to
	}
	if err := a.move(d, to, changed); err != nil {
		return Repair{}, err
	}
	carrier, err := a.carrier(home, d, changed)
	if err != nil {
		return Repair{}, err
	}
	carrier.Version, carrier.Chain = e.Version, e.Chain
	changed[home] = carrier
	r := Repair{Event: e}
	if _, stays := changed[d.Date]; !stays {
		r.Remove = d.Date
	}
	for _, row := range changed {
		r.Rows = append(r.Rows, row)
	}
	slices.SortFunc(r.Rows, func(x, y Row) int { return int(x.Date) - int(y.Date) })
	return r, nil
}

// move moves the balances of the later open days that followed a row which becomes another, or none.
func (a Audit) move(d Difference, to *Row, changed map[bizdate.Date]Row) error {
	if d.Closed {
		return nil
	}
	before, found := a.rowBefore(d.Date)
	if !found && (d.Before == nil || to == nil) {
		return nil // there is nothing that a later day could have followed
	}
	old, now := before.ClosingMinor, before.ClosingMinor
	if d.Before != nil {
		old = d.Before.ClosingMinor
	}
	if to != nil {
		now = to.ClosingMinor
	}
	for _, r := range a.Rows {
		if r.Date <= d.Date {
			continue
		}
		if r.OpeningMinor != old || r.OpeningMinor == now {
			return nil
		}
		old, r.OpeningMinor = r.ClosingMinor, now
		var err error
		if r.Day, err = r.balanced(); err != nil {
			return err
		}
		now, changed[r.Date] = r.ClosingMinor, r
	}
	return nil
}

// carrier is the row of the day that takes the evidence: as it is in this repair, as it stands, or
// a new one. One that is wrong in itself must not be given a version that hides it.
func (a Audit) carrier(home bizdate.Date, d Difference, changed map[bizdate.Date]Row) (Row, error) {
	if r, known := changed[home]; known && home == d.Date {
		return r, nil
	}
	j := a.judge()
	for _, other := range j.differences {
		if other.Date == home && home != d.Date && (other.Rest || other.Damage != nil) { // a count alone stays as it stands
			return Row{}, ErrHomeWrong
		}
	}
	if r, known := changed[home]; known {
		return r, nil
	}
	if r := a.row(home); r != nil && home != d.Date {
		return *r, nil
	}
	opening, found := j.openings[home]
	if !found {
		opening = a.carriedTo(home, j)
	}
	return Row{Currency: a.Property.Currency, Day: Day{Date: home, OpeningMinor: opening, ClosingMinor: opening}}, nil
}

// carriedTo is the closing, by the events, of the latest open day before a date without a row.
func (a Audit) carriedTo(date bizdate.Date, j judgement) int64 {
	for _, d := range a.dates() {
		if d > date {
			if opening, found := j.openings[d]; found {
				return opening
			}
		}
	}
	return j.after
}
