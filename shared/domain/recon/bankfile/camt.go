package bankfile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/recon"
)

var (
	// ErrXML means that a file is no well-formed XML.
	ErrXML = fault.New(fault.Invalid, "camt_bad_xml", "the file is no well-formed XML: is it cut off?")
	// ErrDeclares means that a file declares a document type or entities, which no bank needs.
	ErrDeclares = fault.New(fault.Invalid, "camt_document_type", "the file declares a document type or entities; those are refused")
	// ErrNotCamt means that a file is XML, but no bank-to-customer statement.
	ErrNotCamt = fault.New(fault.Invalid, "camt_not_a_statement", "the file is no camt.053 (BkToCstmrStmt)")
	// ErrStatements means that a file holds several statements.
	ErrStatements = fault.New(fault.Invalid, "camt_several_statements", "the file holds several statements: send them one by one")
	// ErrDirection means that an amount is neither a credit nor a debit.
	ErrDirection = fault.New(fault.Invalid, "camt_bad_direction", "CdtDbtInd is CRDT or DBIT")
)

// maxDepth bounds how deep elements may stand in one another; camt.053 needs about 15.
const maxDepth = 40

// Camt053 reads a statement of ISO 20022 camt.053, of the versions 02 to 08, by the local names of its
// elements. Only entries with the status BOOK are bookings; others are counted as left out. An entry
// whose details add up to it is one line a detail, any other is one line.
func Camt053(data []byte, g Given) (recon.Statement, error) {
	if len(data) > MaxBytes {
		return recon.Statement{}, ErrTooLarge
	}
	data = bytes.TrimPrefix(data, byteOrderMark)
	inner := xml.NewDecoder(bytes.NewReader(data))
	inner.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if !singleByte(charset) {
			return nil, ErrText
		}
		raw, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
		if err != nil {
			return nil, err
		}
		text, bad := decode(raw, charset)
		if bad > 0 {
			return nil, ErrText
		}
		return bytes.NewReader(text), nil
	}
	guard := &guard{decoder: inner}
	var doc camtDocument
	if err := xml.NewTokenDecoder(guard).Decode(&doc); err != nil {
		return recon.Statement{}, guard.fault(err)
	}
	if _, err := guard.Token(); !errors.Is(err, io.EOF) {
		return recon.Statement{}, guard.fault(err)
	}
	if doc.Body == nil || len(doc.Body.Statements) == 0 {
		return recon.Statement{}, ErrNotCamt
	}
	if n := len(doc.Body.Statements); n > 1 {
		return recon.Statement{}, ErrStatements.With("statements", strconv.Itoa(n))
	}
	return doc.Body.Statements[0].read(g)
}

// guard hands on the tokens of a file and refuses what could make it larger than it is.
type guard struct {
	decoder *xml.Decoder
	depth   int
}

// Token implements xml.TokenReader.
func (g *guard) Token() (xml.Token, error) {
	for {
		t, err := g.decoder.Token()
		if err != nil {
			return nil, err
		}
		switch x := t.(type) {
		case xml.Directive:
			return nil, ErrDeclares
		case xml.Comment:
			continue
		case xml.ProcInst:
			if x.Target != "xml" {
				return nil, ErrDeclares
			}
		case xml.StartElement:
			if g.depth++; g.depth > maxDepth {
				return nil, ErrXML
			}
			return g.numbered(x), nil
		case xml.EndElement:
			g.depth--
		case xml.CharData:
			if g.depth == 0 && len(bytes.TrimSpace(x)) > 0 {
				return nil, ErrXML
			}
		}
		return t, nil
	}
}

// numbered is an element with the line on which it stands, where faults are told of it.
func (g *guard) numbered(x xml.StartElement) xml.StartElement {
	if x.Name.Local == "Ntry" || x.Name.Local == "Bal" {
		line, _ := g.decoder.InputPos()
		x.Attr = []xml.Attr{{Name: xml.Name{Local: "_line"}, Value: strconv.Itoa(line)}}
	}
	return x
}

// fault is an error of reading, at the line at which the reader stood.
func (g *guard) fault(err error) error {
	f := fault.From(err)
	if f == nil {
		f = ErrXML
	}
	line, _ := g.decoder.InputPos()
	var out faults
	out.at(line, "", f)
	return out.Err()
}

// read makes the statement of its elements.
func (s camtStatement) read(g Given) (recon.Statement, error) {
	var f faults
	out := recon.Statement{Account: strings.ReplaceAll(s.account(), " ", ""), ID: short(s.ID, maxReference)}
	if s.Period != nil {
		out.From, out.To = camtDate(s.Period.From), camtDate(s.Period.To)
	}
	for _, b := range s.Balances {
		into, on := &out.OpeningMinor, &out.From
		switch b.Code {
		case "OPBD", "PRCD":
		case "CLBD":
			into, on = &out.ClosingMinor, &out.To
		default:
			continue
		}
		minor, err := b.Amount.signed(b.Direction, g.Currency)
		f.at(b.Line, b.Code, err)
		if *into == nil || b.Code == "OPBD" {
			*into = &minor
		}
		if d := camtDate(b.Date.text()); on.IsZero() && b.Code != "PRCD" { // that of PRCD is the day before
			*on = d
		}
	}
	for _, e := range s.Entries {
		if e.status() != "BOOK" {
			out.LeftOut++
			continue
		}
		out.Lines = append(out.Lines, e.lines(g.Currency, &f)...)
		if len(out.Lines) > MaxLines {
			return out, ErrTooManyLines
		}
	}
	if err := f.Err(); err != nil {
		return recon.Statement{}, err
	}
	return whole(widened(out), g)
}

// widened is a statement whose dates take in those of its lines: banks write the period by the time at
// which it was made, and balances by the last working day.
func widened(s recon.Statement) recon.Statement {
	for _, l := range s.Lines {
		if !s.From.IsZero() {
			s.From = min(s.From, l.BookingDate)
		}
		s.To = max(s.To, l.BookingDate)
	}
	return s
}

// camtDate is the date of a text that is a date or begins with one; zero when it does not.
func camtDate(text string) bizdate.Date {
	text = strings.TrimSpace(text)
	if len(text) > 10 {
		text = text[:10]
	}
	d, err := bizdate.Parse(text)
	if err != nil {
		return 0
	}
	return d
}

// signed is an amount with the sign of its direction.
func (a camtAmount) signed(direction string, c money.Currency) (int64, error) {
	if a.Currency != string(c) {
		return 0, ErrCurrency
	}
	n, err := marks{decimal: "."}.minor(a.Text, c)
	switch {
	case err != nil || n < 0:
		return 0, ErrAmount
	case direction == "CRDT":
		return n, nil
	case direction == "DBIT":
		return -n, nil
	}
	return 0, ErrDirection
}
