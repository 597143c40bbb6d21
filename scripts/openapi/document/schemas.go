package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

const schemaRef = "#/components/schemas/"

// source is the document of one function.
type source struct {
	name string
	root object
}

func (s source) schemas() object { return at(at(s.root, "components"), "schemas") }

// decode reads JSON with integers as integers: as floats they would be written in another way.
func decode(text []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		return nil, err
	}
	_, err := walk(o, func(v any) (any, error) {
		n, ok := v.(json.Number)
		if !ok {
			return v, nil
		}
		if i, err := n.Int64(); err == nil {
			return i, nil
		}
		return n.Float64()
	})
	return o, err
}

// walk replaces every value below v, the innermost first, by what change makes of it.
func walk(v any, change func(any) (any, error)) (any, error) {
	var err error
	switch v := v.(type) {
	case object:
		for k := range v {
			if v[k], err = walk(v[k], change); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = walk(v[i], change); err != nil {
				return nil, err
			}
		}
	}
	return change(v)
}

// joinSchemas makes one set of schemas and renames, in the sources, references to those that
// differ between functions.
func joinSchemas(sources []source) object {
	differ := differing(sources)
	all := object{}
	for _, s := range sources {
		own := func(name string) string {
			if differ[name] {
				return s.name + name
			}
			return name
		}
		_, _ = walk(s.root, func(v any) (any, error) { // change never fails
			if o, ok := v.(object); ok {
				if name, ok := refOf(o); ok {
					o["$ref"] = schemaRef + own(name)
				}
			}
			return v, nil
		})
		for name, schema := range s.schemas() {
			all[own(name)] = schema
		}
	}
	return all
}

// differing is the names that do not mean the same everywhere: their schemas differ, or refer to
// such a one.
func differing(sources []source) map[string]bool {
	differ := map[string]bool{}
	first := object{}
	for _, s := range sources {
		for name, schema := range s.schemas() {
			if other, known := first[name]; known && !reflect.DeepEqual(other, schema) {
				differ[name] = true
			}
			first[name] = schema
		}
	}
	for grown := true; grown; {
		grown = false
		for name, schema := range first {
			if !differ[name] && refersTo(schema, differ) {
				differ[name], grown = true, true
			}
		}
	}
	return differ
}

func refersTo(schema any, names map[string]bool) (found bool) {
	_, _ = walk(schema, func(v any) (any, error) { // change never fails
		if o, ok := v.(object); ok {
			name, _ := refOf(o)
			found = found || names[name]
		}
		return v, nil
	})
	return found
}

func refOf(o object) (name string, ok bool) {
	ref, isText := o["$ref"].(string)
	if !isText {
		return "", false
	}
	return strings.CutPrefix(ref, schemaRef)
}

// problem is a response that is described once for all operations.
type problem struct {
	status, name, description string
	writes                    bool // only of operations that change something
}

var shared = []problem{
	{"400", "Malformed", "The request cannot be read, or a write has no Idempotency-Key.", false},
	{"401", "Unauthenticated", "There is no token, or one that is not valid.", false},
	{"403", "Denied", "The caller's role does not allow this.", false},
	{"404", "NotFound", "What the request names does not exist for the caller.", false},
	{"409", "Conflict", "The state of the books does not allow this: code says why.", true},
	{"413", "TooLarge", "The body is larger than this operation takes.", true},
	{"422", "Invalid", "The request has faults, all of which are listed; or its Idempotency-Key belongs to another request.", false},
	{"429", "Limited", "The organisation has made more calls than its plan allows in a minute: Retry-After says when to come again, RateLimit what is left.", false},
	{"503", "Unavailable", "Not served at the moment. The same request with the same Idempotency-Key can be sent again.", false},
	{"default", "Problem", "Any other problem.", false},
}

// problems is the shared responses as components.
func problems() object {
	all := object{}
	for _, p := range shared {
		all[p.name] = object{
			"description": p.description,
			"content":     object{"application/problem+json": object{"schema": object{"$ref": schemaRef + "Problem"}}},
		}
	}
	return all
}

// share refers an operation's responses to the shared ones.
func share(method string, responses object) {
	for _, p := range shared {
		if !p.writes || method != "get" {
			responses[p.status] = object{"$ref": fmt.Sprint("#/components/responses/", p.name)}
		}
	}
}
