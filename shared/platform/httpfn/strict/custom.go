package strict

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
)

// custom lets the type's own unmarshaler judge raw, a value that its schema allows.
func (c *scanner) custom(n *node, raw []byte) {
	if raw[0] == 'n' {
		return
	}
	var err error
	switch u := reflect.New(n.custom).Interface().(type) {
	case json.Unmarshaler:
		err = u.UnmarshalJSON(raw)
	case encoding.TextUnmarshaler:
		if raw[0] != '"' {
			return
		}
		err = u.UnmarshalText(unquote(raw))
	}
	if err != nil {
		c.faults.AddError(c.prefix+pointer(c.path), err)
	}
}

// unquote is what the JSON string raw, known to be good, says.
func unquote(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	sub := scanner{data: raw}
	s, _, _ := sub.text()
	return s
}

// customParameter does the same for the text of a parameter.
func (c *scanner) customParameter(n *node) {
	if u, ok := reflect.New(n.custom).Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText(c.data); err != nil {
			c.faults.AddError(c.prefix, err)
		}
	}
}
