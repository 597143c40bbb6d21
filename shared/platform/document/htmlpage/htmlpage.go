// Package htmlpage writes a document as one HTML page for people: readable on a telephone and on
// paper, in light and in dark, by eye and by ear. Style and charts are inside; there is no script
// and nothing is fetched from anywhere, so that the page can be kept as a file and served under
// SecurityPolicy.
package htmlpage

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the style and the templates
	"encoding/base64"
	"html/template"
	"io"
	"strconv"

	"innkeep.internal/shared/platform/document"
)

// MediaType of the page.
const MediaType = "text/html; charset=utf-8"

//go:embed style.css
var style string

//go:embed page.tmpl
var source string

var templates = template.Must(template.New("page").Parse(source))

// SecurityPolicy is the value of the header Content-Security-Policy under which the page works: the
// page's own style and nothing else.
var SecurityPolicy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
}()

// Write writes the document to w, row by row.
func Write(w io.Writer, d document.Document) error {
	if err := d.Check(); err != nil {
		return err
	}
	p := page{w: bufio.NewWriterSize(w, 1<<16)}
	if err := templates.ExecuteTemplate(p.w, "top", top(d)); err != nil {
		return err
	}
	for i, s := range d.Sections {
		if err := p.section(i+1, s.ForPeople()); err != nil {
			return err
		}
	}
	if err := templates.ExecuteTemplate(p.w, "bottom", nil); err != nil {
		return err
	}
	return p.w.Flush()
}

type page struct {
	w   *bufio.Writer
	row []byte
}

// What the templates are given.
type (
	head struct {
		document.Document
		Style template.CSS
		Cards []card
		Three bool // cards beside each other, else four: what leaves the fewest gaps
		Links []link
	}
	card struct {
		Label, Value, Unit, Note string
		Negative                 bool
	}
	link struct{ ID, Title string }

	sectionHead struct {
		ID, Title, Note string
		Charts          []figure
		Columns         []column
		Rows            bool
	}
	column struct{ Class, Title, Unit string }
)

func top(d document.Document) head {
	h := head{Document: d, Style: template.CSS(style), Three: len(d.Figures)%4 != 0 && len(d.Figures)%3 != 1} //nolint:gosec // it is a constant
	for _, f := range d.Figures {
		c := card{Label: f.Label, Value: document.Shown(f.Type, f.Value), Note: f.Note, Negative: document.Negative(f.Value)}
		if !f.Value.Absent() {
			c.Unit = f.Type.Unit
		}
		h.Cards = append(h.Cards, c)
	}
	const few = 3 // that need no table of contents
	if len(d.Sections) > few {
		for i, s := range d.Sections {
			h.Links = append(h.Links, link{sectionID(i + 1), s.Title})
		}
	}
	return h
}

func sectionID(n int) string { return "s" + strconv.Itoa(n) }

// section writes a table under its title, with its charts before it.
func (p *page) section(n int, s document.Section) error {
	h := sectionHead{ID: sectionID(n), Title: s.Title, Note: s.Note}
	for i, c := range s.Charts {
		h.Charts = append(h.Charts, newFigure(h.ID+"c"+strconv.Itoa(i+1), c))
	}
	for _, c := range s.Columns {
		unit := c.Type.Unit
		if c.Type.Kind == document.Percent {
			unit = "%"
		}
		h.Columns = append(h.Columns, column{class(c, false), c.Title, unit})
	}
	if err := templates.ExecuteTemplate(p.w, "section", h); err != nil {
		return err
	}
	rows := false
	totals, err := s.Each(func(row document.Row, _ document.Totals) error {
		rows = true
		return p.line(s.Columns, row, document.Dash)
	})
	if err != nil {
		return err
	}
	if !rows {
		_, _ = p.w.WriteString(`<tr><td class="none" colspan="` + strconv.Itoa(len(s.Columns)) + `">Nothing to list.</td></tr>`)
	}
	_, _ = p.w.WriteString("</tbody>\n")
	if s.Total != "" {
		_, _ = p.w.WriteString("<tfoot>")
		if err := p.line(s.Columns, totals.Row(s.Columns, s.Total), ""); err != nil {
			return err
		}
		_, _ = p.w.WriteString("</tfoot>\n")
	}
	return templates.ExecuteTemplate(p.w, "end", nil)
}

// line writes a row, with nothing for figures that are absent. The first column names it.
func (p *page) line(columns []document.Column, row document.Row, nothing string) error {
	p.row = append(p.row[:0], "<tr>"...)
	for i, v := range row {
		begin, end := "<td", "</td>"
		if i == 0 && !columns[i].Type.Right() {
			begin, end = `<th scope="row"`, "</th>"
		}
		p.row = append(p.row, begin...)
		if c := class(columns[i], document.Negative(v)); c != "" {
			p.row = append(append(append(p.row, ` class="`...), c...), '"')
		}
		p.row = append(p.row, '>')
		shown := document.Shown(columns[i].Type, v)
		if v.Absent() && shown != "" {
			shown = nothing
		}
		p.row = appendEscaped(p.row, shown)
		p.row = append(p.row, end...)
	}
	p.row = append(p.row, "</tr>\n"...)
	_, err := p.w.Write(p.row)
	return err
}

// wordy is how many characters make a text one that may be broken into lines.
const wordy = 16

func class(c document.Column, negative bool) string {
	switch {
	case negative:
		return "n neg"
	case c.Type.Right():
		return "n"
	case c.Type.Kind == document.Text && (c.Chars == 0 || c.Chars > wordy):
		return "t"
	}
	return ""
}

// appendEscaped appends s as html/template would write it there.
func appendEscaped(b []byte, s string) []byte {
	s = document.Clean(s)
	plain := true
	for i := range len(s) {
		switch s[i] {
		case '&', '<', '>', '"', '\'':
			plain = false
		}
	}
	if plain {
		return append(b, s...)
	}
	return append(b, template.HTMLEscapeString(s)...)
}
