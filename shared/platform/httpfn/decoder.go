package httpfn

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"innkeep.internal/shared/platform/httpfn/strict"
)

// Decoder judges and decodes single JSON values of type T by the rules of request bodies. It is
// safe for concurrent use.
type Decoder[T any] struct{ plan *strict.Plan }

// NewDecoder makes the Decoder of T from the schema that huma gives it. It panics on types that
// cannot be judged (oneOf, more than 64 fields) and on default tags, which only bodies have.
func NewDecoder[T any]() *Decoder[T] {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	t := reflect.TypeFor[T]()
	schema := registry.Schema(t, true, "")
	for name, s := range registry.Map() {
		for field, p := range s.Properties {
			if p.Default != nil {
				panic(fmt.Sprintf("httpfn: %s.%s: a Decoder sets no defaults", name, field))
			}
		}
	}
	plan, err := strict.Compile(registry, schema, t)
	if err != nil {
		panic(err)
	}
	return &Decoder[T]{plan}
}

// Decode is the T that raw holds. Its error is a *fault.Error of kind Malformed or Invalid that
// lists every fault; the pointers start at raw.
func (d *Decoder[T]) Decode(raw []byte) (v T, err error) {
	if err = d.plan.Check(raw); err != nil {
		return v, err
	}
	if err = json.Unmarshal(raw, &v, bodyJSON); err != nil {
		var zero T
		return zero, undecodable(err)
	}
	return v, nil
}

// undecodable is the fault of a value that its plan passed and its type did not.
func undecodable(err error) error {
	var faults strict.Faults
	at := ""
	if s := (*json.SemanticError)(nil); errors.As(err, &s) {
		at = string(s.JSONPointer)
	}
	faults.Add(at, strict.ErrBadValue, "")
	return faults.Err()
}
