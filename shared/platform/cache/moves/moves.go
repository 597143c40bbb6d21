// Package moves writes the heads and marks of the report cache's second level (package cachedoc): when
// the books of a property have last changed, and up to when that is known of a shard.
//
// News of heads stand in one queue a process: coalesced, the most urgent first, a hundred to a flush, and
// a head at most once a second. It does not know what the changes are, nor who tells of them.
package moves

import (
	"context"
	"maps"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
)

// Urgency says which heads are moved first.
type Urgency int

// The urgencies: the first goes before the others.
const (
	Today Urgency = iota // the date that people post to and look at
	Open                 // other dates that are open
	Later                // months and what hangs on them: analytics, names, budgets
)

// News is what has changed in the scopes of one head.
type News struct {
	Head    string           // cachedoc.HeadID
	At      map[string]int64 // scope, as cachedoc names it -> nanoseconds of the commit
	Urgency Urgency
	Events  int       // that it was made of
	Oldest  time.Time // commit of the oldest of them
	// NotBefore is until when the head may not be moved, because somebody else has just moved it.
	NotBefore time.Time
	// Fold, where it is set, has dates before it fold into their months, and old months into the floor.
	Fold bizdate.Date
}

// Add takes later or earlier news of the same head in.
func (n *News) Add(m News) {
	if n.At == nil {
		n.At = map[string]int64{}
	}
	for field, at := range m.At {
		n.At[field] = max(n.At[field], at)
	}
	n.Urgency, n.Events, n.Fold = min(n.Urgency, m.Urgency), n.Events+m.Events, max(n.Fold, m.Fold)
	if n.Oldest.IsZero() || !m.Oldest.IsZero() && m.Oldest.Before(n.Oldest) {
		n.Oldest = m.Oldest
	}
	if m.NotBefore.After(n.NotBefore) {
		n.NotBefore = m.NotBefore
	}
}

// within reports whether a head that was moved to known has all of the news.
func (n *News) within(known map[string]int64) bool {
	for field, at := range n.At {
		if have, ok := known[field]; !ok || have < at {
			return false
		}
	}
	return n.Fold.IsZero()
}

func (n *News) clone() News {
	c := *n
	c.At = maps.Clone(n.At)
	return c
}

// ErrUnavailable means that Firestore takes no moves: the news are to be told again.
var ErrUnavailable = fault.New(fault.Unavailable, "cache_heads_unavailable", "the heads of the cache cannot be moved at the moment")

// RefusedError means that Firestore refused one head again and again while it took others, or that it
// never will take it.
type RefusedError struct {
	Head  string
	Cause error
}

func (e *RefusedError) Error() string {
	return "the head " + e.Head + " is refused: " + e.Cause.Error()
}

func (e *RefusedError) Unwrap() error { return e.Cause }

// Mover moves heads and marks. It is made once a process, and safe for concurrent use.
type Mover struct {
	*Queue
	docs *documents
}

// New makes a mover of a Firestore database.
func New(client *firestore.Client) *Mover {
	d := &documents{client}
	return &Mover{Queue: NewQueue(d.write), docs: d}
}

// Mark says that the heads of a shard stand as at a time or later: each event up to it has moved its head.
// It never moves back.
func (m *Mover) Mark(ctx context.Context, shard int64, at time.Time) (err error) {
	defer fault.Wrap(&err, "moves.Mark(%d)", shard)
	err = m.docs.mark(ctx, shard, at)
	counted(ctx, markCount, 1, err)
	return err
}

// Marks is how far each shard is marked, by its number; the zero time for one that is not.
func (m *Mover) Marks(ctx context.Context) (_ []time.Time, err error) {
	defer fault.Wrap(&err, "moves.Marks")
	return m.docs.marks(ctx)
}
