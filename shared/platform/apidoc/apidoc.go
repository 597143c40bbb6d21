// Package apidoc shows an OpenAPI document (3.1, as package document of scripts/openapi writes it) to
// programs, as JSON, and to people, as one HTML page without scripts, fonts or anything else from
// elsewhere.
package apidoc

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// JSON is a document, which is YAML, as JSON. Its servers are replaced by the one that gives it out.
func JSON(text []byte) ([]byte, error) {
	var d map[string]any
	if err := yaml.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("apidoc: %w", err)
	}
	d["servers"] = []map[string]string{{"url": "/", "description": "This server"}}
	return json.Marshal(d)
}

// spec is what the page shows of a document.
type spec struct {
	Info struct {
		Title, Version, Description string
	}
	Tags []struct {
		Name, Description string
	}
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]schema
		Responses       map[string]response
		SecuritySchemes map[string]struct{ Description string }
	}
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Parameters                        []parameter
	RequestBody                       *struct {
		Required bool
		Content  map[string]media
	}
	Responses map[string]response
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                schema
}

type media struct{ Schema *schema }

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]media
	Headers     map[string]struct{ Schema schema }
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any    // a word, or a list of them
	Format, Description  string
	Pattern              string
	Enum, Examples       []any
	Default              any
	Items                *schema
	Properties           map[string]schema
	Required             []string
	AdditionalProperties any
	MinLength, MaxLength *int
	MinItems, MaxItems   *int
	Minimum, Maximum     *json.Number
}

// last is the name that a reference ends with.
func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// words says what a value is, apart from what it refers to: "string, date", "array of integers".
func (s schema) words() string {
	var words []string
	switch t := s.Type.(type) {
	case string:
		words = append(words, t)
	case []any:
		for _, one := range t {
			words = append(words, fmt.Sprint(one))
		}
	}
	text := strings.Join(words, " or ")
	if s.Format != "" {
		text += ", " + s.Format
	}
	return text
}

// limits says what of such values are taken.
func (s schema) limits() string {
	var out []string
	between := func(low, high, unit string) {
		switch {
		case low != "" && low == high:
			out = append(out, low+unit)
		case low != "" && high != "":
			out = append(out, low+" to "+high+unit)
		case low != "":
			out = append(out, "at least "+low+unit)
		case high != "":
			out = append(out, "at most "+high+unit)
		}
	}
	between(count(s.MinLength), count(s.MaxLength), " characters")
	between(count(s.MinItems), count(s.MaxItems), " items")
	between(number(s.Minimum), number(s.Maximum), "")
	if s.Pattern != "" {
		out = append(out, "like "+s.Pattern)
	}
	if s.Default != nil {
		out = append(out, fmt.Sprint("by default ", s.Default))
	}
	return strings.Join(out, "; ")
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func number(n *json.Number) string {
	if n == nil {
		return ""
	}
	return n.String()
}
