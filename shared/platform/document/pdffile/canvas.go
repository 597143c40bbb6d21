package pdffile

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ink is a colour: red, green and blue from 0 to 1, as the file writes it.
type ink string

const (
	black ink = "0.11 0.14 0.16"
	grey  ink = "0.38 0.43 0.46"
	red   ink = "0.70 0.11 0.11"
	faint ink = "0.84 0.87 0.88"
	paper ink = "0.95 0.96 0.97"
)

// canvas is the content of one page. Lengths are points; y grows upwards from the foot.
type canvas struct {
	faces [styles]*face
	used  [styles]map[uint16]rune // glyphs of the whole file
	b     []byte
}

func newCanvas(f [styles]*face) *canvas {
	c := &canvas{faces: f}
	for i := range c.used {
		c.used[i] = map[uint16]rune{}
	}
	return c
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func (c *canvas) op(numbers []float64, operator string) {
	for _, n := range numbers {
		c.b = append(strconv.AppendFloat(c.b, n, 'f', 2, 64), ' ')
	}
	c.b = append(append(c.b, operator...), '\n')
}

func (c *canvas) line(x1, y1, x2, y2, width float64, i ink) {
	c.b = append(append(c.b, i...), " RG "...)
	c.op([]float64{width}, "w")
	c.op([]float64{x1, y1}, "m")
	c.op([]float64{x2, y2}, "l S")
}

func (c *canvas) rectangle(x, y, w, h float64, i ink) {
	c.b = append(append(c.b, i...), " rg "...)
	c.op([]float64{x, y, w, h}, "re f")
}

// width of s in points.
func (c *canvas) width(s string, st style, size float64) float64 {
	return float64(c.faces[st].width(s)) * size / 1000
}

// text draws s with its baseline's left end at x, y.
func (c *canvas) text(x, y float64, s string, st style, size float64, i ink) {
	c.squeezed(x, y, s, st, size, 100, i)
}

// squeezed is text that is narrowed to percent of its width.
func (c *canvas) squeezed(x, y float64, s string, st style, size, percent float64, i ink) {
	if s == "" {
		return
	}
	f := c.faces[st]
	lacking := !f.has(s)
	if lacking { // what is drawn is not what is meant
		c.b = append(c.b, "/Span<</ActualText"+textString(s)+">>BDC\n"...)
	}
	c.b = append(append(c.b, i...), " rg BT /F"...)
	c.b = append(strconv.AppendInt(c.b, int64(st), 10), ' ')
	c.op([]float64{size}, "Tf")
	if percent != 100 {
		c.op([]float64{percent}, "Tz")
	}
	c.op([]float64{x, y}, "Td")
	c.b = append(c.b, '<')
	for _, r := range s {
		g := f.of(r)
		if _, ok := f.glyphs[r]; !ok {
			r = '\ufffd'
		}
		if _, seen := c.used[st][g.id]; !seen {
			c.used[st][g.id] = r
		}
		const digits = "0123456789ABCDEF"
		c.b = append(c.b, digits[g.id>>12], digits[g.id>>8&15], digits[g.id>>4&15], digits[g.id&15])
	}
	c.b = append(c.b, "> Tj"...)
	if percent != 100 {
		c.b = append(c.b, " 100 Tz"...)
	}
	c.b = append(c.b, " ET\n"...)
	if lacking {
		c.b = append(c.b, "EMC\n"...)
	}
}

// fitted draws s within a width, to the right of it or from the left. A figure is never cut: what is
// too long is narrowed.
func (c *canvas) fitted(x, y, w float64, s string, st style, size float64, right bool, i ink) {
	percent, natural := 100.0, c.width(s, st, size)
	if natural > w {
		percent, natural = 100*w/natural, w
	}
	if right {
		x += w - natural
	}
	c.squeezed(x, y, s, st, size, percent, i)
}

// wrap breaks s into lines of a width, at spaces where there are some; the last of most lines ends
// with an ellipsis where something is left.
func (c *canvas) wrap(s string, w float64, most int, st style, size float64) []string {
	fits := func(s string) bool { return c.width(s, st, size) <= w }
	if fits(s) && !strings.ContainsAny(s, "\n\t") {
		return []string{s}
	}
	var lines []string
	words := strings.Fields(s)
	for len(words) > 0 {
		n := 1
		for n < len(words) && fits(strings.Join(words[:n+1], " ")) {
			n++
		}
		line := strings.Join(words[:n], " ")
		words = words[n:]
		if !fits(line) { // one word, and too long
			head := c.head(line, w, st, size)
			words = append([]string{line[len(head):]}, words...)
			line = head
		}
		if lines = append(lines, line); len(lines) == most && len(words) > 0 {
			rest := line + " " + words[0]
			lines[most-1] = c.ellipsis(rest, w, st, size)
			return lines
		}
	}
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

// head is the longest beginning of s within a width, one character at least.
func (c *canvas) head(s string, w float64, st style, size float64) string {
	wide := 0
	for i, r := range s {
		wide += c.faces[st].of(r).width
		if i > 0 && float64(wide)*size/1000 > w {
			return s[:i]
		}
	}
	return s
}

// ellipsis is s, cut to a width with an ellipsis at its end.
func (c *canvas) ellipsis(s string, w float64, st style, size float64) string {
	return strings.TrimRight(c.head(s, w-c.width("…", st, size), st, size), " ") + "…"
}
