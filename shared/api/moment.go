package api

import (
	"time"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/reportstore"
)

var (
	// ErrKnownAt means that somebody asks what the books will say.
	ErrKnownAt = fault.New(fault.Invalid, "known_at_in_future", "known_at lies after the moment at which the books are read")
	// ErrAsOf means that the books were to be read in the future.
	ErrAsOf = fault.New(fault.Invalid, "as_of_in_future", "as_of lies in the future")
	// ErrAsOfToken means that the Consistency-Token wants a later moment than as_of.
	ErrAsOfToken = fault.New(fault.Invalid, "as_of_before_token", "as_of lies before the write that the Consistency-Token stands for")
)

// versionsKept is how long the database surely gives a read at an earlier timestamp: under the hour that
// is its default. Older moments are folded from the events.
const versionsKept = 50 * time.Minute

// Moment is the part of the input that every report embeds: when its books are read, and what of them
// was known.
type Moment struct {
	AsOf         time.Time `query:"as_of" doc:"The moment at which the books are read: the same report again for the asOf that it gave. Now by default."`
	KnownAt      time.Time `query:"known_at" doc:"What the books said then: events that were recorded later are left out. Not later than the moment of reading, which is the default."`
	CacheControl string    `header:"Cache-Control" maxLength:"200" doc:"no-cache, no-store or max-age=0: the report is made anew, and kept for others; nothing else is looked at."`
	httpfn.Read
}

// Reading is a moment that was judged: what a report reads with, and what it says of itself.
type Reading struct {
	reportstore.Reader
	asOf time.Time // asked for; zero for the reader's own
}

// Reading judges the moment. many says that the report reads several properties: it then stands some
// seconds in the past, unless the token is newer, so that replicas can serve it.
func (m Moment) Reading(b *Backend, many bool) (Reading, error) {
	now := b.Now()
	if err := b.CheckToken(m.ConsistencyToken); err != nil {
		return Reading{}, err
	}
	token := m.Token()
	last := now.Add(clockSkew) // another instance may have given it out
	if !m.AsOf.IsZero() {
		last = m.AsOf
	}
	var f fault.Faults
	switch {
	case m.AsOf.After(now.Add(clockSkew)):
		f.Add("#as_of", ErrAsOf)
	case !m.AsOf.IsZero() && token.After(m.AsOf):
		f.Add("#as_of", ErrAsOfToken)
	case m.KnownAt.After(last):
		f.Add("#known_at", ErrKnownAt)
	}
	if err := f.Err(); err != nil {
		return Reading{}, err
	}
	r := Reading{Reader: reportstore.Reader{Known: m.KnownAt.UTC()}, asOf: m.AsOf.UTC()}
	if m.KnownAt.IsZero() {
		r.Known = time.Time{}
	}
	switch {
	case m.AsOf.IsZero() && many && b.staleness > 0:
		r.Snap = b.DB.SnapshotAt(Later(now.Add(-b.staleness), token))
	case m.AsOf.IsZero():
		r.Snap = b.DB.Snapshot()
	case now.Sub(m.AsOf) < versionsKept:
		r.Snap = b.DB.SnapshotAt(m.AsOf)
	default:
		r.Snap = b.DB.Snapshot()
		if r.Known.IsZero() {
			r.Known = r.asOf
		}
	}
	r.Snap.LowPriority()
	return r, nil
}

// Stamp is the moment up to which all that was recorded was read; zero before the first read.
func (r Reading) Stamp() time.Time { return r.Snap.Timestamp() }

// AsOf is the moment at which all was read, as callers hold it; empty before the first read.
func (r Reading) AsOf() string {
	if !r.asOf.IsZero() {
		return Token(r.asOf)
	}
	return Token(r.Snap.Timestamp())
}

// Knowledge is the moment of knowledge, where one was asked for; else empty.
func (m Moment) Knowledge() string { return Token(m.KnownAt) }
