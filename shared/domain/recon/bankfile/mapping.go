package bankfile

import (
	"slices"
	"strconv"

	"innkeep.internal/shared/core/fault"
)

// Mapping says how a bank writes its CSV files. Columns are named as the header names them.
type Mapping struct {
	Delimiter     string   `json:"delimiter,omitempty"` // "," when empty
	Encoding      string   `json:"encoding,omitempty"`  // UTF-8 when empty
	SkipLines     int      `json:"skipLines,omitempty"` // lines before the header
	DateFormat    string   `json:"dateFormat"`
	DecimalMark   string   `json:"decimalMark,omitempty"` // "." when empty
	ThousandsMark string   `json:"thousandsMark,omitempty"`
	BookingDate   string   `json:"bookingDate"`
	ValueDate     string   `json:"valueDate,omitempty"`
	Amount        string   `json:"amount,omitempty"` // signed; or Debit and Credit
	Debit         string   `json:"debit,omitempty"`  // what leaves the account, of either sign
	Credit        string   `json:"credit,omitempty"`
	Currency      string   `json:"currency,omitempty"`
	Reference     string   `json:"reference,omitempty"`
	BankReference string   `json:"bankReference,omitempty"`
	Text          []string `json:"text,omitempty"` // joined
}

// The choices of a mapping.
var (
	Delimiters     = []string{",", ";", "\t", "|"}
	Encodings      = []string{"UTF-8", "WINDOWS-1252", "ISO-8859-1"}
	DateFormats    = []string{"YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "YYYY/MM/DD", "YYYYMMDD", "DD.MM.YY", "DD/MM/YY"}
	DecimalMarks   = []string{".", ","}
	ThousandsMarks = []string{".", ",", " ", "'"}
)

// layouts are the formats as package time has them, in the order of DateFormats.
var layouts = []string{"2006-01-02", "02.01.2006", "02/01/2006", "01/02/2006", "02-01-2006", "2006/01/02", "20060102", "02.01.06", "02/01/06"}

const (
	maxSkip    = 50
	maxColumns = 200
)

var (
	// ErrMapping means that a field of a mapping has no such value.
	ErrMapping = fault.New(fault.Invalid, "bad_csv_mapping", "the mapping has no such choice here")
	// ErrMappingAmount means that a mapping names no amount, or two.
	ErrMappingAmount = fault.New(fault.Invalid, "csv_mapping_amount", "name either the column of signed amounts, or those of debits and credits")
	// ErrMappingColumn means that two fields of a mapping that exclude each other name one column.
	ErrMappingColumn = fault.New(fault.Invalid, "csv_mapping_column", "the column serves as another field already")
)

// Check lists every fault of the mapping.
func (m Mapping) Check() error {
	var f fault.Faults
	choice := func(at, value string, from []string, optional bool) {
		if (value != "" || !optional) && !slices.Contains(from, value) {
			f.Add(at, ErrMapping)
		}
	}
	choice("/delimiter", m.Delimiter, Delimiters, true)
	choice("/encoding", m.Encoding, Encodings, true)
	choice("/dateFormat", m.DateFormat, DateFormats, false)
	choice("/decimalMark", m.DecimalMark, DecimalMarks, true)
	choice("/thousandsMark", m.ThousandsMark, ThousandsMarks, true)
	if m.ThousandsMark != "" && m.ThousandsMark == m.marks().decimal {
		f.Add("/thousandsMark", ErrMapping)
	}
	if m.SkipLines < 0 || m.SkipLines > maxSkip {
		f.Add("/skipLines", ErrMapping)
	}
	if m.BookingDate == "" {
		f.Add("/bookingDate", ErrMapping)
	}
	if signed := m.Amount != ""; signed == (m.Debit != "" || m.Credit != "") || !signed && (m.Debit == "" || m.Credit == "") {
		f.Add("/amount", ErrMappingAmount)
	}
	seen := map[string]bool{}
	for _, c := range []struct{ at, name string }{
		{"/bookingDate", m.BookingDate}, {"/amount", m.Amount}, {"/debit", m.Debit}, {"/credit", m.Credit}, {"/currency", m.Currency},
	} {
		if c.name != "" && seen[c.name] {
			f.Add(c.at, ErrMappingColumn)
		}
		seen[c.name] = true
	}
	for i, name := range m.Text {
		if name == "" {
			f.Add("/text/"+strconv.Itoa(i), ErrMapping)
		}
	}
	return f.Err()
}

func (m Mapping) marks() marks {
	out := marks{decimal: m.DecimalMark, thousands: m.ThousandsMark}
	if out.decimal == "" {
		out.decimal = "."
	}
	return out
}

func (m Mapping) delimiter() rune {
	if m.Delimiter == "" {
		return ','
	}
	return rune(m.Delimiter[0])
}

// layout is the date format as package time has it.
func (m Mapping) layout() string { return layouts[slices.Index(DateFormats, m.DateFormat)] }
