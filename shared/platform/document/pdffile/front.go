package pdffile

import "innkeep.internal/shared/platform/document"

// front draws title, facts and key figures on the first page.
func (p *press) front(d document.Document) {
	p.y -= 14
	for _, line := range p.wrap(p.title, p.usable(), 2, bold, 18) {
		p.text(margin, p.y, line, bold, 18, black)
		p.y -= 21
	}
	if d.Subtitle != "" {
		p.text(margin, p.y, p.ellipsed(oneLine(d.Subtitle), p.usable(), regular, 10), regular, 10, grey)
		p.y -= 14
	}
	p.y -= 8
	p.facts(d.Facts)
	p.cards(d.Figures)
}

// ellipsed is s, cut only where it is too long.
func (p *press) ellipsed(s string, w float64, st style, size float64) string {
	if p.canvas.width(s, st, size) <= w {
		return s
	}
	return p.ellipsis(s, w, st, size)
}

// facts are drawn in two columns: label and value.
func (p *press) facts(facts []document.Fact) {
	const size, step, label = 8.5, 12.5, 96
	column := p.usable() / 2
	for i, f := range facts {
		if p.room() < step {
			return // more facts than a page holds are no facts of a report
		}
		x := margin + float64(i%2)*column
		p.text(x, p.y, p.ellipsed(oneLine(f.Label), label-8, regular, size), regular, size, grey)
		p.text(x+label, p.y, p.ellipsed(oneLine(f.Value), column-label-8, regular, size), regular, size, black)
		if i%2 == 1 || i == len(facts)-1 {
			p.y -= step
		}
	}
	if len(facts) > 0 {
		p.y -= 8
	}
}

// cards are the key figures, four in a row.
func (p *press) cards(figures []document.Figure) {
	const across, gap, height = 4, 8, 44
	w := (p.usable() - (across-1)*gap) / across
	for i, f := range figures {
		if i%across == 0 {
			if p.room() < height {
				return
			}
			p.y -= height
		}
		x := margin + float64(i%across)*(w+gap)
		p.rectangle(x, p.y, w, height-6, paper)
		p.text(x+7, p.y+height-18, p.ellipsed(oneLine(f.Label), w-14, regular, 7.5), regular, 7.5, grey)
		colour := black
		if document.Negative(f.Value) {
			colour = red
		}
		shown := oneLine(document.Shown(f.Type, f.Value))
		unit := 0.0
		if f.Type.Unit != "" && !f.Value.Absent() {
			unit = p.canvas.width(f.Type.Unit, regular, 7.5) + 3
		}
		room := w - 14 - unit
		p.fitted(x+7, p.y+9, room, shown, bold, 12, false, colour)
		if unit > 0 {
			p.text(x+7+min(room, p.canvas.width(shown, bold, 12))+3, p.y+9, f.Type.Unit, regular, 7.5, grey)
		}
	}
	if len(figures) > 0 {
		p.y -= 14
	}
}
