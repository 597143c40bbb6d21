// Package capacity says which limit of an installation its load reaches first, and what is raised then. It
// is pure: what is measured, and the limits themselves, come from outside.
package capacity

import "slices"

// Use is how much of one limit is used.
type Use struct {
	Limit  string // its name, "spanner.commits"
	Of     string // what it is of, where there are several: a shard, a consumer
	Unit   string // of Load and Most, in UCUM
	Load   int64
	Most   int64  // above it the limit is reached; positive
	Raise  string // what an operator does about it
	Scales bool   // whether the load grows with the number of events
}

// BasisPoints is the share of the limit that is used: 10,000 is all of it.
func (u Use) BasisPoints() int64 { return u.Load * 10_000 / u.Most }

// Verdict is which limit is next.
type Verdict struct {
	Next Use
	// EventsPerSecond at which Next is reached, should load grow as it is distributed now; 0 where the
	// limit does not grow with events, or there are none.
	EventsPerSecond int64
	State           State
	All             []Use // the most used first
}

// State is how urgent it is.
type State string

// The states: below half of every limit there is room; from 80 % on the limit is raised now, since raising
// takes some of what is left.
const (
	Room  State = "ROOM"
	Plan  State = "PLAN"
	Raise State = "RAISE"
)

const (
	planAt  = 5_000 // basis points
	raiseAt = 8_000
)

// Judge finds the limit that is used most. uses is not empty; eventsPerSecond is the present load.
func Judge(eventsPerSecond int64, uses []Use) Verdict {
	all := slices.Clone(uses)
	slices.SortStableFunc(all, func(a, b Use) int { return int(b.BasisPoints() - a.BasisPoints()) })
	v := Verdict{Next: all[0], All: all, State: Room}
	switch share := v.Next.BasisPoints(); {
	case share >= raiseAt:
		v.State = Raise
	case share >= planAt:
		v.State = Plan
	}
	if v.Next.Scales && v.Next.Load > 0 {
		v.EventsPerSecond = eventsPerSecond * v.Next.Most / v.Next.Load
	}
	return v
}
