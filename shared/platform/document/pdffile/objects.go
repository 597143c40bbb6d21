package pdffile

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// The numbers of the objects that every file has. The pages' follow, two each: content, page.
const (
	catalogObject = iota + 1
	treeObject
	resourcesObject
	countObject // draws the number of pages, which is known last
	infoObject
	firstFontObject
)

// fontObjects are those of one font: font, descendant, descriptor, file, map to Unicode.
const fontObjects = 5

const firstPageObject = firstFontObject + fontObjects*int(styles)

// objects writes the file's objects one after the other and remembers where each of them begins.
type objects struct {
	w       *bufio.Writer
	at      int64
	err     error   // of writing
	offsets []int64 // by number, less 1
	packed  bytes.Buffer
	zip     *zlib.Writer
}

func newObjects(w io.Writer) *objects {
	o := &objects{w: bufio.NewWriterSize(w, 1<<16), offsets: make([]int64, firstPageObject-1)}
	o.zip = zlib.NewWriter(&o.packed)
	o.put("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return o
}

// put writes s; the first error stays.
func (o *objects) put(s string) {
	n, err := o.w.WriteString(s)
	o.at += int64(n)
	if o.err == nil {
		o.err = err
	}
}

func (o *objects) putf(format string, args ...any) { o.put(fmt.Sprintf(format, args...)) }

// object writes the object of a number.
func (o *objects) object(number int, body string) {
	for len(o.offsets) < number {
		o.offsets = append(o.offsets, 0)
	}
	o.offsets[number-1] = o.at
	o.putf("%d 0 obj\n%s\nendobj\n", number, body)
}

// stream writes an object with data, which is compressed here.
func (o *objects) stream(number int, dictionary string, data []byte) error {
	o.packed.Reset()
	o.zip.Reset(&o.packed)
	if _, err := o.zip.Write(data); err != nil {
		return err
	}
	if err := o.zip.Close(); err != nil {
		return err
	}
	o.packedStream(number, dictionary, o.packed.Bytes())
	return o.err
}

func (o *objects) packedStream(number int, dictionary string, data []byte) {
	o.object(number, fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", dictionary, len(data), data))
}

// end writes the table of the objects and flushes.
func (o *objects) end() error {
	start := o.at
	o.putf("xref\n0 %d\n0000000000 65535 f \n", len(o.offsets)+1)
	for _, at := range o.offsets {
		o.putf("%010d 00000 n \n", at)
	}
	o.putf("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(o.offsets)+1, catalogObject, infoObject, start)
	return o.w.Flush()
}

// textString is s as a string of the file's own: UTF-16 with its mark.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteString(">")
	return b.String()
}

// font writes the objects of a font. used are its glyphs in the file and what they stand for.
func (o *objects) font(first int, f *face, used map[uint16]rune) error {
	ids := sortedKeys(used)
	var widths, unicode strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&widths, "%d[%d]", id, f.of(used[id]).width)
	}
	unicode.WriteString("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapType 2 def/CMapName/U def\n" +
		"1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	for len(ids) > 0 {
		n := min(len(ids), 100) // a block's limit
		fmt.Fprintf(&unicode, "%d beginbfchar\n", n)
		for _, id := range ids[:n] {
			fmt.Fprintf(&unicode, "<%04X><%04X>\n", id, used[id])
		}
		unicode.WriteString("endbfchar\n")
		ids = ids[n:]
	}
	unicode.WriteString("endcmap CMapName currentdict/CMap defineresource pop end end")

	o.object(first, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", f.name, first+1, first+4))
	o.object(first+1, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
		"/FontDescriptor %d 0 R/CIDToGIDMap/Identity/DW 1000/W[%s]>>", f.name, first+2, widths.String()))
	o.object(first+2, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 32/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>",
		f.name, f.box[0], f.box[1], f.box[2], f.box[3], f.ascent, f.descent, f.capital, f.stem, first+3))
	o.packedStream(first+3, fmt.Sprintf("/Length1 %d", f.length), f.file)
	return o.stream(first+4, "", []byte(unicode.String()))
}
