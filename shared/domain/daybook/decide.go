package daybook

import (
	"fmt"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
)

// Decide is what happens when a command meets a state: the events, in order, or the refusal. No
// command gives two events of one stream. An accepted event has been tried by Evolve: nothing that
// Decide lets out overflows.
func Decide(s State, c Command) ([]Event, error) {
	var facts []fact
	var err error
	switch do := c.Do.(type) {
	case Record:
		facts, err = one(s.record(c, do))
	case Approve:
		facts, err = one(s.approve(c))
	case Reject:
		facts, err = one(s.reject(c, do))
	case Withdraw:
		facts, err = one(s.withdraw(c, do))
	case Reverse:
		facts, err = one(s.reverse(c, do))
	case Count:
		facts, err = one(s.count(c, do))
	case Close:
		facts, err = s.closeDays(c, do)
	case Reopen:
		facts, err = one(s.reopen(c, do))
	case SetOpening:
		facts, err = one(s.setOpening(c, do))
	case Grant:
		facts, err = one(s.grant(c, do))
	case RecordStatistics:
		facts, err = one(s.recordStatistics(c, do))
	default:
		err = fmt.Errorf("daybook: unknown command %T", c.Do)
	}
	if err != nil {
		return nil, err
	}
	return s.seal(c, facts)
}

// fact is an event's content and the stream that it belongs in.
type fact struct {
	on   bizdate.Date
	data Data
}

func one(f fact, err error) ([]fact, error) { return []fact{f}, err }

// seal makes events of the facts and tries them on the state.
func (s State) seal(c Command, facts []fact) ([]Event, error) {
	events := make([]Event, 0, len(facts))
	for _, f := range facts {
		day, err := s.dayFor(f.on, f.data)
		if err != nil {
			return nil, err
		}
		e, err := Event{
			Stream: f.on, Version: day.Version + 1, Actor: c.Actor, Cause: c.Key,
			Judged: Judged{Policy: s.Policy.Version, Chart: s.Chart.Version}, Data: f.data,
		}.seal(s.Book, day.Chain)
		if err != nil {
			return nil, err
		}
		if s, err = Evolve(s, e); err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// newEntryAhead is how many days after the current business date an entry may be dated: the desk
// of a late cut-off works ahead of the calendar by one.
const newEntryAhead = 1

func (s State) record(c Command, do Record) (fact, error) {
	d := do.Draft
	if err := c.Actor.Role.May(approval.Record); err != nil {
		return fact{}, err
	}
	if err := s.openAt("/businessDate", d.BusinessDate, newEntryAhead); err != nil {
		return fact{}, err
	}
	e := EntryRecorded{Facts: d.facts(c.Key)}
	if err := s.Chart.Check(e.posting()); err != nil {
		return fact{}, err
	}
	if err := s.checkGrant(c.Actor); err != nil {
		return fact{}, err
	}
	if s.Policy.AtOnce(c.Actor, e.item(c.Actor.Subject)) {
		var err error
		if e.Legs, err = s.Chart.Legs(e.posting()); err != nil {
			return fact{}, err
		}
	}
	return fact{d.BusinessDate, e}, nil
}

// checkGrant refuses a manager's new entries while own ones of earlier dates wait (DOMAIN.md,
// daily grant).
func (s State) checkGrant(a approval.Actor) error {
	if !s.Policy.DailyGrant || a.Role != approval.PropertyManager || s.Granted {
		return nil
	}
	for _, d := range s.OwnPending {
		if d < s.OpenDay() {
			return approval.ErrGrantNeeded.With("pendingSince", d.String())
		}
	}
	return nil
}

// NeedsGrant reports whether a record by the actor must know OwnPending and Granted.
func (s State) NeedsGrant(a approval.Actor) bool {
	return s.Policy.DailyGrant && a.Role == approval.PropertyManager
}

// decisionStream is where an event about the entry goes: its own date while that is open, else
// the open day, so that a closed day's figures never change.
func (s State) decisionStream(d bizdate.Date) bizdate.Date {
	if s.closedOn(d) {
		return s.OpenDay()
	}
	return d
}

func (s State) decision(reason string) Decision {
	x := s.Entry
	return Decision{
		EntryID: x.EntryID, Kind: x.Kind, BusinessDate: x.BusinessDate, AmountMinor: x.AmountMinor,
		Currency: x.Currency, Mode: x.Mode, Category: x.Category, Recorded: x.Recorded,
		CreatedBy: x.CreatedBy, Reason: reason,
	}
}

func (s State) pending() error {
	if s.Entry.Status != Pending {
		return ErrNotPending.With("status", string(s.Entry.Status))
	}
	return nil
}

func (s State) approve(c Command) (fact, error) {
	if err := s.Policy.Allows(c.Actor, s.Entry.item(s.Entry.CreatedBy)); err != nil {
		return fact{}, err
	}
	if err := s.pending(); err != nil {
		return fact{}, err
	}
	legs, err := s.Chart.Legs(s.Entry.posting())
	return fact{s.decisionStream(s.Entry.BusinessDate), EntryApproved{Decision: s.decision(""), Legs: legs}}, err
}

func (s State) reject(c Command, do Reject) (fact, error) {
	if err := s.Policy.Allows(c.Actor, s.Entry.item(s.Entry.CreatedBy)); err != nil {
		return fact{}, err
	}
	return fact{s.decisionStream(s.Entry.BusinessDate), EntryRejected{s.decision(do.Reason)}}, s.pending()
}

func (s State) withdraw(c Command, do Withdraw) (fact, error) {
	if c.Actor.Role.May(approval.Record) != nil || c.Actor.Subject != s.Entry.CreatedBy {
		return fact{}, ErrNotCreator
	}
	return fact{s.decisionStream(s.Entry.BusinessDate), EntryWithdrawn{s.decision(do.Reason)}}, s.pending()
}

// reverse books the opposite of an approved entry, on the date where that counts while it is open,
// else on the open day; that date is the reversal's own business date. It takes effect at once, so
// it needs the right to approve that amount.
func (s State) reverse(c Command, do Reverse) (fact, error) {
	x := s.Entry
	if err := s.Policy.Allows(c.Actor, x.item(x.CreatedBy)); err != nil {
		return fact{}, err
	}
	switch {
	case x.ReversalOf != "":
		return fact{}, ErrReversalFinal
	case x.Status == Reversed:
		return fact{}, ErrReversed.With("reversedBy", x.ReversedBy)
	case x.Status != Approved:
		return fact{}, ErrNotApproved.With("status", string(x.Status))
	}
	on := s.decisionStream(x.PostedDate)
	id := EntryIDFor(c.Key, on)
	r := x.Facts
	r.ID, r.EntryID, r.BusinessDate = id, id.String(), on
	r.AmountMinor, r.NetMinor = -x.AmountMinor, -x.NetMinor
	r.Taxes = make([]ledger.TaxLine, len(x.Taxes))
	for i, t := range x.Taxes {
		r.Taxes[i] = ledger.TaxLine{Code: t.Code, AmountMinor: -t.AmountMinor}
	}
	r.ReversalOf = x.Locator(s.Property.UUID)
	r.External, r.OccurredAt = nil, nil
	return fact{on, EntryReversed{Facts: r, Legs: ledger.Opposite(x.Legs), Original: s.decision(""), Reason: do.Reason}}, nil
}
