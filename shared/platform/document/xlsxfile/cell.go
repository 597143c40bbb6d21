package xlsxfile

import (
	"strconv"
	"time"
	"unicode/utf16"

	"innkeep.internal/shared/platform/document"
)

const (
	maxText   = 32_767 // UTF-16 units of a cell's text
	maxDigits = 15     // that every reader keeps of a number
)

// dayZero is the day with the number 0. Numbers before 1 March 1900 are not what they seem, since
// the format has a 29 February 1900: earlier dates are written as texts.
var dayZero = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

const firstSerial = 61 // 1 March 1900

func appendInt(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

// appendColumn appends the letters of a column, from 0.
func appendColumn(b []byte, column int) []byte {
	if column >= 26 {
		b = appendColumn(b, column/26-1)
	}
	return append(b, byte('A'+column%26))
}

func (p *part) begin(column int, style int) {
	p.b = append(p.b, `<c r="`...)
	p.b = appendColumn(p.b, column)
	p.b = appendInt(p.b, p.row)
	p.b = append(p.b, `" s="`...)
	p.b = appendInt(p.b, style)
}

// text appends a cell with a text.
func (p *part) text(column, style int, s string) {
	p.begin(column, style)
	p.b = append(p.b, `" t="inlineStr"><is><t xml:space="preserve">`...)
	p.b = appendText(p.b, cut(document.Clean(s)))
	p.b = append(p.b, `</t></is></c>`...)
}

// value appends a cell with a value; total is whether it stands in a total row.
func (p *part) value(column int, t document.Type, v document.Value, total bool) {
	style := styleOf(t, total)
	switch {
	case v.Absent():
		if total {
			p.begin(column, style)
			p.b = append(p.b, `"/>`...)
		}
		return
	case isText(t, v):
		p.text(column, style, string(document.AppendPlain(nil, t, v)))
		return
	}
	p.begin(column, style)
	p.b = append(p.b, `"><v>`...)
	p.b = appendNumber(p.b, t, v)
	p.b = append(p.b, `</v></c>`...)
}

// sum appends a cell that adds up the rows from to to of its column.
func (p *part) sum(column int, t document.Type, v document.Value, from, to int) {
	p.begin(column, styleOf(t, true))
	p.b = append(p.b, `"><f>SUM(`...)
	p.b = appendInt(appendColumn(p.b, column), from)
	p.b = append(p.b, ':')
	p.b = appendInt(appendColumn(p.b, column), to)
	p.b = append(p.b, `)</f><v>`...)
	p.b = appendNumber(p.b, t, v)
	p.b = append(p.b, `</v></c>`...)
}

// isText says whether v cannot be kept as a number.
func isText(t document.Type, v document.Value) bool {
	switch t.Kind {
	case document.Text:
		return true
	case document.Date:
		return serial(v) < firstSerial
	case document.Ratio:
		digits := 0
		for _, c := range v.Text() {
			if c >= '0' && c <= '9' {
				digits++
			}
		}
		return digits > maxDigits
	}
	return false
}

func serial(v document.Value) int {
	return int(v.Date().Time().Sub(dayZero).Hours()) / 24
}

// appendNumber appends a number as the file keeps it: 1 is 100 %.
func appendNumber(b []byte, t document.Type, v document.Value) []byte {
	switch t.Kind {
	case document.Date:
		return appendInt(b, serial(v))
	case document.Percent:
		return document.AppendDecimal(b, v.Number(), 4)
	}
	return document.AppendPlain(b, t, v)
}

// cut is s, at most as long as a cell may be.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units >= maxText {
			return s[:i] + "…"
		}
	}
	return s
}

// appendText appends a text's XML. What looks like the format's own escape, _x000D_, is escaped.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"':
			b = append(b, "&quot;"...)
		case c == '\n':
			b = append(b, "&#10;"...)
		case c == '\t':
			b = append(b, "&#9;"...)
		case c == '_' && isEscape(s[i:]):
			b = append(b, "_x005F_"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// isEscape says whether s begins with _xHHHH_.
func isEscape(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:6], 16, 16)
	return err == nil
}
