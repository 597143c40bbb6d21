// Package csvfile writes a document as CSV (RFC 4180): UTF-8, CRLF, a header line for each table.
// Tables follow each other after an empty line. Facts, key figures and total rows are left out: a
// program adds up for itself.
//
// Texts cannot become formulas: where a spreadsheet would take one for a formula it is preceded by
// an apostrophe. Numbers are plain decimals and stay numbers; a percentage of 12.34 % is 12.34.
package csvfile

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/document"
)

// MediaType of the file.
const MediaType = "text/csv; charset=utf-8; header=present"

// ErrNoTable means that a document has fewer tables than the number that was asked for.
var ErrNoTable = fault.New(fault.Invalid, "no_such_table", "the document has no table of that number")

// Options of a file; the zero value is all tables without a mark.
type Options struct {
	BOM     bool // begin with U+FEFF, without which some spreadsheets read UTF-8 as something else
	Section int  // the only table to be written, from 1; all when 0
}

// Write writes the document to w.
func Write(w io.Writer, d document.Document, o Options) error {
	if err := d.Check(); err != nil {
		return err
	}
	if o.Section > len(d.Sections) {
		return ErrNoTable.With("tables", strconv.Itoa(len(d.Sections)))
	}
	f := file{w: bufio.NewWriterSize(w, 1<<16)}
	if o.BOM {
		_, _ = f.w.WriteString("\ufeff") // its error stays, and Flush gives it
	}
	written := false
	for i, s := range d.Sections {
		if o.Section != 0 && o.Section != i+1 {
			continue
		}
		if written {
			_, _ = f.w.WriteString("\r\n")
		}
		written = true
		if err := f.section(s); err != nil {
			return err
		}
	}
	return f.w.Flush()
}

type file struct {
	w    *bufio.Writer
	line []byte
}

func (f *file) section(s document.Section) error {
	f.line = f.line[:0]
	for i, c := range s.Columns {
		f.field(i, c.Heading())
	}
	if err := f.end(); err != nil {
		return err
	}
	_, err := s.Each(func(row document.Row, _ document.Totals) error {
		f.line = f.line[:0]
		for i, v := range row {
			if t := s.Columns[i].Type; t.Kind == document.Text {
				f.field(i, v.Text())
			} else {
				f.separate(i)
				f.line = document.AppendPlain(f.line, t, v)
			}
		}
		return f.end()
	})
	return err
}

func (f *file) separate(i int) {
	if i > 0 {
		f.line = append(f.line, ',')
	}
}

func (f *file) end() error {
	if len(f.line) == 0 {
		f.line = append(f.line, `""`...) // an empty line would be no row
	}
	f.line = append(f.line, '\r', '\n')
	_, err := f.w.Write(f.line)
	return err
}

func (f *file) field(i int, s string) {
	f.separate(i)
	s = Neutral(document.Clean(s))
	if !strings.ContainsAny(s, ",\"\r\n") && strings.TrimSpace(s) == s {
		f.line = append(f.line, s...)
		return
	}
	f.line = append(f.line, '"')
	for i := range len(s) {
		if s[i] == '"' {
			f.line = append(f.line, '"')
		}
		f.line = append(f.line, s[i])
	}
	f.line = append(f.line, '"')
}

// Neutral is s, preceded by an apostrophe where a spreadsheet might take it for a formula: where it
// begins, behind spaces or not, with = + - @ in any width, a tab or a line break.
func Neutral(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000\ufeff"))
	switch first {
	case '=', '+', '-', '@', '\t', '\r', '\n', '\u2212', '\uff1d', '\uff0b', '\uff0d', '\uff20':
		return "'" + s
	}
	return s
}
