// Package plot draws measured series as SVG, to be read inside an HTML page or by itself, without a
// script and without anything from elsewhere. Figures here are measurements, in floating point; no
// money comes here.
package plot

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The size of a plot and of the frame within it, in pixels.
const (
	width, height            = 640, 260
	left, right, top, bottom = 64.0, 16.0, 34.0, 40.0
)

// colours are told apart by those who see no red or green, too.
var colours = []string{"#0b5fa5", "#d1600b", "#4a4a4a", "#7a3b9a", "#1b7f5c", "#b8860b"}

// Series is one line, or one set of bars. X and Y have the same length.
type Series struct {
	Name string
	X, Y []float64
}

// Plot is what is drawn.
type Plot struct {
	Title, X, Y string // with their units
	Series      []Series
	Bars        bool
	// Logarithmic draws X by its logarithm: its values are positive.
	Logarithmic bool
	// Limit is a line across at this Y; 0 is none.
	Limit float64
	// Ticks are the labels along X, by value; none: round numbers.
	Ticks map[float64]string
}

// SVG is the drawing, complete with its namespace.
func (p Plot) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="sans-serif" font-size="11">`, width, height, width, height)
	fmt.Fprintf(&b, `<title>%s</title><rect width="%d" height="%d" fill="#fff"/>`, html.EscapeString(p.Title), width, height)
	text(&b, left, 14, "start", p.Title, ` font-weight="bold" font-size="12"`)
	f := p.frame()
	if f.empty {
		text(&b, width/2, height/2, "middle", "nothing was measured", "")
		b.WriteString("</svg>")
		return b.String()
	}
	p.axes(&b, f)
	for i, s := range p.Series {
		p.draw(&b, f, i, s)
	}
	if p.Limit > 0 {
		y := f.y(p.Limit)
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#c00" stroke-dasharray="5 3"/>`, left, y, width-right, y)
		text(&b, width-right, y-3, "end", "limit "+number(p.Limit), ` fill="#c00"`)
	}
	p.legend(&b)
	b.WriteString("</svg>")
	return b.String()
}

func (p Plot) draw(b *strings.Builder, f frame, i int, s Series) {
	colour := colours[i%len(colours)]
	if p.Bars {
		slot := (width - left - right) / float64(max(1, len(s.X))) * 0.8 / float64(len(p.Series))
		for k, x := range s.X {
			at := f.x(x) + (float64(i)-float64(len(p.Series))/2)*slot
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, at, f.y(s.Y[k]), slot, f.y(f.y0)-f.y(s.Y[k]), colour)
		}
		return
	}
	var points []string
	for k, x := range s.X {
		points = append(points, fmt.Sprintf("%.1f,%.1f", f.x(x), f.y(s.Y[k])))
	}
	fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.5" points="%s"/>`, colour, strings.Join(points, " "))
}

func (p Plot) legend(b *strings.Builder) {
	if len(p.Series) < 2 {
		return
	}
	x := left
	for i, s := range p.Series {
		fmt.Fprintf(b, `<rect x="%.1f" y="20" width="9" height="9" fill="%s"/>`, x, colours[i%len(colours)])
		text(b, x+12, 28, "start", s.Name, "")
		x += 24 + 6.2*float64(len(s.Name))
	}
}

func (p Plot) axes(b *strings.Builder, f frame) {
	fmt.Fprintf(b, `<path d="M%.1f %.1fV%.1fH%.1f" fill="none" stroke="#444"/>`, left, top, height-bottom, width-right)
	for _, v := range rounds(f.y0, f.y1) {
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e4e4e4"/>`, left, f.y(v), width-right, f.y(v))
		text(b, left-5, f.y(v)+4, "end", number(v), "")
	}
	ticks := p.Ticks
	if ticks == nil {
		ticks = map[float64]string{}
		for _, v := range rounds(f.x0, f.x1) {
			ticks[v] = number(v)
		}
	}
	for v, label := range ticks {
		text(b, f.x(v), height-bottom+14, "middle", label, "")
	}
	text(b, (left+width-right)/2, height-8, "middle", p.X, "")
	fmt.Fprintf(b, `<text transform="translate(13 %.1f) rotate(-90)" text-anchor="middle">%s</text>`, (top+height-bottom)/2, html.EscapeString(p.Y))
}

func text(b *strings.Builder, x, y float64, anchor, s, more string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`, x, y, anchor, more, html.EscapeString(s))
}

// frame turns values into places.
type frame struct {
	x0, x1, y0, y1 float64
	logarithmic    bool
	empty          bool
}

func (p Plot) frame() frame {
	f := frame{x0: math.Inf(1), x1: math.Inf(-1), y0: 0, y1: p.Limit, logarithmic: p.Logarithmic, empty: true}
	for _, s := range p.Series {
		for i, x := range s.X {
			f.x0, f.x1, f.y1 = min(f.x0, x), max(f.x1, x), max(f.y1, s.Y[i])
			f.y0 = min(f.y0, s.Y[i])
			f.empty = false
		}
	}
	if p.Bars {
		f.x0, f.x1 = f.x0-0.7, f.x1+0.7
	}
	if f.x1 <= f.x0 {
		f.x1 = f.x0 + 1
	}
	if f.y1 <= f.y0 {
		f.y1 = f.y0 + 1
	}
	f.y1 += (f.y1 - f.y0) * 0.06
	return f
}

func (f frame) x(v float64) float64 {
	a, z := f.x0, f.x1
	if f.logarithmic {
		a, z, v = math.Log(a), math.Log(z), math.Log(v)
	}
	return left + (v-a)/(z-a)*(width-left-right)
}

func (f frame) y(v float64) float64 {
	return height - bottom - (v-f.y0)/(f.y1-f.y0)*(height-top-bottom)
}

// rounds are about five round numbers between two.
func rounds(from, to float64) (out []float64) {
	step := math.Pow(10, math.Floor(math.Log10((to-from)/5)))
	for _, m := range []float64{5, 2} {
		if (to-from)/(step*m) >= 4 {
			step *= m
			break
		}
	}
	for v := math.Ceil(from/step) * step; v <= to; v += step {
		out = append(out, v)
	}
	return out
}

func number(v float64) string {
	if a := math.Abs(v); a >= 1e6 {
		return fmt.Sprintf("%.3gM", v/1e6)
	} else if a >= 1e4 {
		return fmt.Sprintf("%.3gk", v/1e3)
	}
	return fmt.Sprintf("%.4g", v)
}
