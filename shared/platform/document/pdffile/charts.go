package pdffile

import (
	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/drawing"
)

// unit is the length of a drawing's tenth of a unit, in points: two charts stand beside each other
// on the upright page.
const unit = 0.0675

// parts are the paints of parts and series: blue first and amber, apart for every eye.
var parts = [drawing.Parts]ink{"0 0.36 0.56", "0.90 0.62 0", "0 0.62 0.45", "0.80 0.47 0.65", "0.34 0.71 0.91", "0.84 0.37 0", "0.55 0.42 0.69", "0.55 0.58 0.60"}

func inkOf(p drawing.Paint) ink {
	switch p {
	case drawing.Ink:
		return black
	case drawing.Soft:
		return grey
	case drawing.Track:
		return paper
	case drawing.Axis:
		return faint
	case drawing.Below:
		return red
	}
	return parts[(p-drawing.Part)%drawing.Parts]
}

// charts draws the charts of a section, as many beside each other as there is room for.
func (p *press) charts(charts []document.Chart) error {
	const title, gap = 20.0, 18.0
	width := drawing.Width * unit
	across := max(1, int((p.usable()+gap)/(width+gap)))
	for len(charts) > 0 {
		n := min(across, len(charts))
		height := 0.0
		drawn := make([]drawing.Drawing, n)
		for i, c := range charts[:n] {
			drawn[i] = drawing.Of(c)
			height = max(height, title+float64(drawn[i].Height)*unit)
		}
		if p.room() < height && p.y < p.height-2*margin {
			if err := p.turn(p.width > p.height); err != nil {
				return err
			}
		}
		for i, d := range drawn {
			x := margin + float64(i)*(width+gap)
			p.text(x, p.y-10, p.ellipsed(oneLine(charts[i].Title), width, bold, 8.5), bold, 8.5, black)
			p.draw(d, x, p.y-title)
		}
		p.y -= height + 8
		charts = charts[n:]
	}
	return nil
}

// draw draws the shapes with their upper left corner at x, y.
func (p *press) draw(d drawing.Drawing, x, y float64) {
	const size = 120 * unit * 0.95 // the drawings' texts are 12 units high
	for _, s := range d.Shapes {
		left, top := x+float64(s.X)*unit, y-float64(s.Y)*unit
		switch s.Form {
		case drawing.Box:
			h := float64(s.H) * unit
			p.rectangle(left, top-h, float64(s.W)*unit, h, inkOf(s.Paint))
		case drawing.Rule:
			p.line(left, top, left+float64(s.W)*unit, top, 0.5, inkOf(s.Paint))
		case drawing.Words:
			w := p.canvas.width(s.Text, regular, size)
			switch s.Anchor {
			case drawing.Middle:
				left -= w / 2
			case drawing.End:
				left -= w
			}
			p.text(left, top, s.Text, regular, size, inkOf(s.Paint))
		}
	}
}
