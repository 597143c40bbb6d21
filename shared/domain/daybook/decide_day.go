package daybook

import (
	"fmt"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
)

// MaxCloses is how many days one commit closes; a close of more goes on in the next.
const MaxCloses = 100

// The faults of counts and openings.
var (
	ErrCountNegative   = fault.New(fault.Invalid, "balance_negative", "a count or an opening must not be negative")
	ErrCountMismatch   = fault.New(fault.Invalid, "denominations_mismatch", "the denominations do not add up to the counted sum")
	ErrBadDenomination = fault.New(fault.Invalid, "bad_denomination", "a denomination has a positive value and a quantity of zero or more")
)

// Check lists the faults of a count that do not depend on the property's state. Where there are
// denominations they add up to the counted sum.
func (c Count) Check() error {
	var f fault.Faults
	f.Add("/countedMinor", checkBalance(c.CountedMinor))
	sum := money.Sum{}
	for i, d := range c.Denominations {
		if d.ValueMinor <= 0 || d.Quantity < 0 || d.ValueMinor > money.MaxMinor || d.Quantity > money.MaxMinor/d.ValueMinor {
			f.Add(fmt.Sprintf("/denominations/%d", i), ErrBadDenomination)
			continue
		}
		sum = sum.Add(d.ValueMinor * d.Quantity)
	}
	if len(c.Denominations) > 0 && (sum.Err != nil || sum.Minor != c.CountedMinor) {
		f.Add("/denominations", ErrCountMismatch)
	}
	return f.Err()
}

// Check says whether the opening can be one.
func (o SetOpening) Check() error { return checkBalance(o.OpeningMinor) }

func checkBalance(minor int64) error {
	switch {
	case minor < 0:
		return ErrCountNegative
	case minor > money.MaxMinor:
		return ErrAmountTooLarge
	}
	return nil
}

func (s State) count(c Command, do Count) (fact, error) {
	if err := c.Actor.Role.May(approval.Count); err != nil {
		return fact{}, err
	}
	if err := s.open(do.Date, 0); err != nil {
		return fact{}, err
	}
	day, err := s.Day(do.Date)
	if err != nil {
		return fact{}, err
	}
	day.AfterCountMinor = 0 // this count sees all that has been recorded
	expected := day.expected()
	variance := money.Sum{Minor: do.CountedMinor, Err: expected.Err}.Sub(expected.Minor)
	if variance.Err != nil {
		return fact{}, overflowOn(do.Date)
	}
	return fact{do.Date, CashCounted{
		CountedMinor: do.CountedMinor, ExpectedMinor: expected.Minor, VarianceMinor: variance.Minor,
		Currency: s.Property.Currency, Denominations: do.Denominations, Blind: do.Blind, Note: do.Note,
	}}, nil
}

// closeDays closes the oldest open days up to the date, at most MaxCloses of them. The close is
// complete when the last event's stream is the date itself.
func (s State) closeDays(c Command, do Close) ([]fact, error) {
	if err := c.Actor.Role.May(approval.Close); err != nil {
		return nil, err
	}
	if err := s.open(do.Date, 0); err != nil {
		return nil, err
	}
	var dates []bizdate.Date
	for _, d := range s.Days {
		if !d.Closed && d.Date < do.Date {
			dates = append(dates, d.Date)
		}
	}
	dates = append(dates, do.Date)
	facts := make([]fact, 0, min(len(dates), MaxCloses))
	for _, date := range dates[:min(len(dates), MaxCloses)] {
		day, err := s.Day(date)
		if err != nil {
			return nil, err
		}
		facts = append(facts, fact{date, day.closed(s.Property.Currency)})
	}
	return facts, nil
}

func (d Day) closed(c money.Currency) DayClosed {
	e := DayClosed{Flows: d.Flows, OpeningMinor: d.OpeningMinor, ClosingMinor: d.ClosingMinor, Currency: c}
	if v, counted := d.VarianceMinor(); counted {
		e.CountedMinor, e.VarianceMinor = &d.CountedMinor, &v
	}
	return e
}

func (s State) reopen(c Command, do Reopen) (fact, error) {
	if err := c.Actor.Role.May(approval.Reopen); err != nil {
		return fact{}, err
	}
	if last := s.lastClosed(); last.IsZero() || last != do.Date {
		e := ErrNotLastClosed
		if !last.IsZero() {
			e = e.With("lastClosed", last.String())
		}
		return fact{}, e
	}
	return fact{do.Date, DayReopened{Reason: do.Reason}}, nil
}

// setOpening is the first event of a property, and a change of it while the go-live day is open.
func (s State) setOpening(c Command, do SetOpening) (fact, error) {
	if err := c.Actor.Role.May(approval.SetUp); err != nil {
		return fact{}, err
	}
	e := OpeningSet{OpeningMinor: do.OpeningMinor, Currency: s.Property.Currency}
	if len(s.Days) > 0 {
		if s.closedOn(s.Property.GoLive) {
			return fact{}, ErrOpeningClosed
		}
		day, err := s.Day(s.Property.GoLive)
		if err != nil {
			return fact{}, err
		}
		e.PreviousMinor = day.OpeningMinor
	}
	e.Legs = s.Chart.OpeningLegs(e.OpeningMinor - e.PreviousMinor)
	return fact{s.Property.GoLive, e}, nil
}

// grant stands in the stream of the open day: it holds for that date.
func (s State) grant(c Command, do Grant) (fact, error) {
	return fact{s.OpenDay(), DailyGranted(do)}, c.Actor.Role.May(approval.Grant)
}
