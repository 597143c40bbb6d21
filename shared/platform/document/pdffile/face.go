package pdffile

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The typeface is Go Regular and Go Bold (Bigelow & Holmes, under the licence of the Go project,
// BSD-3-Clause): Latin, Greek and Cyrillic with digits of one width. It comes with a Go module, so
// that nothing on the machine decides what a page looks like. A character that it lacks is drawn as
// U+FFFD and keeps its meaning for searching and copying.

// glyph is a drawn character.
type glyph struct {
	id    uint16
	width int // thousandths of the font's size
}

// face is a font, ready to be embedded. It does not change.
type face struct {
	name                     string
	glyphs                   map[rune]glyph
	missing                  glyph
	file                     []byte // compressed
	length                   int    // of the file before
	ascent, descent, capital int    // thousandths of the font's size
	box                      [4]int
	stem                     int // of its strokes, about
}

// style chooses a face.
type style int

const (
	regular style = iota
	bold
	styles
)

// faces are read once, about 20 ms.
var faces = sync.OnceValues(func() ([styles]*face, error) {
	var out [styles]*face
	for i, source := range []struct {
		name string
		ttf  []byte
		stem int
	}{{"GoRegular", goregular.TTF, 80}, {"GoBold", gobold.TTF, 140}} {
		f, err := newFace(source.name, source.ttf)
		if err != nil {
			return out, fmt.Errorf("pdffile: %s: %w", source.name, err)
		}
		f.stem = source.stem
		out[i] = f
	}
	return out, nil
})

// lastRune bounds the search for the characters of a font: the Basic Multilingual Plane.
const lastRune = 0xffff

func newFace(name string, ttf []byte) (*face, error) {
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	f := &face{name: name, glyphs: map[rune]glyph{}, length: len(ttf)}
	var buf sfnt.Buffer
	em := int(parsed.UnitsPerEm())
	full := fixed.I(em)
	thousandths := func(x fixed.Int26_6) int { return (x.Round()*1000 + em/2) / em }
	for r := rune(' '); r <= lastRune; r++ {
		id, err := parsed.GlyphIndex(&buf, r)
		if err != nil {
			return nil, err
		}
		if id == 0 {
			continue
		}
		advance, err := parsed.GlyphAdvance(&buf, id, full, font.HintingNone)
		if err != nil {
			return nil, err
		}
		f.glyphs[r] = glyph{uint16(id), thousandths(advance)}
	}
	f.missing = f.glyphs['\ufffd']
	m, err := parsed.Metrics(&buf, full, font.HintingNone)
	if err != nil {
		return nil, err
	}
	b, err := parsed.Bounds(&buf, full, font.HintingNone)
	if err != nil {
		return nil, err
	}
	f.ascent, f.descent, f.capital = thousandths(m.Ascent), -thousandths(m.Descent), thousandths(m.CapHeight)
	f.box = [4]int{thousandths(b.Min.X), -thousandths(b.Max.Y), thousandths(b.Max.X), -thousandths(b.Min.Y)}
	var file bytes.Buffer
	z := zlib.NewWriter(&file)
	if _, err := z.Write(ttf); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	f.file = file.Bytes()
	return f, nil
}

// width of s, in thousandths of the font's size.
func (f *face) width(s string) (w int) {
	for _, r := range s {
		w += f.of(r).width
	}
	return w
}

func (f *face) of(r rune) glyph {
	if g, ok := f.glyphs[r]; ok {
		return g
	}
	return f.missing
}

// has says whether the font has every character of s.
func (f *face) has(s string) bool {
	for _, r := range s {
		if _, ok := f.glyphs[r]; !ok {
			return false
		}
	}
	return true
}
