// Package drawing turns a chart's data into shapes, for whoever draws them. Lengths are tenths of a
// unit, as integers: a figure never passes through a float.
package drawing

import (
	"math/bits"
	"strings"

	"innkeep.internal/shared/platform/document"
)

// Width of every drawing: 360 units, what a telephone shows without making letters smaller.
const Width = 3600

// Form is what a shape is.
type Form uint8

// The forms.
const (
	Box   Form = iota // from its upper left corner
	Rule              // a horizontal line of length W
	Words             // from its baseline
)

// Anchor is the end of a text that stands at its X.
type Anchor uint8

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// Paint is what a shape is drawn with; Part and the numbers after it are for parts of a whole.
type Paint uint8

// The paints.
const (
	Ink   Paint = iota // for texts
	Soft               // for less important ones
	Track              // the room that a bar could fill
	Axis
	Below // a bar below zero
	Part  // the first of Parts
)

// Parts are the paints for parts and series.
const Parts = 8

// Shape is a part of a drawing. Y grows downwards.
type Shape struct {
	Form       Form
	X, Y, W, H int
	Text       string
	Anchor     Anchor
	Paint      Paint
}

// Drawing is a drawn chart.
type Drawing struct {
	Height int
	Shapes []Shape
	Told   string // the same in words
}

// Of draws a chart that its document's Check has passed.
func Of(c document.Chart) Drawing {
	d := &pen{chart: c}
	switch c.Form {
	case document.Shares:
		if parts, ok := percentages(c.Series[0].Values); ok {
			d.shares(parts)
			break
		}
		d.bars()
	case document.Bars:
		d.bars()
	default:
		d.columns()
	}
	return Drawing{Height: d.y, Shapes: d.shapes, Told: strings.TrimSpace(c.Note + " " + d.told.String())}
}

type pen struct {
	chart  document.Chart
	shapes []Shape
	y      int // what is above is drawn
	told   strings.Builder
}

func (d *pen) box(x, y, w, h int, p Paint) {
	d.shapes = append(d.shapes, Shape{Form: Box, X: x, Y: y, W: w, H: h, Paint: p})
}

func (d *pen) rule(x, y, w int) {
	d.shapes = append(d.shapes, Shape{Form: Rule, X: x, Y: y, W: w, Paint: Axis})
}

func (d *pen) words(x, y int, s string, a Anchor, p Paint) {
	d.shapes = append(d.shapes, Shape{Form: Words, X: x, Y: y, Text: s, Anchor: a, Paint: p})
}

// shown is a value as people read it.
func (d *pen) shown(n int64) string { return document.Shown(d.chart.Type, document.Number(n)) }

// tell adds "label: value" to the words.
func (d *pen) tell(label, value string) {
	if d.told.Len() > 0 {
		d.told.WriteString("; ")
	}
	d.told.WriteString(label + ": " + value)
}

// letter is about the width of a letter of the drawings' texts.
const letter = 64

// short is s within about a width.
func short(s string, width int) string {
	s = strings.Join(strings.Fields(document.Clean(s)), " ")
	if most := max(width/letter, 4); len([]rune(s)) > most {
		return strings.TrimSpace(string([]rune(s)[:most-1])) + "…"
	}
	return s
}

// scale maps the values from low to high to a length.
type scale struct {
	low, high int64
	length    int
}

// newScale holds all values and 0.
func newScale(length int, series ...document.Series) scale {
	s := scale{length: length}
	for _, one := range series {
		for _, v := range one.Values {
			s.low, s.high = min(s.low, v), max(s.high, v)
		}
	}
	return s
}

// at is the place of v: 0 for low, length for high.
func (s scale) at(v int64) int {
	span := uint64(s.high) - uint64(s.low) //nolint:gosec // two's complement: right, since high >= low
	if span == 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(v)-uint64(s.low), uint64(s.length)) //nolint:gosec // as above
	q, _ := bits.Div64(hi, lo, span)
	return int(q) //nolint:gosec // at most length
}

// bar is where the bar of v begins and how long it is. What is not 0 is seen.
func (s scale) bar(v int64) (from, length int) {
	zero, end := s.at(0), s.at(v)
	from, length = min(zero, end), max(zero, end)-min(zero, end)
	const thin = 8
	if v != 0 && length < thin {
		length = thin
		from = min(zero, s.length-thin)
		if v < 0 {
			from = max(zero-thin, 0)
		}
	}
	return from, length
}
