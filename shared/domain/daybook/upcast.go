package daybook

import "fmt"

// SchemaVersion is the first version of every type's data. An event's data are stored as canonical
// JSON: fields in the order of their declaration, absent when empty, no white space.
const SchemaVersion = 1

// upcaster lifts the JSON of an event's data by one version of its schema. It is pure, and never
// changed once events of the next version are stored.
type upcaster func(raw string) (string, error)

// step names an upcaster: a type of event and the version that it lifts from.
type step struct {
	of   EventType
	from int64
}

// codec reads stored data of every version that there was.
type codec struct{ up map[step]upcaster }

// stored is the product's codec. A type whose data change gets its upcaster here, in the change that
// writes the new form; what is stored stays as it is. Every type is at its first version so far.
var stored = codec{}

// CurrentSchema is the version in which data of a type are written today: the one that its
// upcasters lead to.
func CurrentSchema(t EventType) int64 { return stored.current(t) }

// Lift is stored data in the current schema of their type. ErrUnknownEvent for a version that was
// never written, or is written by a newer program; ErrBadEvent when an upcaster cannot read them.
// Whether the type itself is known is for the decoder to say.
func Lift(t EventType, schema int64, raw string) (string, error) { return stored.lift(t, schema, raw) }

func (c codec) current(t EventType) int64 {
	v := int64(SchemaVersion)
	for c.up[step{t, v}] != nil {
		v++
	}
	return v
}

func (c codec) lift(t EventType, schema int64, raw string) (string, error) {
	current := c.current(t)
	if schema < SchemaVersion || schema > current {
		return "", ErrUnknownEvent.With("type", string(t))
	}
	for v := schema; v < current; v++ {
		var err error
		if raw, err = c.up[step{t, v}](raw); err != nil {
			return "", fmt.Errorf("%w: %s of version %d: %w", ErrBadEvent, t, v, err)
		}
	}
	return raw, nil
}
