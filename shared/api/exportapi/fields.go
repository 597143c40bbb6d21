package exportapi

import (
	"encoding"
	"reflect"
	"strings"
	"sync"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/platform/document"
)

// shape is what a field holds.
type shape int

const (
	scalar shape = iota // a number, a text, a date, or a pointer to one
	single              // a struct, or a pointer to one
	list                // structs or texts, in order
	keyed               // a map from texts
	other               // nothing that a report has
)

// field is a field of a view, by its name in JSON.
type field struct {
	name     string
	doc      string
	date     bool // a text that is a date
	optional bool // may be left out of the JSON
	shape    shape
	typ      reflect.Type // without a pointer
	index    []int
}

var known sync.Map // reflect.Type -> []field

// fieldsOf are the fields of a struct as its JSON has them, those of embedded structs among them.
func fieldsOf(t reflect.Type) []field {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if f, ok := known.Load(t); ok {
		return f.([]field) //nolint:errcheck // nothing else is stored
	}
	f := structFields(t, nil)
	known.Store(t, f)
	return f
}

func structFields(t reflect.Type, at []int) (fields []field) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(at[:len(at):len(at)], i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			fields = append(fields, structFields(inner, index)...)
		case name == "" || name == "-":
		default:
			fields = append(fields, field{
				name: name, doc: f.Tag.Get("doc"), date: f.Tag.Get("format") == "date", index: index, typ: inner, shape: shapeOf(inner),
				optional: strings.Contains(options, "omit") || f.Type.Kind() == reflect.Pointer,
			})
		}
	}
	return fields
}

var textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()

func shapeOf(t reflect.Type) shape {
	if t.Implements(textMarshaler) {
		return scalar
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return scalar
	case reflect.Struct:
		return single
	case reflect.Slice:
		return list
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return keyed
		}
	}
	return other
}

// of is the field's value in a struct; not ok where a pointer to it is nil.
func (f field) of(v reflect.Value) (reflect.Value, bool) {
	got, err := v.FieldByIndexErr(f.index)
	if err != nil {
		return got, false
	}
	if got.Kind() == reflect.Pointer {
		return got.Elem(), !got.IsNil()
	}
	return got, true
}

// kind is what the field's numbers are.
func (f field) kind(c money.Currency) document.Type {
	switch {
	case f.typ == reflect.TypeFor[bizdate.Date]() || f.date:
		return document.Type{Kind: document.Date}
	case f.typ.Kind() == reflect.String || f.typ.Kind() == reflect.Bool || f.typ.Implements(textMarshaler):
		return document.Type{}
	case f.isAmount() && c != "":
		return document.In(c)
	case strings.HasSuffix(f.name, "BasisPoints"):
		return document.Type{Kind: document.Percent}
	}
	return document.Type{Kind: document.Integer}
}

func (f field) isAmount() bool { return strings.HasSuffix(f.name, "Minor") }

// value is the field's value in a struct whose currency is c.
func (f field) value(v reflect.Value, c money.Currency) (document.Value, document.Type) {
	got, ok := f.of(v)
	if !ok {
		return document.Value{}, f.kind(c)
	}
	return scalarValue(got, f.kind(c), f.optional), f.kind(c)
}

// scalarValue is a scalar; an empty text that may be left out is absent.
func scalarValue(v reflect.Value, t document.Type, optional bool) document.Value {
	if t.Kind == document.Date {
		return dateValue(v)
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil || len(text) == 0 {
			return document.Value{}
		}
		return document.Word(string(text))
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return document.Word("yes")
		}
		return document.Word("no")
	case reflect.String:
		if v.String() == "" && optional {
			return document.Value{}
		}
		return document.Word(v.String())
	}
	return document.Number(v.Int())
}

func dateValue(v reflect.Value) document.Value {
	if d, ok := v.Interface().(bizdate.Date); ok {
		if d.IsZero() {
			return document.Value{}
		}
		return document.Day(d)
	}
	d, err := bizdate.Parse(v.String())
	if err != nil {
		return document.Value{}
	}
	return document.Day(d)
}
