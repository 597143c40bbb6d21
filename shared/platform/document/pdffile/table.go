package pdffile

import (
	"slices"

	"innkeep.internal/shared/platform/document"
)

// The measures of a table's letters and lines, in points.
const (
	letters   = 8.0
	lineStep  = 10.0
	rowPad    = 5.0 // above and below the lines of a row
	cellPad   = 4.0 // on each side of a cell
	mostLines = 3   // of a text
)

// table is a section that is being drawn.
type table struct {
	document.Section
	across  bool
	x, w    []float64 // of the columns, without padding
	size    float64
	heading [][]string
	begun   bool // a row stands on this page
	before  document.Totals
}

// section draws a table, and goes on on as many pages as it needs.
func (p *press) section(s document.Section) error {
	t := &table{Section: s, before: make(document.Totals, len(s.Columns))}
	t.across = across(s)
	const title = 34.0
	if p.width > p.height != t.across || p.room() < title+4*(lineStep+rowPad) {
		if err := p.turn(t.across); err != nil {
			return err
		}
	}
	p.measure(t)
	p.y -= 22
	p.text(margin, p.y, p.ellipsed(oneLine(s.Title), p.usable(), bold, 12), bold, 12, black)
	p.y -= 8
	if s.Note != "" {
		for _, line := range p.wrap(oneLine(s.Note), p.usable(), mostLines, regular, 8) {
			p.y -= 5
			p.text(margin, p.y, line, regular, 8, grey)
			p.y -= 6
		}
	}
	if err := p.charts(s.Charts); err != nil {
		return err
	}
	if p.room() < 5*(lineStep+rowPad) {
		if err := p.turn(t.across); err != nil {
			return err
		}
	}
	p.head(t)
	totals, err := s.Each(func(row document.Row, sofar document.Totals) error {
		err := p.row(t, row)
		copy(t.before, sofar)
		return err
	})
	if err != nil || s.Total == "" {
		return err
	}
	return p.total(t, totals)
}

// head draws the heading of the table.
func (p *press) head(t *table) {
	lines := 1
	for _, h := range t.heading {
		lines = max(lines, len(h))
	}
	height := float64(lines)*lineStep + rowPad
	p.rectangle(margin, p.y-height, p.usable(), height, paper)
	for i, h := range t.heading {
		for n, line := range h {
			y := p.y - float64(n+1+lines-len(h))*lineStep + 1
			p.fitted(t.x[i], y, t.w[i], line, bold, t.size, t.Columns[i].Type.Right(), black)
		}
	}
	p.y -= height
	p.line(margin, p.y, margin+p.usable(), p.y, 0.6, grey)
}

// row draws a row, on a new page where this one is full.
func (p *press) row(t *table, row document.Row) error {
	cells, lines := make([][]string, len(row)), 1
	for i, v := range row {
		if t.Columns[i].Type.Kind != document.Text {
			continue
		}
		cells[i] = p.wrap(document.Clean(v.Text()), t.w[i], mostLines, regular, t.size)
		lines = max(lines, len(cells[i]))
	}
	height := float64(lines)*lineStep + rowPad
	needed := height
	if t.Total != "" {
		needed += lineStep + rowPad // what is carried forward, or the total
	}
	if p.room() < needed {
		if err := p.carry(t); err != nil {
			return err
		}
	}
	for i, v := range row {
		if cells[i] == nil {
			p.figure(t, i, v, regular)
		}
		for n, line := range cells[i] {
			p.text(t.x[i], p.y-rowPad/2-float64(n+1)*lineStep+2, line, regular, t.size, black)
		}
	}
	p.y -= height
	p.line(margin, p.y, margin+p.usable(), p.y, 0.3, faint)
	t.begun = true
	return nil
}

// figure draws what is no text into a row's first line.
func (p *press) figure(t *table, i int, v document.Value, st style) {
	colour := black
	if document.Negative(v) {
		colour = red
	}
	c := t.Columns[i].Type
	p.fitted(t.x[i], p.y-rowPad/2-lineStep+2, t.w[i], document.Shown(c, v), st, t.size, c.Right(), colour)
}

// carry goes on on a new page: with a total, by what is carried from the one to the other.
func (p *press) carry(t *table) error {
	carried := t.Total != "" && t.begun && slices.ContainsFunc(t.Columns, func(c document.Column) bool { return c.Sum })
	if carried {
		p.sums(t, t.before, "Carried forward", regular)
	}
	if err := p.turn(t.across); err != nil {
		return err
	}
	p.head(t)
	t.begun = false
	if carried {
		p.sums(t, t.before, "Brought forward", regular)
	}
	return nil
}

// sums draws a row of totals.
func (p *press) sums(t *table, totals document.Totals, label string, st style) {
	for i, v := range totals.Row(t.Columns, label) {
		switch {
		case t.Columns[i].Sum:
			p.figure(t, i, v, st)
		case !v.Absent(): // the label may run over the cells to its right, which are empty
			p.text(t.x[i], p.y-rowPad/2-lineStep+2, v.Text(), st, t.size, black)
		}
	}
	p.y -= lineStep + rowPad
	p.line(margin, p.y, margin+p.usable(), p.y, 0.3, faint)
}

func (p *press) total(t *table, totals document.Totals) error {
	if p.room() < lineStep+rowPad {
		if err := p.carry(t); err != nil {
			return err
		}
	}
	p.line(margin, p.y, margin+p.usable(), p.y, 0.8, black)
	p.sums(t, totals, t.Total, bold)
	return nil
}
