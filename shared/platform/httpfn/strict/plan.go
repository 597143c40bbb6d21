// Package strict judges JSON and parameters against a huma schema in one pass over the bytes, and
// lists every fault with its JSON pointer.
//
// It owns the rules that encoding/json and huma's validator are too kind for: UTF-8, member names
// twice, unknown members by exact case, null, integers that are written as such and fit. A type's
// own unmarshaler is part of the judgement, so that what passes can be decoded. It knows no HTTP.
package strict

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// kind is the JSON type that a node asks for.
type kind uint8

const (
	kindAny kind = iota
	kindRaw      // well-formed, and judged later by itself
	kindObject
	kindArray
	kindString
	kindInteger
	kindNumber
	kindBoolean
)

// Raw is implemented by types that keep JSON to be judged later (httpfn.Raw, httpfn.RawList).
type Raw interface{ RawJSON() }

// node is what one place of a document may hold.
type node struct {
	kind     kind
	nullable bool
	custom   reflect.Type // has an unmarshaler of its own, which has the last word

	props     map[string]*prop
	required  uint64 // bit i: the property of index i must be there
	names     []string
	extra     *node // further members, nil when refused
	dependent map[string][]string
	items     *node
	unique    bool

	min, max       *int // length: characters, items or members
	re             *regexp.Regexp
	reText         string
	format         *huma.Schema // nil, or a schema with nothing but the format
	base64         bool
	enum           []string
	enumText       string
	minInt, maxInt int64
	multipleOf     int64
	minNum, maxNum float64
	openMin        bool // minNum itself is refused
	openMax        bool
}

type prop struct {
	name string
	bit  uint64
	node *node
}

// Plan is a schema, made ready for judging. It is safe for concurrent use.
type Plan struct{ root *node }

// Compile makes the plan of schema s, whose values are decoded into type t (nil: into nothing). It
// fails on what it cannot judge: oneOf and its kin, and objects of more than 64 properties.
func Compile(r huma.Registry, s *huma.Schema, t reflect.Type) (*Plan, error) {
	c := compiler{registry: r, done: map[seen]*node{}}
	root, err := c.node(s, t)
	if err != nil {
		return nil, err
	}
	return &Plan{root: root}, nil
}

type seen struct {
	schema *huma.Schema
	typ    reflect.Type
}

type compiler struct {
	registry huma.Registry
	done     map[seen]*node // so that a type may contain itself
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	rawType         = reflect.TypeFor[Raw]()
	timeType        = reflect.TypeFor[time.Time]()
)

func (c *compiler) node(s *huma.Schema, t reflect.Type) (*node, error) {
	nullable := s.Nullable
	for s.Ref != "" {
		ref := s.Ref
		if s = c.registry.SchemaFromRef(ref); s == nil {
			return nil, fmt.Errorf("strict: no schema for %s", ref)
		}
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n, ok := c.done[seen{s, t}]; ok {
		return n, nil
	}
	n := &node{nullable: nullable || s.Nullable, min: s.MinLength, max: s.MaxLength}
	c.done[seen{s, t}] = n
	if s.OneOf != nil || s.AnyOf != nil || s.AllOf != nil || s.Not != nil {
		return nil, fmt.Errorf("strict: %v: oneOf, anyOf, allOf and not cannot be judged", t)
	}
	if t != nil && s.Type != huma.TypeArray && t.Implements(rawType) {
		n.kind = kindRaw
		return n, nil
	}
	if t != nil && t.Kind() != reflect.Interface {
		if p := reflect.PointerTo(t); p.Implements(jsonUnmarshaler) || p.Implements(textUnmarshaler) {
			n.custom = t
		}
	}
	return n, c.fill(n, s, t)
}

func (c *compiler) fill(n *node, s *huma.Schema, t reflect.Type) error {
	switch s.Type {
	case huma.TypeObject:
		n.kind, n.min, n.max = kindObject, s.MinProperties, s.MaxProperties
		return c.object(n, s, t)
	case huma.TypeArray:
		n.kind, n.min, n.max, n.unique = kindArray, s.MinItems, s.MaxItems, s.UniqueItems
		return c.array(n, s, t)
	case huma.TypeString:
		n.kind = kindString
		n.text(s, t)
	case huma.TypeInteger:
		n.kind = kindInteger
		n.integer(s, t)
	case huma.TypeNumber:
		if s.MultipleOf != nil || s.Enum != nil {
			return fmt.Errorf("strict: %v: multipleOf and enum of a fraction cannot be judged", t)
		}
		n.kind = kindNumber
		n.number(s)
	case huma.TypeBoolean:
		n.kind = kindBoolean
	}
	for _, v := range s.Enum {
		if f, ok := v.(float64); ok {
			v = toInt(f)
		}
		n.enum = append(n.enum, fmt.Sprint(v))
	}
	n.enumText = "allowed: " + strings.Join(n.enum, ", ")
	return nil
}

func (c *compiler) object(n *node, s *huma.Schema, t reflect.Type) (err error) {
	n.dependent = s.DependentRequired
	for name := range s.Properties {
		n.names = append(n.names, name)
	}
	slices.Sort(n.names)
	if len(n.names) > 64 {
		return fmt.Errorf("strict: %v has more than 64 properties", t)
	}
	fields := map[string]reflect.Type{}
	if t != nil && t.Kind() == reflect.Struct && n.custom == nil {
		if err := jsonFields(t, fields); err != nil {
			return err
		}
	}
	n.props = make(map[string]*prop, len(n.names))
	for i, name := range n.names {
		p := &prop{name: name, bit: 1 << i}
		if p.node, err = c.node(s.Properties[name], fields[name]); err != nil {
			return err
		}
		n.props[name] = p
		if slices.Contains(s.Required, name) && !s.Properties[name].ReadOnly {
			n.required |= p.bit
		}
	}
	switch extra := s.AdditionalProperties.(type) {
	case *huma.Schema:
		var elem reflect.Type
		if t != nil && t.Kind() == reflect.Map {
			elem = t.Elem()
		}
		n.extra, err = c.node(extra, elem)
	case bool:
		if extra {
			n.extra = anything
		}
	case nil:
		n.extra = anything
	}
	return err
}

func (c *compiler) array(n *node, s *huma.Schema, t reflect.Type) (err error) {
	if t != nil && t.Implements(rawType) {
		n.items, n.custom = &node{kind: kindRaw}, nil
		return nil
	}
	if s.Items == nil {
		n.items = anything
		return nil
	}
	var elem reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && n.custom == nil {
		elem = t.Elem()
	}
	n.items, err = c.node(s.Items, elem)
	return err
}

// jsonFields notes the type of each field of struct t by its name in JSON; outer fields win. It
// fails on embedded structs that huma passes over, though they are encoded.
func jsonFields(t reflect.Type, into map[string]reflect.Type) error {
	var embedded []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			e := f.Type
			if e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			if !f.IsExported() {
				return fmt.Errorf("strict: %v embeds %v: embed exported types only", t, e)
			}
			if e.Kind() == reflect.Struct {
				embedded = append(embedded, e)
			}
			continue
		}
		name, _, _ := strings.Cut(tag, ",")
		if name == "" {
			name = f.Name
		}
		if _, ok := into[name]; f.IsExported() && !ok {
			into[name] = f.Type
		}
	}
	for _, e := range embedded {
		if err := jsonFields(e, into); err != nil {
			return err
		}
	}
	return nil
}

var anything = &node{kind: kindAny}
