// Package mapping turns a record of a CSV file into a posting, as a mapping file in YAML says. It
// knows the shape of a posting, not whether the books take it: that is the server's to judge.
package mapping

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// Mapping is a mapping file. README.md documents every key.
type Mapping struct {
	Kind       string              `yaml:"kind"` // revenue, expense or movement
	CSV        CSV                 `yaml:"csv"`
	Key        Key                 `yaml:"key"`
	Currency   string              `yaml:"currency"` // ISO 4217, where neither column nor property says another
	Fields     Fields              `yaml:"fields"`
	TaxLines   []TaxLine           `yaml:"taxLines"`
	Properties map[string]Property `yaml:"properties"` // by the file's own name of the property
}

// CSV is how the file is written.
type CSV struct {
	Delimiter string `yaml:"delimiter"` // one character; a comma when empty
	Encoding  string `yaml:"encoding"`  // utf-8 or windows-1252; utf-8 when empty
}

// Comma is the character between two cells.
func (c CSV) Comma() rune {
	for _, r := range c.Delimiter {
		return r
	}
	return ','
}

// Key says what makes a line itself: Prefix and the text of Column, or, without a column, Prefix and
// the hash of the line with its occurrence number. Prefix keeps the lines of two sources apart.
type Key struct {
	Column string `yaml:"column"`
	Prefix string `yaml:"prefix"`
}

// Fields are the fields of a posting, named as in the API.
type Fields struct {
	Property      *Field       `yaml:"property"`
	BusinessDate  *Field       `yaml:"businessDate"`
	Amount        *Field       `yaml:"amount"`
	Currency      *Field       `yaml:"currency"`
	PaymentMode   *Field       `yaml:"paymentMode"`
	Source        *Field       `yaml:"source"`       // revenues only
	CategoryCode  *Field       `yaml:"categoryCode"` // expenses only
	Kind          *Field       `yaml:"kind"`         // movements only
	Description   *Field       `yaml:"description"`
	BankReference *Field       `yaml:"bankReference"`
	VendorName    *Field       `yaml:"vendorName"`
	ExternalRef   *ExternalRef `yaml:"externalRef"`
}

// ExternalRef names the posting in the system that it comes from.
type ExternalRef struct {
	System string `yaml:"system"`
	ID     *Field `yaml:"id"`
}

// TaxLine is one tax of each posting; a line whose amount is empty has none.
type TaxLine struct {
	Code   string `yaml:"code"`
	Amount *Field `yaml:"amount"`
}

// Field says where a text comes from: one of Column, Value and Template.
type Field struct {
	Column    string            `yaml:"column"`
	Value     string            `yaml:"value"`     // the same for every line
	Template  string            `yaml:"template"`  // "{column} and {column}"
	Values    map[string]string `yaml:"values"`    // the file's text -> ours; any other text is unknown
	Default   *string           `yaml:"default"`   // instead of an empty or unknown text
	Layout    string            `yaml:"layout"`    // dates only: Go's reference date, 2006-01-02
	Decimal   string            `yaml:"decimal"`   // amounts only: "." (the default) or ","
	Thousands string            `yaml:"thousands"` // amounts only: none, or one of , . ' and blank
}

// Property is a property as it is, or is to be created. Amounts are minor units.
type Property struct {
	Code          string `yaml:"code"`
	Name          string `yaml:"name"`
	Type          string `yaml:"type"`
	TimeZone      string `yaml:"timeZone"`
	CutoffMinutes int    `yaml:"cutoffMinutes"`
	Currency      string `yaml:"currency"` // the mapping's when empty
	OpeningMinor  int64  `yaml:"openingMinor"`
	RoomCount     int    `yaml:"roomCount"`
}

// Problems are all that is wrong with a mapping, each led by the place of it.
type Problems []string

// Error lists the problems, one a line.
func (p Problems) Error() string {
	return fmt.Sprintf("the mapping has %d problem(s):\n  %s", len(p), strings.Join(p, "\n  "))
}

// Load reads and checks a mapping file; Problems when it is read but wrong.
func Load(path string) (*Mapping, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := Parse(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Parse reads and checks a mapping; Problems when it is YAML but wrong. Unknown keys are problems.
func Parse(r io.Reader) (*Mapping, error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	m := new(Mapping)
	var problems Problems
	if err := decoder.Decode(m); err != nil {
		var wrong *yaml.TypeError
		if !errors.As(err, &wrong) {
			return nil, fmt.Errorf("the mapping is no YAML: %w", err)
		}
		problems = wrong.Errors
	}
	if problems = append(problems, m.check()...); len(problems) > 0 {
		return nil, problems
	}
	return m, nil
}
