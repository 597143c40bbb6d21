// Package eventlog reads the table Events as it is stored: the events of day books and of setup
// streams alike, and their order in the feed. Package daybookstore and setupstore write them.
//
// It decodes an event's data when it is asked to: who passes events on takes them as they stand.
package eventlog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
)

// The table and its indexes, as in schemas/schema.sql.
const (
	Table      = "Events"
	Feed       = "EventFeed"
	ByProperty = "EventsByProperty"
)

// Columns are those that Read takes, in its order.
var Columns = []string{
	"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "Type", "SchemaVersion",
	"Actor", "Cause", "Judged", "Data", "ChainHash", "RecordedAt",
}

// Stored is an event as it stands in its row.
type Stored struct {
	Book    tenant.Book
	Stream  string // a date, or setup.Stream under the property tenant.Setup
	Version int64
	Type    daybook.EventType
	Schema  int64
	Cause   daybook.Hash
	Chain   daybook.Hash
	Raw     daybook.Raw // canonical JSON
	At      time.Time   // of its commit, UTC
}

// Read is the event of a row with Columns.
func Read(r *spanner.Row) (Stored, error) {
	var x struct {
		ShardId                     int64  //nolint:revive // the column's name
		OrgId, PropertyId, StreamId string //nolint:revive // the columns' names
		Version                     int64
		Type                        string
		SchemaVersion               int64
		Actor                       string
		Cause                       []byte
		Judged, Data                string
		ChainHash                   []byte
		RecordedAt                  time.Time
	}
	if err := r.Columns(&x.ShardId, &x.OrgId, &x.PropertyId, &x.StreamId, &x.Version, &x.Type, &x.SchemaVersion,
		&x.Actor, &x.Cause, &x.Judged, &x.Data, &x.ChainHash, &x.RecordedAt); err != nil {
		return Stored{}, err
	}
	e := Stored{
		Book:   tenant.Book{Org: tenant.OrgID(x.OrgId), Property: tenant.PropertyID(x.PropertyId)},
		Stream: x.StreamId, Version: x.Version, Type: daybook.EventType(x.Type), Schema: x.SchemaVersion,
		Raw: daybook.Raw{Actor: x.Actor, Judged: x.Judged, Data: x.Data}, At: x.RecordedAt.UTC(),
	}
	copy(e.Cause[:], x.Cause)
	copy(e.Chain[:], x.ChainHash)
	return e, nil
}

// Position is the event's place in the feed.
func (e Stored) Position() Position {
	return Position{At: e.At, Org: e.Book.Org, Property: e.Book.Property, Stream: e.Stream, Version: e.Version}
}

// Actor is who caused the event.
func (e Stored) Actor() (approval.Actor, error) {
	var a approval.Actor
	if err := json.Unmarshal([]byte(e.Raw.Actor), &a); err != nil {
		return a, fmt.Errorf("%w: actor: %w", daybook.ErrBadEvent, err)
	}
	return a, nil
}

// Event is the event of a day's stream, decoded; daybook.ErrUnknownEvent and ErrBadEvent for what this
// program cannot read.
func (e Stored) Event() (daybook.Event, error) {
	out := daybook.Event{Version: e.Version, Cause: e.Cause, Raw: e.Raw, Chain: e.Chain}
	var err error
	if out.Stream, err = bizdate.Parse(e.Stream); err != nil {
		return out, fmt.Errorf("%w: stream %q", daybook.ErrBadEvent, e.Stream)
	}
	if out.Actor, err = e.Actor(); err != nil {
		return out, err
	}
	out.Data, err = daybook.DecodeData(e.Type, e.Schema, e.Raw.Data)
	return out, err
}

// Follows says whether the event's stored form is what its chain hash says, after prev (I11).
func (e Stored) Follows(prev daybook.Hash) bool {
	return daybook.Link(prev, e.Book, e.Stream, e.Version, e.Type, e.Schema, e.Cause, e.Raw) == e.Chain
}

// Position is a place in the feed of a shard: after the event that it names. With no event named
// it is after all that was committed up to At; the zero Position is the beginning.
type Position struct {
	At       time.Time
	Org      tenant.OrgID
	Property tenant.PropertyID
	Stream   string
	Version  int64
}

// Whole reports whether the position is after everything that was committed up to At.
func (p Position) Whole() bool { return p.Org == "" }

// End is the position after everything that was committed up to t.
func End(t time.Time) Position { return Position{At: t.UTC()} }

// Compare orders positions as the feed does.
func (p Position) Compare(q Position) int {
	if c := p.At.Compare(q.At); c != 0 {
		return c
	}
	if p.Whole() || q.Whole() {
		return cmp.Compare(btoi(p.Whole()), btoi(q.Whole()))
	}
	return cmp.Or(cmp.Compare(p.Org, q.Org), cmp.Compare(p.Property, q.Property),
		cmp.Compare(p.Stream, q.Stream), cmp.Compare(p.Version, q.Version))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Watermark is the latest time of which nothing is missing at this position.
func (p Position) Watermark() time.Time {
	if p.Whole() || p.At.IsZero() {
		return p.At
	}
	return p.At.Add(-1)
}

// Key is the position's place in the index EventFeed.
func (p Position) Key(shard int64) spanner.Key {
	if p.Whole() {
		return spanner.Key{shard, p.At}
	}
	return spanner.Key{shard, p.At, string(p.Org), string(p.Property), p.Stream, p.Version}
}
