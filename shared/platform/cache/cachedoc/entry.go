package cachedoc

import (
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
)

// Entry is a value.
type Entry struct {
	Payload []byte `firestore:"payload"`
	Zipped  bool   `firestore:"zipped"` // Payload is compressed
	// Stamp is the moment at which all of it was read from the database, nanoseconds since 1970.
	Stamp int64 `firestore:"stamp"`
	// Through is the last date, as a number, that the value depends on: what happens to later ones does not
	// change it. 0: it depends on all.
	Through int64 `firestore:"through"`
	// ExpireAt is when Firestore may delete it, which it does within a day: readers look themselves.
	ExpireAt time.Time `firestore:"expireAt"`
}

// Found is what one read has brought, all of it as it stood at one moment.
type Found struct {
	Entry *Entry // nil for none
	Heads []Head // of every property that the value depends on; one that is missing has no times
	Whole []Head // of the organisation: whatever changes there counts, of whatever date it is
	Marks []Mark // of every shard that the heads are of; one that is missing is zero
}

// AddHead adds the head of a book.
func (f *Found) AddHead(b tenant.Book, h Head) {
	if b.Property == tenant.Setup {
		f.Whole = append(f.Whole, h)
		return
	}
	f.Heads = append(f.Heads, h)
}

// Verified is the moment up to which the entry says what the database says: its stamp, or later as far as
// the invalidator has come without a change. It does not count where there is no entry at now, where it was
// read before a change that it shows, or before the heads know of changes.
func (f Found) Verified(now time.Time) (at int64, counts bool) {
	if f.Entry == nil || !now.Before(f.Entry.ExpireAt) {
		return 0, false
	}
	through := lastDate
	if f.Entry.Through != 0 {
		through = bizdate.Date(f.Entry.Through) //nolint:gosec // as Put has written it
	}
	for _, h := range f.Heads {
		if h.Changed(through) > f.Entry.Stamp {
			return 0, false
		}
	}
	for _, h := range f.Whole {
		if h.Changed(lastDate) > f.Entry.Stamp {
			return 0, false
		}
	}
	for i, m := range f.Marks {
		if m.Floor > f.Entry.Stamp {
			return 0, false
		}
		if i == 0 || m.Watermark < at {
			at = m.Watermark
		}
	}
	return max(at, f.Entry.Stamp), true
}

// lastDate is after every date.
const lastDate = bizdate.Date(9999_99_99)
