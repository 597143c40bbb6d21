package daybook

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
)

var (
	// ErrUnknownEvent means that a stored event's type or schema version is not known here. It is
	// never guessed.
	ErrUnknownEvent = fault.New(fault.Internal, "unknown_event", "the event's type or schema version is unknown")
	// ErrBadEvent means that a stored event cannot be read.
	ErrBadEvent = fault.New(fault.Internal, "bad_event", "the event's data cannot be read")
)

// DecodeData reads the data of a stored event, lifted to the current schema of its type.
func DecodeData(t EventType, schema int64, raw string) (Data, error) {
	return stored.decode(t, schema, raw)
}

func (c codec) decode(t EventType, schema int64, raw string) (Data, error) {
	raw, err := c.lift(t, schema, raw)
	if err != nil {
		return nil, err
	}
	switch t {
	case TypeOpeningSet:
		return read[OpeningSet](raw)
	case TypeEntryRecorded:
		return readEntry(raw, func(e *EntryRecorded) *Facts { return &e.Facts })
	case TypeEntryApproved:
		return read[EntryApproved](raw)
	case TypeEntryRejected:
		return read[EntryRejected](raw)
	case TypeEntryWithdrawn:
		return read[EntryWithdrawn](raw)
	case TypeEntryReversed:
		return readEntry(raw, func(e *EntryReversed) *Facts { return &e.Facts })
	case TypeCashCounted:
		return read[CashCounted](raw)
	case TypeDayClosed:
		return read[DayClosed](raw)
	case TypeDayReopened:
		return read[DayReopened](raw)
	case TypeDailyGranted:
		return read[DailyGranted](raw)
	case TypeStatisticsRecorded:
		return read[StatisticsRecorded](raw)
	}
	return nil, ErrUnknownEvent.With("type", string(t))
}

func read[T Data](raw string) (Data, error) {
	var d T
	if err := json.Unmarshal([]byte(raw), &d); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBadEvent, d.Type(), err)
	}
	return d, nil
}

// readEntry is read for data that embed Facts: the id in them is text and bytes.
func readEntry[T Data](raw string, facts func(*T) *Facts) (Data, error) {
	var d T
	err := json.Unmarshal([]byte(raw), &d)
	if err == nil {
		f := facts(&d)
		f.ID, err = ids.ParseUUID(f.EntryID)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBadEvent, d.Type(), err)
	}
	return d, nil
}

// seal fills in the stored form of an event and its link to prev.
func (e Event) seal(book tenant.Book, prev Hash) (Event, error) {
	var err error
	for _, part := range []struct {
		to   *string
		from any
	}{{&e.Raw.Actor, e.Actor}, {&e.Raw.Judged, e.Judged}, {&e.Raw.Data, e.Data}} {
		b, jsonErr := json.Marshal(part.from)
		if jsonErr != nil {
			err = jsonErr
		}
		*part.to = string(b)
	}
	e.Chain = Link(prev, book, e.Stream.String(), e.Version, e.Data.Type(), CurrentSchema(e.Data.Type()), e.Cause, e.Raw)
	return e, err
}

// Link is the chain hash of an event after prev: SHA-256 over prev and every stored fact of the
// event but its commit time, each preceded by its length (I11). A stream's first prev is zero.
func Link(prev Hash, book tenant.Book, stream string, version int64, t EventType, schema int64, cause Hash, raw Raw) Hash {
	return digest(string(prev[:]), string(book.Org), string(book.Property), stream, strconv.FormatInt(version, 10),
		string(t), strconv.FormatInt(schema, 10), string(cause[:]), raw.Actor, raw.Judged, raw.Data)
}

// digest is SHA-256 over the parts, each preceded by its length.
func digest(parts ...string) Hash {
	h := sha256.New()
	var n [8]byte
	for _, s := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	return Hash(h.Sum(nil))
}
