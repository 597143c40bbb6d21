// Package csvfile reads a CSV file record by record in bounded memory and loses no line of it: what
// cannot be split into the header's columns comes out as a record with a Problem and its raw text.
// It knows nothing of postings.
package csvfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxRecord bounds one record, in bytes: a quote that is never closed would swallow the whole file.
const maxRecord = 1 << 20

// errTooLong means that a record is longer than maxRecord.
var errTooLong = errors.New("the record is longer than 1 MiB (is a quote not closed?)")

// Problem says why a record cannot be split into columns. Code is bad_csv, ragged_row or bad_text.
type Problem struct{ Code, Reason string }

// Record is one record of the file, without the header.
type Record struct {
	Line    int      // the number of its first line in the file; the header stands on line 1 as a rule
	Size    int64    // bytes of text that it takes, blank lines before it included
	Cells   []string // as many as the header has, unless Problem is set
	Raw     string   // the text as it stands in the file, without its line end; only with a Problem
	Problem *Problem
}

// Options say how the file is written.
type Options struct {
	Delimiter rune   // 0 is a comma
	Encoding  string // utf-8 (the default) or windows-1252; a byte-order mark, UTF-16's too, wins
}

// Reader reads the records of one file.
type Reader struct {
	feed       *feed
	csv        *csv.Reader
	delimiter  rune
	header     []string
	headerSize int64
}

// NewReader reads the header. An unreadable, empty or missing header is an error.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	decoder := transform.Transformer(transform.Nop)
	switch o.Encoding {
	case "", "utf-8":
	case "windows-1252":
		decoder = charmap.Windows1252.NewDecoder()
	default:
		return nil, fmt.Errorf("unknown encoding %q: utf-8 or windows-1252", o.Encoding)
	}
	if o.Delimiter == 0 {
		o.Delimiter = ','
	}
	text := transform.NewReader(r, unicode.BOMOverride(decoder))
	f := &Reader{feed: &feed{src: bufio.NewReaderSize(text, 64<<10)}, delimiter: o.Delimiter}
	f.restart()
	header, err := f.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: its first line must name the columns")
	}
	if err != nil {
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	for _, name := range header {
		f.header = append(f.header, strings.TrimSpace(name))
	}
	f.headerSize = int64(len(f.feed.raw))
	return f, nil
}

// Header is the names of the columns, without surrounding blanks.
func (f *Reader) Header() []string { return f.header }

// HeaderSize is the bytes of text that the header takes.
func (f *Reader) HeaderSize() int64 { return f.headerSize }

// Next is the next record, or io.EOF. Any other error is one of reading the file itself.
//
// Of a broken record over several lines only the first line is given up; reading goes on with the
// second, so that a stray quote costs its own line and not those that it would swallow.
func (f *Reader) Next() (Record, error) {
	f.feed.begin()
	cells, err := f.csv.Read()
	if errors.Is(err, io.EOF) {
		return Record{}, io.EOF
	}
	raw := f.feed.raw
	text := bytes.TrimLeft(raw, "\r\n")
	record := Record{
		Line:  f.feed.before + bytes.Count(raw[:len(raw)-len(text)], []byte("\n")) + 1,
		Size:  int64(len(raw)),
		Cells: cells,
	}
	if record.Problem, err = f.judge(cells, text, err); err != nil {
		return Record{}, err
	}
	if record.Problem == nil {
		return record, nil
	}
	if end := bytes.IndexByte(text, '\n'); end >= 0 && end+1 < len(text) {
		rest := bytes.Clone(text[end+1:])
		text = text[:end]
		record.Size -= int64(len(rest))
		f.feed.putBack(rest)
		record.Problem.Reason += " (read on from the next line)"
	}
	f.restart()
	record.Raw = strings.TrimRight(string(text), "\r\n")
	return record, nil
}

// judge says what is wrong with a record; its error is one of reading the file.
func (f *Reader) judge(cells []string, text []byte, err error) (*Problem, error) {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return &Problem{"bad_csv", parse.Err.Error()}, nil
	case errors.Is(err, errTooLong):
		return &Problem{"bad_csv", err.Error()}, nil
	case err != nil:
		return nil, err
	case len(cells) != len(f.header):
		return &Problem{"ragged_row", fmt.Sprintf("the row has %d cells, the header %d", len(cells), len(f.header))}, nil
	case !utf8.Valid(text):
		return &Problem{"bad_text", "the row is not UTF-8; the mapping can name another encoding"}, nil
	}
	return nil, nil
}

// restart begins a new parser at the present place: the old one may have seen the end of the file.
func (f *Reader) restart() {
	f.csv = csv.NewReader(f.feed)
	f.csv.Comma = f.delimiter
	f.csv.FieldsPerRecord = -1
}

// feed hands the parser at most one line a Read, so that the parser never holds more than the record
// that it is at, and keeps that record's text.
type feed struct {
	src    *bufio.Reader
	back   []byte // lines put back, read before src
	rest   []byte // of the present line, not yet handed out
	raw    []byte // handed out since begin
	before int    // lines before raw
}

// begin starts a record.
func (f *feed) begin() {
	f.before += bytes.Count(f.raw, []byte("\n"))
	f.raw = f.raw[:0]
}

// putBack takes back the end of what was handed out.
func (f *feed) putBack(text []byte) {
	f.raw = f.raw[:len(f.raw)-len(text)]
	f.back = append(append(bytes.Clone(text), f.rest...), f.back...)
	f.rest = nil
}

// Read implements io.Reader; errTooLong when the record exceeds maxRecord.
func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if len(f.raw) > maxRecord {
			return 0, errTooLong
		}
		if err := f.line(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.rest)
	f.raw = append(f.raw, f.rest[:n]...)
	f.rest = f.rest[n:]
	return n, nil
}

// line takes the next line, or a part of one that is longer than the buffer.
func (f *feed) line() error {
	if len(f.back) > 0 {
		end := bytes.IndexByte(f.back, '\n') + 1
		if end == 0 {
			end = len(f.back)
		}
		f.rest, f.back = f.back[:end:end], f.back[end:]
		return nil
	}
	line, err := f.src.ReadSlice('\n')
	if len(line) > 0 && (err == nil || errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF)) {
		err = nil
	}
	f.rest = line
	return err
}
