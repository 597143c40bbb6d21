package limiter

import (
	"context"
	"time"

	"innkeep.internal/shared/platform/resilience/priority"
)

// entry is what an instance knows of one key. Its shard's lock guards it.
type entry struct {
	key  string
	used time.Time // of the latest decision

	// shared is the window as the ledger had it at last; without a ledger it is the window itself.
	shared  window
	version Version   // of the ledger's record; the zero value where nothing is known
	known   bool      // the ledger was read or written
	tokens  int       // of the lease that are left
	expires time.Time // of the lease
	debt    int       // let through on credit, to be charged
	settled time.Time // when the ledger was last asked

	// own is what was let through alone and is to be charged.
	own   window
	alone time.Time // until when the ledger is not asked

	flight  chan struct{} // closed when the round of the ledger that is under way has ended
	hurry   chan struct{} // closed to begin a round that is put off; nil where it has begun
	limit   int           // of the latest decision
	waiting [priority.Classes]int
	demand  [2][priority.Classes]int // calls let through in the present sub-bucket and in the one before
	counted int64                    // the present one
}

// decide is the decision at once, or what to wait for before asking again.
func (l *Limiter) decide(ctx context.Context, s *shard, e *entry, limit int, c priority.Class) (Decision, <-chan struct{}) {
	now := time.Now()
	b := l.bucket(now)
	e.used, e.limit = now, limit
	e.shared.advance(b)
	e.own.advance(b)
	if e.tokens > 0 && !now.Before(e.expires) {
		e.tokens = 0
	}
	if n := l.burst(limit); n > 0 && e.let(b) >= n {
		s.counts.Limited[c]++
		soon := l.after(now, 1, b)
		return Decision{Limit: limit, Reset: soon, RetryAfter: soon, window: l.options.Window}, nil
	}
	if l.options.Ledger != nil && now.Before(e.alone) {
		return l.alone(s, e, limit, c), nil
	}
	taken := e.shared.sum - e.tokens + e.debt + e.own.sum
	if taken >= c.Room(limit) {
		return l.refuse(s, e, now, c, taken), nil
	}
	switch {
	case l.options.Ledger == nil:
		e.shared.add(1)
	case e.tokens > 0:
		e.tokens--
	case taken < limit/2 && e.debt < credit(limit) || e.debt == 0 && !e.known:
		e.debt++
		l.charge(ctx, s, e, now)
	default:
		e.waiting[c]++
		return Decision{}, l.fly(ctx, s, e, 0)
	}
	return l.allow(s, e, b, c, taken+1), nil
}

// credit is how many calls may be let through before they are charged.
func credit(limit int) int { return max(1, limit*creditPercent/100) }

// alone is the decision without the ledger: a share of the limit, and not more than what the ledger
// said last leaves.
func (l *Limiter) alone(s *shard, e *entry, limit int, c priority.Class) Decision {
	now := time.Now()
	b := l.bucket(now)
	e.shared.advance(b)
	e.own.advance(b)
	share := max(1, limit/l.options.Instances)
	taken := e.shared.sum + e.debt + e.own.sum
	var d Decision
	switch {
	case taken >= c.Room(limit):
		d = l.refuse(s, e, now, c, taken)
	case e.own.sum >= c.Room(share):
		d = l.refuse(s, e, now, c, taken)
		d.RetryAfter = l.after(now, e.own.until(e.own.sum-c.Room(share)+1), e.own.newest)
		d.Remaining = 0
	default:
		e.own.add(1)
		s.counts.Alone++
		d = l.allow(s, e, b, c, taken+1)
		d.Remaining = min(d.Remaining, c.Room(share)-e.own.sum)
	}
	d.Alone = true
	return d
}

func (l *Limiter) allow(s *shard, e *entry, b int64, c priority.Class, taken int) Decision {
	s.counts.Allowed++
	e.count(b)[c]++
	d := Decision{Allowed: true, Limit: e.limit, Remaining: max(0, c.Room(e.limit)-taken), window: l.options.Window}
	if e.shared.sum > 0 {
		d.Reset = l.after(e.used, e.shared.until(1), e.shared.newest)
	}
	return d
}

func (l *Limiter) refuse(s *shard, e *entry, now time.Time, c priority.Class, taken int) Decision {
	s.counts.Limited[c]++
	over := taken - c.Room(e.limit) + 1
	after := l.after(now, e.shared.until(over), e.shared.newest)
	return Decision{Limit: e.limit, Reset: after, RetryAfter: after, window: l.options.Window}
}

// after is the time from now until n sub-buckets behind the one numbered newest have passed; at least
// one sub-bucket.
func (l *Limiter) after(now time.Time, n int, newest int64) time.Duration {
	at := (newest + int64(n)) * int64(l.width)
	return max(l.width, time.Duration(at-now.UnixNano()))
}

// burst is how many calls an instance lets through in a sub-bucket at most; 0: no bound.
func (l *Limiter) burst(limit int) int {
	const least = 20 // what a page asks for at once
	if l.options.BurstPercent == 0 {
		return 0
	}
	return max(least, limit*l.options.BurstPercent/100)
}

// let is how many calls this instance has let through in sub-bucket b.
func (e *entry) let(b int64) (n int) {
	for _, calls := range e.count(b) {
		n += calls
	}
	return n
}

// count is the demand of sub-bucket b.
func (e *entry) count(b int64) *[priority.Classes]int {
	switch {
	case b == e.counted+1:
		e.demand[1] = e.demand[0]
		e.demand[0] = [priority.Classes]int{}
	case b > e.counted:
		e.demand = [2][priority.Classes]int{}
	}
	e.counted = max(e.counted, b)
	return &e.demand[0]
}
