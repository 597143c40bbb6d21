package eventapi

import (
	"strconv"
	"strings"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/store/eventlog"
)

// ErrID means that a text is no event's id.
var ErrID = fault.New(fault.Malformed, "bad_event_id", "the event id is not one that was given out")

// Ref is what an event's id holds: all that the event's key needs besides the organisation. That is
// the caller's own, so who forges an id finds nothing that is not his.
type Ref struct {
	Property tenant.PropertyID // tenant.Setup for the organisation's own stream
	Stream   string
	Version  int64 // from 1
}

// ID is the id of the event at a position: the same for as long as the event stands, which is for
// ever. It is unique in the organisation; callers take it as opaque.
func ID(p eventlog.Position) string {
	return Ref{Property: p.Property, Stream: p.Stream, Version: p.Version}.String()
}

// String is the id.
func (r Ref) String() string {
	return string(r.Property) + "." + r.Stream + "." + strconv.FormatInt(r.Version, 10)
}

// ParseID reads an id that ID gave; ErrID for any other text.
func ParseID(id string) (Ref, error) {
	property, rest, _ := strings.Cut(id, ".")
	stream, version, _ := strings.Cut(rest, ".")
	r := Ref{Property: tenant.PropertyID(property), Stream: stream}
	var err error
	if r.Version, err = strconv.ParseInt(version, 10, 64); err != nil || !r.valid() || r.String() != id {
		return Ref{}, ErrID
	}
	return r, nil
}

// valid says whether there can be such an event: version 1 or later of the setup stream or of a
// property's day.
func (r Ref) valid() bool {
	if r.Version < 1 {
		return false
	}
	if r.Property == tenant.Setup {
		return r.Stream == setup.Stream
	}
	_, err := tenant.ParsePropertyID(string(r.Property))
	if err == nil {
		_, err = bizdate.Parse(r.Stream)
	}
	return err == nil
}
