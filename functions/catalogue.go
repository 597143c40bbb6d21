// Package functions holds the catalogue of the functions that are deployed: what each is called,
// where its code stands, which routes are its own, and what it gets to run on. The functions
// themselves are the packages below; this one imports none of them.
package functions

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

//go:embed catalogue.yaml
var manifest []byte

// Catalogue is catalogue.yaml, whose head says what the keys mean.
type Catalogue struct {
	Functions []Function `yaml:"functions"`
	Topics    []string   `yaml:"topics"`
}

// Function is one deployed function.
type Function struct {
	Name           string   `yaml:"name"`
	EntryPoint     string   `yaml:"entryPoint"`
	Package        string   `yaml:"package"` // below functions/
	Service        Service  `yaml:"service"`
	Description    string   `yaml:"description"`
	Trigger        string   `yaml:"trigger"`
	Routes         []string `yaml:"routes"` // as in OpenAPI; net/http's ServeMux takes them as they are
	Priority       Priority `yaml:"priority"`
	Roles          []string `yaml:"roles"`
	TimeoutSeconds int      `yaml:"timeoutSeconds"`
	Concurrency    int      `yaml:"concurrency"`
	MemoryMiB      int      `yaml:"memoryMiB"`
	CPU            int      `yaml:"cpu"`
	MinInstances   int      `yaml:"minInstances"`
	MaxInstances   int      `yaml:"maxInstances"`
}

// Service is a group of functions that share time-outs and limits.
type Service string

// The services.
const (
	Finance Service = "finance"
	Reports Service = "reports"
)

// Priority is what a function's calls are worth when not all can be served.
type Priority string

// The priorities; the last is refused first.
const (
	Post    Priority = "post"
	Read    Priority = "read"
	Report  Priority = "report"
	Rebuild Priority = "rebuild"
)

// Load reads the catalogue. Its error lists every fault.
func Load() (Catalogue, error) { return parse(manifest) }

func parse(text []byte) (Catalogue, error) {
	var c Catalogue
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Catalogue{}, fmt.Errorf("functions/catalogue.yaml: %w", err)
	}
	if err := c.check(); err != nil {
		return Catalogue{}, fmt.Errorf("functions/catalogue.yaml:\n%w", err)
	}
	return c, nil
}
