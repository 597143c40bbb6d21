package document

import (
	"strconv"
	"strings"
)

// maxDecimals bounds the decimals of an amount: no currency has more than 4.
const maxDecimals = 8

// Minus is how a negative figure begins where people read it: as wide as a digit, and never at the
// end of a line.
const Minus = "\u2212"

// Dash stands for an absent figure where people read it.
const Dash = "\u2013"

// AppendDecimal appends n / 10^decimals exactly, as programs read it: "-1234.50".
func AppendDecimal(b []byte, n int64, decimals int) []byte {
	if n < 0 {
		b = append(b, '-')
	}
	return appendDigits(b, magnitude(n), decimals, "")
}

// magnitude is |n|; two's complement makes it right for the smallest, too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n) //nolint:gosec // see above
	}
	return uint64(n)
}

func appendDigits(b []byte, n uint64, decimals int, group string) []byte {
	var buf [40]byte
	digits := strconv.AppendUint(buf[:0], n, 10)
	for len(digits) <= decimals {
		digits = append(digits, 0)
		copy(digits[1:], digits)
		digits[0] = '0'
	}
	whole, fraction := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, group...)
		}
		b = append(b, c)
	}
	if decimals > 0 {
		b = append(b, '.')
		b = append(b, fraction...)
	}
	return b
}

// AppendPlain appends v as programs read it: a date as YYYY-MM-DD, an amount as a decimal, 12.34 for
// 1234 basis points; nothing for an absent value.
func AppendPlain(b []byte, t Type, v Value) []byte {
	switch v.form {
	case textual:
		return append(b, v.text...)
	case dated:
		return append(b, v.Date().String()...)
	case numeral:
		return AppendDecimal(b, v.number, t.decimals())
	}
	return b
}

// Shown is v as people read it: thousands apart, a minus that is one, "12.34 %". An absent figure is
// a dash, an absent text nothing.
func Shown(t Type, v Value) string {
	switch v.form {
	case textual:
		if rest, negative := strings.CutPrefix(v.text, "-"); negative && t.Kind == Ratio {
			return Minus + rest
		}
		return v.text
	case dated:
		return v.Date().String()
	case numeral:
		b := make([]byte, 0, 32)
		if v.number < 0 {
			b = append(b, Minus...)
		}
		b = appendDigits(b, magnitude(v.number), t.decimals(), ",")
		if t.Kind == Percent {
			b = append(b, "\u00a0%"...)
		}
		return string(b)
	}
	if t.Right() {
		return Dash
	}
	return ""
}

// Negative says whether v is a figure below zero.
func Negative(v Value) bool { return v.form == numeral && v.number < 0 }

// Heading is a column's title with its unit: "Received (EUR)", "Occupancy (%)".
func (c Column) Heading() string {
	unit := c.Type.Unit
	if c.Type.Kind == Percent {
		unit = "%"
	}
	if unit == "" {
		return c.Title
	}
	return c.Title + " (" + unit + ")"
}

// isDecimal says whether s is -?digits(.digits)?
func isDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, point := strings.Cut(s, ".")
	return allDigits(whole) && (!point || allDigits(fraction))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Clean is s without what no format can carry: control characters but tab and line feed go, a
// carriage return becomes a line feed, bytes that are no UTF-8 become U+FFFD.
func Clean(s string) string {
	if !strings.ContainsFunc(s, dirty) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\ufffe' || r == '\uffff':
			return '\ufffd'
		case dirty(r) && r != '\ufffd':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func dirty(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= '\ufffd' && r <= '\uffff'
}
