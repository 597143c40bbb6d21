package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// fieldType says which options a field may have.
type fieldType int

const (
	textField fieldType = iota
	dateField
	amountField
)

// field checks one field.
func (c *checker) field(place string, f *Field, required bool, kind fieldType) {
	if f == nil {
		if required {
			c.add(place, "is missing")
		}
		return
	}
	sources := 0
	for _, s := range []string{f.Column, f.Value, f.Template} {
		if s != "" {
			sources++
		}
	}
	if sources != 1 {
		c.add(place, "needs exactly one of column, value and template")
	}
	if _, blank := f.Values[""]; blank {
		c.add(place+".values", "has an empty text: that is what default is for")
	}
	if _, err := splitTemplate(f.Template); err != nil {
		c.add(place+".template", "%v", err)
	}
	if kind != dateField && f.Layout != "" {
		c.add(place+".layout", "is for dates only")
	}
	if kind != amountField && f.Decimal+f.Thousands != "" {
		c.add(place, "decimal and thousands are for amounts only")
	}
	if kind == dateField && !wholeDate(f.layout()) {
		c.add(place+".layout", "%q does not hold year, month and day of Go's reference date, 2006-01-02", f.Layout)
	}
	if kind == amountField {
		c.marks(place, f)
	}
}

// marks checks an amount's decimal and thousands marks.
func (c *checker) marks(place string, f *Field) {
	if !slices.Contains([]string{"", ".", ","}, f.Decimal) {
		c.add(place+".decimal", "is %q: a point or a comma", f.Decimal)
	}
	if !slices.Contains([]string{"", ".", ",", "'", " ", "\u00a0"}, f.Thousands) {
		c.add(place+".thousands", "is %q: a point, a comma, an apostrophe or a blank", f.Thousands)
	}
	if f.Thousands == f.decimal() {
		c.add(place+".thousands", "is the decimal mark, too")
	}
}

// targets calls each for every text of ours that the field names.
func (f *Field) targets(each func(string)) {
	for _, key := range slices.Sorted(maps.Keys(f.Values)) {
		each(f.Values[key])
	}
	if f.Default != nil && *f.Default != "" {
		each(*f.Default)
	}
	if f.Value != "" && f.Values == nil {
		each(f.Value)
	}
}

func (f *Field) layout() string {
	if f.Layout == "" {
		return time.DateOnly
	}
	return f.Layout
}

func (f *Field) decimal() string {
	if f.Decimal == "" {
		return "."
	}
	return f.Decimal
}

// wholeDate says whether a date written in the layout can be read back.
func wholeDate(layout string) bool {
	for _, want := range []time.Time{
		time.Date(2015, time.November, 23, 0, 0, 0, 0, time.UTC),
		time.Date(2024, time.February, 3, 0, 0, 0, 0, time.UTC),
	} {
		got, err := time.Parse(layout, want.Format(layout))
		if err != nil || got.Format(time.DateOnly) != want.Format(time.DateOnly) {
			return false
		}
	}
	return true
}

// piece is a part of a template: a text, or the column whose text stands here.
type piece struct{ text, column string }

// splitTemplate splits "{a} and {b}" into its pieces.
func splitTemplate(template string) (pieces []piece, err error) {
	for rest := template; rest != ""; {
		text, after, open := strings.Cut(rest, "{")
		if strings.Contains(text, "}") {
			return nil, fmt.Errorf("%q closes a brace that is not open", template)
		}
		if text != "" {
			pieces = append(pieces, piece{text: text})
		}
		if !open {
			return pieces, nil
		}
		column, tail, closed := strings.Cut(after, "}")
		if !closed || column == "" || strings.Contains(column, "{") {
			return nil, fmt.Errorf("%q has a brace without a column", template)
		}
		pieces, rest = append(pieces, piece{column: column}), tail
	}
	return pieces, nil
}
