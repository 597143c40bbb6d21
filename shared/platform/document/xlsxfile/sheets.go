package xlsxfile

import (
	"strconv"

	"innkeep.internal/shared/platform/document"
)

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainNS   = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	sheetTop = xmlHead + `<worksheet ` + mainNS + `><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0"`
	sheetEnd = `<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>` +
		`<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>` +
		`<headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>`
)

// summary writes the first sheet: labels and values.
func (p *part) summary(d document.Document, names []string) error {
	err := p.raw(sheetTop + ` tabSelected="1"/></sheetViews><cols><col min="1" max="1" width="30" customWidth="1"/>` +
		`<col min="2" max="2" width="26" customWidth="1"/><col min="3" max="3" width="8" customWidth="1"/>` +
		`<col min="4" max="4" width="60" customWidth="1"/></cols><sheetData>`)
	if err != nil {
		return err
	}
	for _, line := range summaryLines(d, names) {
		p.open()
		line(p)
		if err := p.close(); err != nil {
			return err
		}
	}
	return p.raw(`</sheetData>` + sheetEnd)
}

func summaryLines(d document.Document, names []string) (lines []func(*part)) {
	add := func(line func(*part)) { lines = append(lines, line) }
	empty := func(*part) {}
	add(func(p *part) { p.text(0, styleTitle, d.Title) })
	if d.Subtitle != "" {
		add(func(p *part) { p.text(0, stylePlain, d.Subtitle) })
	}
	add(empty)
	for _, f := range d.Facts {
		add(func(p *part) { p.text(0, styleHeading, f.Label); p.text(1, stylePlain, f.Value) })
	}
	if len(d.Figures) > 0 {
		add(empty)
	}
	for _, f := range d.Figures {
		add(func(p *part) {
			p.text(0, styleHeading, f.Label)
			p.value(1, f.Type, f.Value, false)
			p.text(2, stylePlain, f.Type.Unit)
			p.text(3, stylePlain, f.Note)
		})
	}
	add(empty)
	for i, s := range d.Sections {
		add(func(p *part) { p.text(0, styleHeading, names[i+1]); p.text(1, stylePlain, s.Note) })
	}
	return lines
}

// table writes the sheet of a section: the heading in row 1, which stays in view, the rows, and the
// totals in the row after them.
func (p *part) table(s document.Section) error {
	if err := p.raw(sheetTop + `><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>` +
		columnWidths(s) + `<sheetData>`); err != nil {
		return err
	}
	p.open()
	for i, c := range s.Columns {
		style := styleHeading
		if c.Type.Right() {
			style = styleHeadingRight
		}
		p.text(i, style, c.Heading())
	}
	if err := p.close(); err != nil {
		return err
	}
	totals, err := s.Each(func(row document.Row, _ document.Totals) error {
		if p.row > maxRows {
			return ErrSheetFull
		}
		p.open()
		for i, v := range row {
			p.value(i, s.Columns[i].Type, v, false)
		}
		return p.close()
	})
	if err != nil {
		return err
	}
	last := p.row
	if s.Total != "" {
		if err := p.totals(s, totals, last); err != nil {
			return err
		}
	}
	filter := appendColumn([]byte(`<autoFilter ref="A1:`), len(s.Columns)-1)
	return p.raw(`</sheetData>` + string(appendInt(filter, last)) + `"/>` + sheetEnd)
}

// totals writes the total row: formulas where there are rows to add up.
func (p *part) totals(s document.Section, totals document.Totals, last int) error {
	p.open()
	for i, v := range totals.Row(s.Columns, s.Total) {
		switch c := s.Columns[i]; {
		case c.Sum && last > 1:
			p.sum(i, c.Type, v, 2, last)
		case !c.Sum && !v.Absent():
			p.text(i, styleOf(document.Type{}, true), v.Text())
		default:
			p.value(i, c.Type, v, true)
		}
	}
	return p.close()
}

func columnWidths(s document.Section) string {
	b := []byte(`<cols>`)
	for i, c := range s.Columns {
		n := strconv.Itoa(i + 1)
		b = append(b, `<col min="`+n+`" max="`+n+`" width="`...)
		b = appendInt(b, max(widthOf(c), min(len([]rune(c.Heading()))+3, 40)))
		b = append(b, `" customWidth="1"/>`...)
	}
	return string(append(b, `</cols>`...))
}

// widthOf is the width of a column, in characters.
func widthOf(c document.Column) int {
	const text, mostText = 24, 80
	switch c.Type.Kind {
	case document.Text:
		if c.Chars > 0 {
			return min(max(c.Chars, 6), mostText)
		}
		return text
	case document.Amount:
		return 18
	}
	return 12
}
