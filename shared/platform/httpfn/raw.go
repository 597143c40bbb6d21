package httpfn

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Raw is a value of schema T whose judging is left to a Decoder: where it stands only the grammar
// of JSON is asked for. As the Body of a reply it is what Encode has made, and written as it is.
type Raw[T any] json.RawMessage

// RawJSON marks the type for package strict.
func (Raw[T]) RawJSON() {}

// ready is the value where it is a whole reply.
func (v Raw[T]) ready() []byte { return v }

// Schema is that of T.
func (Raw[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// MarshalJSON gives the value as it came.
func (v Raw[T]) MarshalJSON() ([]byte, error) { return json.RawMessage(v).MarshalJSON() }

// UnmarshalJSON keeps a copy of data.
func (v *Raw[T]) UnmarshalJSON(data []byte) error {
	return (*json.RawMessage)(v).UnmarshalJSON(data)
}

// RawList is an array of Raw[T], for bulk calls in which each line is judged by itself:
//
//	Lines httpfn.RawList[Line] `json:"lines" minItems:"1" maxItems:"1000"`
//
// Limits on the number of items are checked with the body.
type RawList[T any] []Raw[T]

// RawJSON marks the type for package strict.
func (RawList[T]) RawJSON() {}

// Schema is an array of T.
func (RawList[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Items: r.Schema(reflect.TypeFor[T](), true, "")}
}
