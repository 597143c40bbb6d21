// Package cachedoc is the Firestore documents of the report cache's second level, and the rule by which
// a value counts: what readers and the invalidator have to agree on, in one place.
//
// It knows neither how documents are read nor how they are written.
package cachedoc

import (
	"fmt"
	"math"
	"strconv"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
)

// The collections. Every number that rises must be exempt from indexes, and so must Payload; ExpireAt is
// the TTL field of Entries.
const (
	Heads   = "cache_heads"
	Marks   = "cache_marks"
	Entries = "cache_entries"
)

// Fields by which documents are written one by one.
const (
	At        = "at"        // of a head, a map: field of a scope -> nanoseconds
	Watermark = "watermark" // of a mark
	Floor     = "floor"     // of a mark; of a head it stands in At
	ExpireAt  = "expireAt"  // of an entry
)

// Head is when the books of a property last changed, as far as the invalidator has seen: nanoseconds
// since 1970 of commits, by DateField of open dates and MonthField of closed months, and Floor for all that
// is older than these. Times are moved by the maximum transform alone. A date leaves the head only in the
// write that moves its month at least as far, and a month in the one that moves Floor as far.
type Head struct {
	At map[string]int64 `firestore:"at"`
}

// Mark is how far the invalidator has come in a shard. Both times only rise.
type Mark struct {
	// Watermark promises that the heads of the shard's properties were moved for every event that was
	// recorded up to it. It must not pass an event whose head was not moved.
	Watermark int64 `firestore:"watermark"`
	// Floor is from when on the heads know of events. What was read before it does not count: it is set
	// where the invalidator begins without what it knew before, and to the present when the database was
	// restored.
	Floor int64 `firestore:"floor"`
}

// HeadID is the document of a property's head, or of an organisation's own, whose property is
// tenant.Setup.
func HeadID(b tenant.Book) string { return "h." + string(b.Org) + "." + string(b.Property) }

// MarkID is the document of a shard's mark.
func MarkID(shard int64) string { return fmt.Sprintf("shard-%02d", shard) }

// DateField is the field of a date in Head.At: d20261124.
func DateField(d bizdate.Date) string { return fmt.Sprintf("d%08d", d.Number()) }

// MonthField is the field of a month in Head.At: m202611.
func MonthField(m bizdate.Month) string { return fmt.Sprintf("m%06d", int64(m)) }

// Changed is the latest change that a value through a date can show: of every scope that does not begin
// after it. The openings of a range hang on all that is earlier, and a day that appears in a gap is
// covered before it exists. A field of another form counts always.
func (h Head) Changed(through bizdate.Date) int64 {
	last := int64(math.MinInt64)
	for field, at := range h.At {
		if begin(field) <= through.Number() {
			last = max(last, at)
		}
	}
	return last
}

// begin is the first date, as a number, of a field's scope; 0 for one that is no date and no month.
func begin(field string) int64 {
	if len(field) != len("d20060102") && len(field) != len("m200601") {
		return 0
	}
	n, err := strconv.ParseInt(field[1:], 10, 64)
	switch {
	case err != nil:
		return 0
	case field[0] == 'd' && len(field) == len("d20060102"):
		return n
	case field[0] == 'm' && len(field) == len("m200601"):
		return n*100 + 1
	}
	return 0
}
