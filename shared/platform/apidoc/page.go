package apidoc

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // the style and the template
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

//go:embed style.css
var style string

//go:embed page.tmpl
var source string

var page = template.Must(template.New("page").Parse(source))

// SecurityPolicy is the value of the header Content-Security-Policy under which the page works: the
// page's own style, links to other pages, and nothing else.
var SecurityPolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// view is the page's content.
type view struct {
	Title, Version, Description string
	Style                       template.CSS
	Security                    []string
	Groups                      []group
	Shapes                      []shape
}

type group struct {
	Name, Description string
	Operations        []call
}

type call struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []field
	Bodies                                 []answer
	Answers                                []answer
}

// answer is what a status gives, or a request takes.
type answer struct {
	Status, Text, Media string
	Headers             []field
	Value               *field // nil: nothing is said of it
}

// shape is a schema with a name.
type shape struct {
	Name, Text string
	Fields     []field
}

// field is a value: a parameter, a property, an item.
type field struct {
	Name, In, Kind, Link, Limits, Text string
	Many, Required                     bool
	Values                             []string
	Fields                             []field // of an object without a name of its own
}

// Page is the page of a document, which is JSON.
func Page(text []byte) ([]byte, error) {
	var s spec
	if err := json.Unmarshal(text, &s); err != nil { //nolint:musttag // names as OpenAPI has them
		return nil, fmt.Errorf("apidoc: %w", err)
	}
	v := view{Title: s.Info.Title, Version: s.Info.Version, Description: s.Info.Description, Style: template.CSS(style)} //nolint:gosec // G203: embedded, ours
	for _, name := range slices.Sorted(maps.Keys(s.Components.SecuritySchemes)) {
		v.Security = append(v.Security, s.Components.SecuritySchemes[name].Description)
	}
	for _, tag := range s.Tags {
		v.Groups = append(v.Groups, group{tag.Name, tag.Description, s.calls(tag.Name)})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Components.Schemas)) {
		one := s.Components.Schemas[name]
		v.Shapes = append(v.Shapes, shape{name, one.Description, properties(one)})
	}
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		return nil, fmt.Errorf("apidoc: %w", err)
	}
	return b.Bytes(), nil
}

// calls are the operations whose first tag is this one, by path and method.
func (s spec) calls(tag string) (out []call) {
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(s.Paths[path])) {
			if op := s.Paths[path][method]; len(op.Tags) > 0 && op.Tags[0] == tag {
				out = append(out, s.call(strings.ToUpper(method), path, op))
			}
		}
	}
	return out
}

func (s spec) call(method, path string, op operation) call {
	c := call{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		f := fieldOf(p.Name, p.Schema)
		f.In, f.Required, f.Text = p.In, p.Required, cmp.Or(p.Description, f.Text)
		c.Parameters = append(c.Parameters, f)
	}
	if op.RequestBody != nil {
		c.Bodies = contents("", "", op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		if r.Ref != "" {
			r = s.Components.Responses[last(r.Ref)]
		}
		answers := contents(status, r.Description, r.Content)
		for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
			answers[0].Headers = append(answers[0].Headers, fieldOf(name, r.Headers[name].Schema))
		}
		c.Answers = append(c.Answers, answers...)
	}
	return c
}

// contents is an answer for each media type, one without where there is none.
func contents(status, text string, content map[string]media) (out []answer) {
	for _, name := range slices.Sorted(maps.Keys(content)) {
		a := answer{Status: status, Text: text, Media: name}
		if s := content[name].Schema; s != nil {
			f := fieldOf("", *s)
			a.Value = &f
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		out = []answer{{Status: status, Text: text}}
	}
	return out
}

func properties(s schema) (out []field) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		f := fieldOf(name, s.Properties[name])
		f.Required = slices.Contains(s.Required, name)
		out = append(out, f)
	}
	return out
}

func fieldOf(name string, s schema) field {
	f := field{Name: name, Text: s.Description, Limits: s.limits()}
	if s.Items != nil {
		f.Many, s = true, *s.Items
		f.Text = cmp.Or(f.Text, s.Description)
	}
	if s.Ref != "" {
		f.Link = last(s.Ref)
		return f
	}
	f.Kind, f.Fields = s.words(), properties(s)
	for _, value := range s.Enum {
		f.Values = append(f.Values, fmt.Sprint(value))
	}
	return f
}
