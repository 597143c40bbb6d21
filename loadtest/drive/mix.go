// Package drive makes the calls of a load test: when, by whom and which they are follows from a seed; the
// calls go out at their intended moments, whatever has become of those before, and each is timed from
// its intended moment.
package drive

import (
	"math/rand/v2"
	"time"
)

// Kind is what a call does.
type Kind string

// The kinds.
const (
	Post    Kind = "post"    // one entry
	Bulk    Kind = "bulk"    // entries of one property in one call
	Approve Kind = "approve" // what the front desk has recorded
	Daily   Kind = "daily"   // report
	Monthly Kind = "monthly" // report
	Export  Kind = "export"  // of a month, as CSV
)

// Kinds lists them.
var Kinds = []Kind{Post, Bulk, Approve, Daily, Monthly, Export}

// mix is in percent: 60 of posts, 5 of approvals, 25 and 8 of reports, 2 of exports.
var mix = map[Kind]int{Post: 50, Bulk: 10, Approve: 5, Daily: 25, Monthly: 8, Export: 2}

// Share is a kind's part of all calls.
func Share(k Kind) float64 { return float64(mix[k]) / 100 }

// Reads reports whether the kind changes nothing.
func (k Kind) Reads() bool { return k == Daily || k == Monthly || k == Export }

const (
	// Lines is how many entries a bulk call has.
	Lines = 10
	// deskPart is the part of single posts that the front desk makes, in percent: they wait for approval,
	// and twice as many as are approved are recorded, so that there is always one.
	deskPart = 20
	// refresh is how often a person's screen asks, or a desk posts, on average.
	refresh = 15 * time.Second
	// turn is the part of a screen's calls, in percent, that ask for another date than before.
	turn = 10
	// stay is how many calls a session has on average: 20 minutes.
	stay = 80
)

// pick draws a kind.
func pick(r *rand.Rand) Kind {
	n := r.IntN(100)
	for _, k := range Kinds {
		if n -= mix[k]; n < 0 {
			return k
		}
	}
	return Post
}

// Gap draws the time to the next call: the calls of many who know nothing of each other.
func Gap(r *rand.Rand, rate float64) time.Duration {
	return time.Duration(r.ExpFloat64() / rate * float64(time.Second))
}
