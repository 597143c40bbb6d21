package api

import (
	"strconv"
	"strings"
	"time"

	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/cache/cachelevel"
	"innkeep.internal/shared/platform/heads"
	"innkeep.internal/shared/platform/resilience"
)

// NewCache is the cache of reports, whose second level is in the database of the heads. Where that fails it
// is left alone for a while: a breaker with the cache's figures, for which a call that was given all of its
// little time has failed.
func NewCache(h *heads.Heads, now func() time.Time) *cache.Cache {
	policy := resilience.Cache
	policy.Timeout = cachelevel.Timeout
	return cache.New(cachelevel.New(h.Client(), policy.Breaker("firestore/reports").Do), now)
}

// Freshness is the contract of cached reports as callers read it: DOMAIN.md's ages, and staleness.
const Freshness = "How old an answer may be: what was recorded more than 5 s ago is in it when the report's last date is the property's " +
	"business date or later, 10 s for the date before, 30 s for 3 days ago at most, 2 minutes for 7, 5 minutes for 30, else 15 minutes; " +
	"10 s more for a report over several properties. With a Consistency-Token everything is in it that was recorded up to the token, and with " +
	"Cache-Control: no-cache it is made anew. Names and codes of properties, and who may see them, are up to 30 s old by themselves. " +
	"With as_of or known_at nothing is taken from the cache."

// Served is the part of the output that every cached report embeds.
type Served struct {
	ConsistencyToken string `header:"Consistency-Token" doc:"The moment that the answer is right for: nothing that it shows has changed between its asOf and this. Sent back with a read, that one is not older."`
	Age              int64  `header:"Age" doc:"Seconds since that moment."`
	CacheStatus      string `header:"Cache-Status" doc:"RFC 9211: hit with its detail, l1 for an instance's memory and l2 for what instances share, and how many seconds (ttl) it will still be given; or why the report was made: fwd=miss, stale (too old), request (no-cache), bypass (as_of, known_at); collapsed where another call was making it, stored where it was kept."`
}

// NewServed says of an answer where it comes from.
func NewServed(a cache.Answer, fresh bool) Served {
	s := Served{ConsistencyToken: Token(a.Verified), Age: int64(a.Age / time.Second)}
	why := "miss"
	switch {
	case fresh:
		why = "request"
	case a.Stale:
		why = "stale"
	}
	switch a.Source {
	case cache.First, cache.Second:
		s.CacheStatus = "Innkeep; hit; ttl=" + strconv.FormatInt(int64(a.TTL/time.Second), 10) + "; detail=" + a.Source.String()
	case cache.Shared:
		s.CacheStatus = "Innkeep; fwd=" + why + "; collapsed"
	default:
		s.CacheStatus = "Innkeep; fwd=" + why + "; stored"
	}
	return s
}

// Made says of a report that the cache was not asked for it.
func (b *Backend) Made(stamp time.Time) Served {
	s := Served{ConsistencyToken: Token(stamp), Age: max(int64(b.Now().Sub(stamp)/time.Second), 0)}
	if b.Cache != nil {
		s.CacheStatus = "Innkeep; fwd=bypass"
	}
	return s
}

// Staleness is how far in the past a report over several properties reads.
func (b *Backend) Staleness() time.Duration { return b.staleness }

// Fixed reports whether the moment names what the books say or what was known: such a report is read from
// the books, as evidence is.
func (m Moment) Fixed() bool { return !m.AsOf.IsZero() || !m.KnownAt.IsZero() }

// Fresh reports whether the caller wants a report that is made for him (RFC 9111: no-cache, no-store, max-age=0).
func (m Moment) Fresh() bool {
	for directive := range strings.SplitSeq(m.CacheControl, ",") {
		switch strings.ToLower(strings.TrimSpace(directive)) {
		case "no-cache", "no-store", "max-age=0":
			return true
		}
	}
	return false
}

// Token is the moment that the answer must not be older than; zero where the caller names none. It was
// checked.
func (m Moment) Token() time.Time {
	at, _ := time.Parse(time.RFC3339Nano, m.ConsistencyToken) // zero where there is none
	return at
}
