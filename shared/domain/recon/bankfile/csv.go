package bankfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/recon"
)

var (
	// ErrHeader means that a CSV file's header cannot be read.
	ErrHeader = fault.New(fault.Invalid, "csv_bad_header", "the line that should name the columns cannot be read: are skipLines and delimiter right?")
	// ErrColumn means that a CSV file lacks a column that the mapping names.
	ErrColumn = fault.New(fault.Invalid, "csv_missing_column", "the header has no column of this name")
	// ErrTwice means that a column that the mapping names stands twice in the header.
	ErrTwice = fault.New(fault.Invalid, "csv_duplicate_column", "the header has two columns of this name")
	// ErrRow means that a line of a CSV file cannot be split into the header's columns.
	ErrRow = fault.New(fault.Invalid, "csv_bad_row", "the line cannot be split into the columns of the header: is the file cut off, or a quote not closed?")
	// ErrDebitCredit means that a line has both a debit and a credit, or neither.
	ErrDebitCredit = fault.New(fault.Invalid, "csv_debit_credit", "a line has either a debit or a credit")
)

// columns are the places of a mapping's fields in a row; -1 for what it does not name.
type columns struct {
	booking, value, amount, debit, credit, currency, reference, bankReference int
	text                                                                      []int
}

// CSV reads a statement. The mapping has been checked. Its error lists the faults of all lines.
func CSV(data []byte, m Mapping, g Given) (recon.Statement, error) {
	if len(data) > MaxBytes {
		return recon.Statement{}, ErrTooLarge
	}
	var f faults
	text, bad := decode(data, m.Encoding)
	if bad > 0 {
		f.at(bad, "", ErrText)
		return recon.Statement{}, f.Err()
	}
	for range m.SkipLines {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord = m.delimiter(), -1
	header, err := r.Read()
	if err != nil || len(header) > maxColumns {
		f.at(m.SkipLines+1, "", ErrHeader)
		return recon.Statement{}, f.Err()
	}
	at, err := m.find(header)
	if err != nil {
		return recon.Statement{}, err
	}
	s := recon.Statement{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(row) != len(header) {
			f.at(m.SkipLines+place(r, err), "", ErrRow)
			if err != nil {
				break // what follows a broken quote is not what it seems
			}
			continue
		}
		line, _ := r.FieldPos(0)
		l := m.line(row, at, g, m.SkipLines+line, &f)
		if s.Lines = append(s.Lines, l); len(s.Lines) > MaxLines {
			return s, ErrTooManyLines
		}
	}
	if err := f.Err(); err != nil {
		return recon.Statement{}, err
	}
	return whole(s, g)
}

// place is the line at which a reader is, or at which it failed.
func place(r *csv.Reader, err error) int {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.StartLine
	}
	line, _ := r.FieldPos(0)
	return line
}

// find gives the places of the mapping's columns, or every one that is missing or doubled.
func (m Mapping) find(header []string) (columns, error) {
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	var f fault.Faults
	one := func(name string) int {
		if name == "" {
			return -1
		}
		at := slices.Index(header, name)
		switch {
		case at < 0:
			f.Add("#column/"+name, ErrColumn)
		case slices.Contains(header[at+1:], name):
			f.Add("#column/"+name, ErrTwice)
		}
		return at
	}
	c := columns{
		booking: one(m.BookingDate), value: one(m.ValueDate), amount: one(m.Amount), debit: one(m.Debit), credit: one(m.Credit),
		currency: one(m.Currency), reference: one(m.Reference), bankReference: one(m.BankReference),
	}
	for _, name := range m.Text {
		c.text = append(c.text, one(name))
	}
	return c, f.Err()
}

// line reads one row; its faults go into f.
func (m Mapping) line(row []string, at columns, g Given, number int, f *faults) recon.Line {
	cell := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	date := func(i int, name string) bizdate.Date {
		d, err := m.date(cell(i))
		f.at(number, name, err)
		return d
	}
	l := recon.Line{
		BookingDate: date(at.booking, m.BookingDate), Reference: short(cell(at.reference), maxReference),
		BankReference: short(cell(at.bankReference), maxReference),
	}
	if cell(at.value) != "" {
		l.ValueDate = date(at.value, m.ValueDate)
	}
	if c := cell(at.currency); at.currency >= 0 && c != string(g.Currency) {
		f.at(number, m.Currency, ErrCurrency)
	}
	words := make([]string, 0, len(at.text))
	for _, i := range at.text {
		words = append(words, cell(i))
	}
	l.Text = short(strings.Join(words, " "), maxText)
	l.AmountMinor = m.amount(cell(at.amount), cell(at.debit), cell(at.credit), g, number, f)
	return l
}

// amount is what a row adds to the account.
func (m Mapping) amount(amount, debit, credit string, g Given, number int, f *faults) int64 {
	column, text := m.Amount, amount
	if m.Amount == "" {
		d, errD := m.part(debit, g)
		c, errC := m.part(credit, g)
		f.at(number, m.Debit, errD)
		f.at(number, m.Credit, errC)
		switch {
		case errD != nil || errC != nil:
			return 0
		case (d == 0) == (c == 0):
			f.at(number, m.Debit, ErrDebitCredit)
			return 0
		case d > 0: // some banks write debits as negative amounts, others do not: it leaves the account
			return -d
		case d < 0:
			return d
		}
		return c
	}
	n, err := m.marks().minor(text, g.Currency)
	if err == nil && n == 0 {
		err = ErrZero
	}
	f.at(number, column, err)
	return n
}

// part is a debit or a credit: an empty cell is zero.
func (m Mapping) part(text string, g Given) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return m.marks().minor(text, g.Currency)
}

func (m Mapping) date(text string) (bizdate.Date, error) {
	layout := m.layout()
	t, err := time.Parse(layout, text)
	if err != nil || len(text) != len(layout) {
		return 0, ErrDate
	}
	d, err := bizdate.New(t.Year(), t.Month(), t.Day())
	if err != nil {
		return 0, ErrDate
	}
	return d, nil
}
