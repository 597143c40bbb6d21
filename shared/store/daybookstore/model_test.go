package daybookstore_test

import (
	"errors"
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
)

// model is a property's books without a database: all day rows and entries in memory, folded by
// daybook.Decide and Evolve.
type model struct {
	h       house
	state   daybook.State
	entries map[ids.UUID]daybook.Entry
	refs    map[daybook.ExternalRef]bool
	answers map[daybook.Hash]answered
	grants  map[grantKey]bool
	streams map[bizdate.Date][]daybook.Event
}

type answered struct {
	request daybook.Hash
	event   daybook.Event
}

type grantKey struct {
	date    bizdate.Date
	subject string
}

// newModel begins like newHouse.
func newModel(h house, openingMinor int64) *model {
	m := &model{
		h: h, entries: map[ids.UUID]daybook.Entry{}, refs: map[daybook.ExternalRef]bool{},
		answers: map[daybook.Hash]answered{}, grants: map[grantKey]bool{}, streams: map[bizdate.Date][]daybook.Event{},
	}
	m.state = daybook.State{Book: h.desk.Book, Property: h.desk.Property, Policy: h.desk.Policy, Chart: h.desk.Chart}
	_, err := m.decide(daybook.Command{Actor: owner, Key: daybook.Hash{1}, Do: daybook.SetOpening{OpeningMinor: openingMinor}})
	if err != nil {
		panic(err)
	}
	return m
}

// execute is what the store must answer, alone and in bulk: the event of the command, or a refusal.
func (m *model) execute(o daybookstore.Order) (daybook.Event, error) {
	known, fresh, err := m.judge(o)
	if !fresh {
		return known, err
	}
	c := m.command(o)
	last, err := m.decide(c)
	if err == nil {
		m.answers[c.Key] = answered{daybook.RequestHash(o.Action), last}
	}
	if ref := refOf(o); err == nil && ref != nil {
		m.refs[*ref] = true
	}
	return last, err
}

func (m *model) command(o daybookstore.Order) daybook.Command {
	key := daybook.KeyFor(m.h.desk.Book, o.Actor.Subject, o.Action.Operation(), o.Key)
	return daybook.Command{Actor: o.Actor, Key: key, Do: o.Action}
}

// judge is the answer to a command that has no effect now: the first one's, or a refusal. fresh says
// that it would have one.
func (m *model) judge(o daybookstore.Order) (known daybook.Event, fresh bool, err error) {
	c := m.command(o)
	if known, ok := m.answers[c.Key]; ok {
		if known.request != daybook.RequestHash(o.Action) {
			return daybook.Event{}, false, daybookstore.ErrKeyReused
		}
		return known.event, false, nil
	}
	m.state.Today, m.state.Entry = m.h.desk.Today(*m.h.now), daybook.Entry{}
	if o.Entry != (ids.Entry{}) {
		x, found := m.entries[o.Entry.ID]
		if !found {
			return daybook.Event{}, false, fault.ErrNotFound
		}
		m.state.Entry = x
	}
	m.state.Granted = m.grants[grantKey{m.state.OpenDay(), o.Actor.Subject}]
	m.state.OwnPending = nil
	for _, x := range m.entries {
		if x.Status == daybook.Pending && x.CreatedBy == o.Actor.Subject {
			m.state.OwnPending = append(m.state.OwnPending, x.BusinessDate)
		}
	}
	slices.Sort(m.state.OwnPending)
	ref := refOf(o)
	if _, err := daybook.Decide(m.state, c); err != nil {
		return daybook.Event{}, false, err
	}
	if ref != nil && m.refs[*ref] {
		return daybook.Event{}, false, daybookstore.ErrExternalRef
	}
	return daybook.Event{}, true, nil
}

func refOf(o daybookstore.Order) *daybook.ExternalRef {
	if r, ok := o.Action.(daybook.Record); ok {
		return r.Draft.External
	}
	return nil
}

func (m *model) decide(c daybook.Command) (daybook.Event, error) {
	events, err := daybook.Decide(m.state, c)
	if err != nil {
		return daybook.Event{}, err
	}
	for _, e := range events {
		if m.state, err = daybook.Evolve(m.state, e); err != nil {
			return daybook.Event{}, err
		}
		m.streams[e.Stream] = append(m.streams[e.Stream], e)
		for _, x := range m.state.Touched {
			m.entries[x.ID] = x
		}
		if g, ok := e.Data.(daybook.DailyGranted); ok {
			m.grants[grantKey{e.Stream, g.Subject}] = true
		}
	}
	return events[len(events)-1], nil
}

// statistics are the rooms of all dates, oldest first.
func (m *model) statistics() (out []daybook.Statistics) {
	for _, d := range m.state.Days { // a date with an event has a row
		if s, ok := daybook.StatisticsOf(m.streams[d.Date]); ok {
			out = append(out, s)
		}
	}
	return out
}

// executeAll is the model of a bulk call: the oldest dates first.
func (m *model) executeAll(orders []daybookstore.Order) ([]daybook.Event, []error) {
	order := make([]int, len(orders))
	for i := range order {
		order[i] = i
	}
	date := func(i int) bizdate.Date {
		if r, ok := orders[i].Action.(daybook.Record); ok {
			return r.Draft.BusinessDate
		}
		return orders[i].Entry.Date
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(date(a)) - int(date(b)) })
	events, errs := make([]daybook.Event, len(orders)), make([]error, len(orders))
	for _, i := range order {
		events[i], errs[i] = m.execute(orders[i])
	}
	return events, errs
}

// sameRefusal compares refusals by their stable code.
func sameRefusal(got, want error) bool {
	g, w := fault.From(got), fault.From(want)
	if g == nil || w == nil {
		return errors.Is(got, want)
	}
	return g.Code == w.Code
}
