package pdffile

import (
	"fmt"
	"math"
	"slices"

	"innkeep.internal/shared/platform/document"
)

// narrowest is the least width of a column of texts, in points.
const narrowest = 36.0

// natural is the width that a column needs, without padding, in points.
func natural(c document.Column) float64 {
	const letter, chars = 4.4, 24 // an average letter at the tables' size
	switch c.Type.Kind {
	case document.Text:
		n := c.Chars
		if n == 0 {
			n = chars
		}
		return max(narrowest, float64(min(n, 40))*letter)
	case document.Amount:
		return 68 // 99,999,999.99 and a minus
	case document.Date:
		return 46
	case document.Integer:
		return 38
	}
	return 46
}

func need(columns []document.Column) (w float64) {
	for _, c := range columns {
		w += natural(c) + 2*cellPad
	}
	return w
}

// crowded is how many times the wide page a table may need before it is drawn in several parts rather
// than smaller.
const crowded = 1.2

// split divides a table that is too wide for any page, where its rows can be had more than once: each
// part has the first columns, which say what a row is about.
func split(s document.Section) []document.Section {
	const wide = longSide - 2*margin
	if !s.Repeatable || need(s.Columns) <= crowded*wide {
		return []document.Section{s}
	}
	first := 0
	for first < len(s.Columns) && first < 3 && !s.Columns[first].Type.Right() {
		first++
	}
	lead := need(s.Columns[:first])
	rest := need(s.Columns[first:])
	target := rest / math.Ceil(rest/(wide-lead))
	var parts [][]int
	drawn := wide
	for i := first; i < len(s.Columns); i++ {
		w := need(s.Columns[i : i+1])
		if len(parts) == 0 || drawn+w/2 > target {
			part := make([]int, first, len(s.Columns))
			for k := range part {
				part[k] = k
			}
			parts, drawn = append(parts, part), 0
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], i)
		drawn += w
	}
	out := make([]document.Section, len(parts))
	for i, columns := range parts {
		out[i] = s.Pick(columns)
		out[i].Title = fmt.Sprintf("%s (%d of %d)", s.Title, i+1, len(parts))
		if !slices.ContainsFunc(out[i].Columns, func(c document.Column) bool { return c.Sum }) {
			out[i].Total = ""
		}
		if i > 0 {
			out[i].Charts, out[i].Note = nil, ""
		}
	}
	return out
}

// measure gives the columns their places: columns of texts share what the others leave. Where even
// the wide page is too narrow, everything is drawn smaller.
func (p *press) measure(t *table) {
	usable, needed, texts := p.usable(), need(t.Columns), 0.0
	for _, c := range t.Columns {
		if c.Type.Kind == document.Text {
			texts += natural(c)
		}
	}
	scale := min(1, usable/needed)
	spare := usable - needed*scale
	t.size = letters * scale
	x := float64(margin)
	t.heading = make([][]string, len(t.Columns))
	for i, c := range t.Columns {
		w := natural(c) * scale
		switch {
		case texts == 0:
			w += spare / float64(len(t.Columns))
		case c.Type.Kind == document.Text:
			w += spare * natural(c) / texts
		}
		t.x, t.w = append(t.x, x+cellPad*scale), append(t.w, w)
		x += w + 2*cellPad*scale
		t.heading[i] = p.wrap(oneLine(c.Heading()), w, mostLines, bold, t.size)
	}
}

// across says whether a table needs the wide page.
func across(s document.Section) bool { return need(s.Columns) > shortSide-2*margin }
