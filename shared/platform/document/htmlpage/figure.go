package htmlpage

import (
	"html/template"
	"strconv"
	"strings"

	"innkeep.internal/shared/platform/document"
	"innkeep.internal/shared/platform/document/drawing"
)

// figure is a chart, drawn.
type figure struct {
	Title string
	SVG   template.HTML
}

func newFigure(id string, c document.Chart) figure {
	d := drawing.Of(c)
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 ` + tenths(drawing.Width) + ` ` + tenths(d.Height) + `" role="img" aria-labelledby="` + id + `t ` + id + `d">`)
	b.WriteString(`<title id="` + id + `t">` + escape(c.Title) + `</title><desc id="` + id + `d">` + escape(d.Told) + `</desc>`)
	for _, s := range d.Shapes {
		b.WriteString(shape(s))
	}
	b.WriteString(`</svg>`)
	return figure{Title: c.Title, SVG: template.HTML(b.String())} //nolint:gosec // made of numbers and escaped texts
}

func shape(s drawing.Shape) string {
	switch s.Form {
	case drawing.Box:
		return `<rect class="` + paint(s.Paint) + `" x="` + tenths(s.X) + `" y="` + tenths(s.Y) + `" width="` + tenths(s.W) + `" height="` + tenths(s.H) + `"/>`
	case drawing.Rule:
		return `<path class="` + paint(s.Paint) + `" d="M` + tenths(s.X) + ` ` + tenths(s.Y) + `h` + tenths(s.W) + `"/>`
	}
	anchor := [...]string{"", ` text-anchor="middle"`, ` text-anchor="end"`}[s.Anchor]
	return `<text class="` + paint(s.Paint) + `" x="` + tenths(s.X) + `" y="` + tenths(s.Y) + `"` + anchor + `>` + escape(s.Text) + `</text>`
}

// paint is the class of a paint.
func paint(p drawing.Paint) string {
	if p < drawing.Part {
		return [...]string{"ink", "soft", "track", "axis", "below"}[p]
	}
	return "p" + strconv.Itoa(int(p-drawing.Part))
}

// tenths is n tenths as a decimal, as short as it goes.
func tenths(n int) string {
	return strings.TrimSuffix(string(document.AppendDecimal(nil, int64(n), 1)), ".0")
}

func escape(s string) string { return template.HTMLEscapeString(document.Clean(s)) }
