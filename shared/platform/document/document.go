// Package document is a report as people and programs take it away: a title, facts, key figures and
// tables whose rows are streamed. Its packages csvfile, xlsxfile, pdffile and htmlpage write it.
//
// It owns how a figure is written down, exactly: amounts are minor units and become decimals digit
// by digit. It knows no business words and computes nothing but the sums of its total rows. A
// document of equal content gives equal bytes.
package document

import (
	"fmt"
	"iter"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
)

// Document is a report, ready to be written once or, where the rows of its sections allow it, often.
type Document struct {
	Title    string
	Subtitle string // may be empty
	Facts    []Fact // what the report is about and what it stands on, in order
	Figures  []Figure
	Sections []Section
}

// Fact is a line of the report's head: "Property" and "Quay House".
type Fact struct{ Label, Value string }

// Figure is one of the report's key figures.
type Figure struct {
	Label string
	Type  Type
	Value Value
	Note  string // how it is made, in a few words; may be empty
}

// Section is a table under a title of its own.
type Section struct {
	Title   string
	Note    string // a sentence above the table; may be empty
	Columns []Column
	// Rows are the table, in order; nil is none. A row is valid until the next one is asked for. An
	// error ends the writing.
	Rows iter.Seq2[Row, error]
	// Repeatable says that the rows can be asked for again.
	Repeatable bool
	// Total is the label of the total row, in which the columns with Sum are added up; none when empty.
	Total  string
	Charts []Chart
}

// Column says what a column holds.
type Column struct {
	Title string
	Type  Type
	Sum   bool // an amount or integer that the total row adds up
	Chars int  // about as many characters as its texts have; 24 when 0. Only texts need it
	// Key says that the column is for programs, an id for one: it is left out where people read.
	Key bool
}

// Kind is what a value is, and so how it is written.
type Kind uint8

// The kinds.
const (
	Text    Kind = iota
	Date         // a business date
	Integer      // a count
	Amount       // minor units, with the decimals of its currency
	Percent      // basis points: 1234 is 12.34 %
	Ratio        // an exact decimal, as text
)

// Type is a kind with what it needs to be written.
type Type struct {
	Kind     Kind
	Decimals int    // of an amount
	Unit     string // is printed beside: the currency
}

// In is the type of amounts in a currency.
func In(c money.Currency) Type {
	return Type{Kind: Amount, Decimals: c.Exponent(), Unit: string(c)}
}

// basisPoints are the decimals of a percentage.
const basisPoints = 2

// decimals of the type's number.
func (t Type) decimals() int {
	switch t.Kind {
	case Amount:
		return t.Decimals
	case Percent:
		return basisPoints
	}
	return 0
}

// Right says whether values stand to the right, by their decimals: those of numbers.
func (t Type) Right() bool { return t.Kind >= Integer }

// Row is a line of a table: a value for each column.
type Row []Value

// Value is one figure, date or text. The zero value is an absent one: there is none to be told.
type Value struct {
	form   form
	text   string
	number int64
}

type form uint8

const (
	absent form = iota
	textual
	numeral
	dated
)

// Word is a text, or the exact decimal of a ratio.
func Word(s string) Value { return Value{form: textual, text: s} }

// Number is a count, an amount in minor units, or a percentage in basis points.
func Number(n int64) Value { return Value{form: numeral, number: n} }

// Day is a business date.
func Day(d bizdate.Date) Value { return Value{form: dated, number: d.Number()} }

// Absent says that there is no value.
func (v Value) Absent() bool { return v.form == absent }

// Number is the value's number: a count, minor units, basis points; 0 for other values.
func (v Value) Number() int64 {
	if v.form != numeral {
		return 0
	}
	return v.number
}

// Text is a textual value's text.
func (v Value) Text() string { return v.text }

// Date is a date's date; none for other values.
func (v Value) Date() bizdate.Date {
	if v.form != dated {
		return 0
	}
	return bizdate.Date(v.number) //nolint:gosec // it came from a Date
}

// fits says whether a value may stand in a column of type t.
func (v Value) fits(t Type) bool {
	switch v.form {
	case absent:
		return true
	case textual:
		return t.Kind == Text || t.Kind == Ratio && isDecimal(v.text)
	case dated:
		return t.Kind == Date
	}
	return t.Kind == Integer || t.Kind == Amount || t.Kind == Percent
}

// Check finds what no renderer could write: a defect of whoever made the document.
func (d Document) Check() error {
	if d.Title == "" {
		return fmt.Errorf("document: no title")
	}
	for _, f := range d.Figures {
		if !f.Value.fits(f.Type) {
			return fmt.Errorf("document: figure %q is of another kind", f.Label)
		}
	}
	for _, s := range d.Sections {
		if err := s.check(); err != nil {
			return fmt.Errorf("document: section %q: %w", s.Title, err)
		}
	}
	return nil
}

func (s Section) check() error {
	if s.Title == "" || len(s.Columns) == 0 {
		return fmt.Errorf("no title or no columns")
	}
	for _, c := range s.Columns {
		switch {
		case c.Type.Decimals < 0 || c.Type.Decimals > maxDecimals:
			return fmt.Errorf("column %q: %d decimals", c.Title, c.Type.Decimals)
		case c.Sum && c.Type.Kind != Amount && c.Type.Kind != Integer:
			return fmt.Errorf("column %q cannot be added up", c.Title)
		}
	}
	for _, c := range s.Charts {
		if err := c.check(); err != nil {
			return fmt.Errorf("chart %q: %w", c.Title, err)
		}
	}
	return nil
}
