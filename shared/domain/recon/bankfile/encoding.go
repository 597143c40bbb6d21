package bankfile

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// windows1252 are the characters of the bytes 0x80 to 0x9f, which ISO 8859-1 has no use for; 0 where
// there is none.
var windows1252 = [32]rune{
	'\u20ac', 0, '\u201a', '\u0192', '\u201e', '\u2026', '\u2020', '\u2021', '\u02c6', '\u2030', '\u0160', '\u2039', '\u0152', 0, '\u017d', 0,
	0, '\u2018', '\u2019', '\u201c', '\u201d', '\u2022', '\u2013', '\u2014', '\u02dc', '\u2122', '\u0161', '\u203a', '\u0153', 0, '\u017e', '\u0178',
}

const latin1 = "ISO-8859-1"

// singleByte reports whether an encoding is one of those of one byte a character that are read.
func singleByte(encoding string) bool {
	return strings.EqualFold(encoding, latin1) || strings.EqualFold(encoding, "WINDOWS-1252")
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// decode is a file's text in UTF-8, and the line of the first byte that its encoding does not have; 0
// when there is none. A byte-order mark is taken off, and says that the file is UTF-8 whatever the
// encoding given.
func decode(data []byte, encoding string) (text []byte, badLine int) {
	if bytes.HasPrefix(data, byteOrderMark) {
		data, encoding = data[len(byteOrderMark):], ""
	}
	switch {
	case !singleByte(encoding):
	case strings.EqualFold(encoding, latin1):
		return single(data, [32]rune{})
	default:
		return single(data, windows1252)
	}
	if utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 {
		return data, 0
	}
	for n := 0; n < len(data); {
		r, size := utf8.DecodeRune(data[n:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			return nil, lineOf(data, n)
		}
		n += size
	}
	return data, 0
}

// single decodes an encoding of one byte a character.
func single(data []byte, upper [32]rune) ([]byte, int) {
	out := make([]byte, 0, len(data)+len(data)/16)
	for n, b := range data {
		r := rune(b)
		if b >= 0x80 && b <= 0x9f {
			r = upper[b-0x80]
		}
		if r == 0 {
			return nil, lineOf(data, n)
		}
		out = utf8.AppendRune(out, r)
	}
	return out, 0
}

// lineOf is the line of a byte, from 1 on.
func lineOf(data []byte, at int) int { return bytes.Count(data[:at], []byte("\n")) + 1 }
