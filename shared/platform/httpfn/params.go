package httpfn

import (
	"context"
	"encoding"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn/strict"
)

// What is refused about parameters; the pointer is "#" and the name.
var (
	ErrQuery              = fault.New(fault.Malformed, "malformed_query", "the query cannot be read")
	ErrUnknownParameter   = fault.New(fault.Invalid, "unknown_parameter", "there is no such parameter")
	ErrMissingParameter   = fault.New(fault.Invalid, "missing_parameter", "the parameter is required")
	ErrDuplicateParameter = fault.New(fault.Invalid, "duplicate_parameter", "the parameter takes one value")
)

// param is one parameter of an operation.
type param struct {
	name, in string
	required bool
	index    []int // of the field in the input
	plan     *strict.Plan
	custom   reflect.Type // is read by its own UnmarshalText; huma does so for structs only
}

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	timeType        = reflect.TypeFor[time.Time]()
)

// addParams notes the parameters of input type t, whose own place is at.
func (g *gate) addParams(r huma.Registry, t reflect.Type, at []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(at), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if !f.IsExported() {
				panic(fmt.Sprintf("httpfn: %v embeds %v: huma passes over types that are not exported", t, f.Type))
			}
			g.addParams(r, f.Type, index)
			continue
		}
		p := param{index: index}
		for _, in := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(in); name != "" {
				p.name, p.in = name, in
			}
		}
		if f.Tag.Get("cookie") != "" || f.Tag.Get("form") != "" {
			panic(fmt.Sprintf("httpfn: %v.%s: neither cookies nor forms", t, f.Name))
		}
		if p.name != "" {
			g.params = append(g.params, p.compile(r, t, f))
		}
	}
}

func (p param) compile(r huma.Registry, t reflect.Type, f reflect.StructField) param {
	refuse := func(why string) { panic(fmt.Sprintf("httpfn: %v.%s: %s", t, f.Name, why)) }
	p.required = p.in == "path" || f.Tag.Get("required") == "true"
	var err error
	if p.plan, err = strict.Compile(r, huma.SchemaFromField(r, f, ""), f.Type); err != nil {
		refuse(err.Error())
	}
	kind := f.Type.Kind()
	switch {
	case f.Type == timeType:
		if p.in == "header" || f.Tag.Get("timeFormat") != "" {
			refuse("a time is RFC 3339, in path or query")
		}
	case reflect.PointerTo(f.Type).Implements(textUnmarshaler):
		if p.custom = f.Type; f.Tag.Get("default") != "" {
			refuse("no default for a type with UnmarshalText")
		}
	case slices.ContainsFunc([]rune(p.name), func(c rune) bool { return c == ',' }):
		refuse("neither explode nor deepObject")
	case kind == reflect.Struct || kind == reflect.Map || kind == reflect.Pointer || kind == reflect.Interface:
		refuse("not a type for a parameter")
	}
	return p
}

// checkParams judges the parameters of r. It gives the values of those with a type of their own, by
// their place in g.params. An error is one that ends the judging at once.
func (g *gate) checkParams(r *http.Request, query url.Values, faults *strict.Faults) (map[int]reflect.Value, error) {
	g.checkNames(query, faults)
	var own map[int]reflect.Value
	for i, p := range g.params {
		values := p.values(r, query)
		if p.in == "header" && p.name == keyHeader {
			if e := checkKey(values); e != nil {
				faults.Add("#"+p.name, e, "")
			}
			continue
		}
		if len(values) == 0 {
			if p.required {
				faults.Add("#"+p.name, ErrMissingParameter, "")
			}
			continue
		}
		if len(values) > 1 {
			faults.Add("#"+p.name, ErrDuplicateParameter, "")
			continue
		}
		if p.custom == nil {
			p.plan.CheckText(p.name, values[0], faults)
			continue
		}
		v := reflect.New(p.custom)
		if err := v.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(values[0])); err != nil { //nolint:errcheck // the type was chosen for it
			if p.in == "path" && fault.KindOf(err) == fault.NotFound {
				return nil, err
			}
			faults.AddError("#"+p.name, err)
			continue
		}
		if own == nil {
			own = map[int]reflect.Value{}
		}
		own[i] = v.Elem()
	}
	return own, nil
}

// checkNames refuses what is no parameter of the query.
func (g *gate) checkNames(query url.Values, faults *strict.Faults) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		known := slices.ContainsFunc(g.params, func(p param) bool { return p.in == "query" && p.name == name })
		if known {
			continue
		}
		const maxName = 64 // longer or unreadable names are not given back
		if len(name) > maxName || !utf8.ValidString(name) {
			name = ""
		}
		faults.Add("#"+name, ErrUnknownParameter, "")
	}
}

func (p param) values(r *http.Request, query url.Values) []string {
	switch p.in {
	case "path":
		return []string{r.PathValue(p.name)}
	case "query":
		return query[p.name]
	}
	return r.Header.Values(p.name)
}

type ownKey struct{}

// fill sets the parameters with types of their own in the input.
func (g *gate) fill(ctx context.Context, input reflect.Value) {
	own, _ := ctx.Value(ownKey{}).(map[int]reflect.Value)
	for i, v := range own {
		input.FieldByIndex(g.params[i].index).Set(v)
	}
}
