// Package pdffile writes a document as PDF 1.7 on A4: title, facts and key figures, then the tables,
// upright or across by the room that their columns need. Every page has its number and the number of
// all, and repeats the table's heading; a total is carried forward from page to page.
//
// A page is written when it is full, so memory does not grow with the pages but for 16 bytes each.
// The embedded fonts make a file 170 KB at least. It is not tagged: who reads with his ears is
// better served by package htmlpage.
package pdffile

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"innkeep.internal/shared/platform/document"
)

// MediaType of the file.
const MediaType = "application/pdf"

// A4 and its margins, in points.
const (
	shortSide = 595.28
	longSide  = 841.89
	margin    = 42
	footRoom  = 40 // from the lower edge to the lowest line of a table
)

// Write writes the document to w.
func Write(w io.Writer, d document.Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	f, err := faces()
	if err != nil {
		return err
	}
	p := &press{canvas: newCanvas(f), objects: newObjects(w), title: oneLine(d.Title)}
	p.open(len(d.Sections) > 0 && across(d.Sections[0].ForPeople()))
	p.front(d)
	for _, s := range d.Sections {
		for _, part := range split(s.ForPeople()) {
			if err := p.section(part); err != nil {
				return err
			}
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	return p.finish(d)
}

// press lays pages out, one at a time.
type press struct {
	*canvas
	*objects
	title         string
	pages         int
	width, height float64
	y             float64 // what is below is free
}

// open begins a page.
func (p *press) open(across bool) {
	p.b = p.b[:0]
	p.pages++
	p.width, p.height = shortSide, longSide
	if across {
		p.width, p.height = longSide, shortSide
	}
	p.y = p.height - margin
	if p.pages > 1 {
		p.text(margin, p.y, p.title, regular, 8, grey)
		p.y -= 18
	}
}

// close writes the page.
func (p *press) close() error {
	const size = 8
	number := strconv.Itoa(p.pages) + " / "
	p.text(p.width/2-p.canvas.width(number, regular, size), margin/2, number, regular, size, grey)
	p.b = append(p.b, "q "...)
	p.op([]float64{1, 0, 0, 1, p.width / 2, margin / 2}, "cm /N Do Q")
	content := firstPageObject + 2*(p.pages-1)
	if err := p.stream(content, "", p.b); err != nil {
		return err
	}
	p.object(content+1, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Resources %d 0 R/Contents %d 0 R>>",
		treeObject, p.width, p.height, resourcesObject, content))
	return nil
}

// turn goes on on a new page.
func (p *press) turn(across bool) error {
	if err := p.close(); err != nil {
		return err
	}
	p.open(across)
	return nil
}

// room is the height that is left.
func (p *press) room() float64 { return p.y - footRoom }

// usable is the width between the margins.
func (p *press) usable() float64 { return p.width - 2*margin }

// finish writes what the pages share.
func (p *press) finish(d document.Document) error {
	p.b = p.b[:0]
	p.text(0, 0, strconv.Itoa(p.pages), regular, 8, grey)
	fonts := ""
	for i := range styles {
		fonts += fmt.Sprintf("/F%d %d 0 R", i, firstFontObject+fontObjects*int(i))
	}
	if err := p.stream(countObject, fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 -4 60 12]/Resources<</Font<<%s>>>>", fonts), p.b); err != nil {
		return err
	}
	p.object(resourcesObject, fmt.Sprintf("<</Font<<%s>>/XObject<</N %d 0 R>>>>", fonts, countObject))
	for i, f := range p.faces {
		if err := p.font(firstFontObject+fontObjects*i, f, p.used[i]); err != nil {
			return err
		}
	}
	var kids strings.Builder
	for i := range p.pages {
		fmt.Fprintf(&kids, "%d 0 R ", firstPageObject+2*i+1)
	}
	p.object(treeObject, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", p.pages, kids.String()))
	p.object(infoObject, fmt.Sprintf("<</Title%s>>", textString(document.Clean(d.Title))))
	p.object(catalogObject, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(en)/ViewerPreferences<</DisplayDocTitle true>>>>", treeObject))
	return p.end()
}

// oneLine is s without line breaks.
func oneLine(s string) string { return strings.Join(strings.Fields(document.Clean(s)), " ") }
