// Package bankfile reads the statements that banks give out: CSV, in the columns that a Mapping names,
// and camt.053 (ISO 20022). A file is read whole or refused, with every fault at its line. It keeps
// nothing and knows neither books nor matches.
package bankfile

import (
	"slices"
	"strconv"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/recon"
)

// The bounds of a file.
const (
	// MaxBytes bounds a file: 10 MiB, about 60,000 lines of CSV.
	MaxBytes = 10 << 20
	// MaxLines bounds the lines of a statement, so that one import stays within the time of a request.
	MaxLines = 20_000
	// maxFaults is how many faults are told at once.
	maxFaults = 50
	// maxReference and maxText are what is kept of a line's words, in runes.
	maxReference = 100
	maxText      = 500
)

var (
	// ErrTooLarge means that a file is larger than MaxBytes.
	ErrTooLarge = fault.New(fault.TooLarge, "statement_too_large", "a statement's file has at most 10 MiB")
	// ErrTooManyLines means that a statement has more than MaxLines lines.
	ErrTooManyLines = fault.New(fault.TooLarge, "statement_too_many_lines", "a statement has at most 20,000 lines: ask the bank for a shorter time")
	// ErrEmpty means that a file holds no line from which a statement could be made.
	ErrEmpty = fault.New(fault.Invalid, "statement_empty", "the file holds no statement line")
	// ErrText means that bytes are not in the encoding that the file is said to have.
	ErrText = fault.New(fault.Invalid, "statement_bad_text", "the line holds bytes that its encoding does not have: is it the right encoding?")
	// ErrAmount means that an amount cannot be read exactly.
	ErrAmount = fault.New(fault.Invalid, "statement_bad_amount", "the amount is no decimal number in the currency, written as the mapping says")
	// ErrZero means that a line moves nothing.
	ErrZero = fault.New(fault.Invalid, "statement_zero_amount", "the amount of a line must not be zero")
	// ErrDate means that a date cannot be read.
	ErrDate = fault.New(fault.Invalid, "statement_bad_date", "the date is not written as the mapping says, or does not exist")
	// ErrCurrency means that an amount is in another currency than the books.
	ErrCurrency = fault.New(fault.Invalid, "statement_currency", "the line is in another currency than the property's books")
	// ErrBalance means that the lines are not the difference of the balances: some are missing or twice.
	ErrBalance = fault.New(fault.Invalid, "statement_does_not_balance", "opening balance and lines do not make the closing balance: the file is not whole, or its amounts are misread")
	// ErrOutside means that a line lies outside of the statement's own dates.
	ErrOutside = fault.New(fault.Invalid, "statement_line_outside", "the line's booking date lies outside of the statement's dates")
)

// Given is what the sender says of a statement, for what the file does not say.
type Given struct {
	Account      string
	ID           string
	Currency     money.Currency // of the property's books: required
	From, To     bizdate.Date
	OpeningMinor *int64
	ClosingMinor *int64
}

// faults collects the faults of lines.
type faults struct {
	fault.Faults
	count int
}

// at notes a fault of a line of the file, from 1 on.
func (f *faults) at(line int, column string, err error) {
	if err == nil {
		return
	}
	if f.count++; f.count > maxFaults {
		return
	}
	where := "#line/" + strconv.Itoa(line)
	if column != "" {
		where += "/" + column
	}
	f.Add(where, err)
}

// whole checks a statement that was read, and fills in what the file did not say.
func whole(s recon.Statement, g Given) (recon.Statement, error) {
	if s.Account == "" {
		s.Account = g.Account
	}
	if s.ID == "" {
		s.ID = g.ID
	}
	s.Currency = g.Currency
	if s.OpeningMinor == nil {
		s.OpeningMinor = g.OpeningMinor
	}
	if s.ClosingMinor == nil {
		s.ClosingMinor = g.ClosingMinor
	}
	if err := dates(&s, g); err != nil {
		return s, err
	}
	sum := money.Sum{}
	for _, l := range s.Lines {
		sum = sum.Add(l.AmountMinor)
	}
	if s.OpeningMinor != nil {
		sum = sum.Add(*s.OpeningMinor)
	}
	if sum.Err != nil {
		return s, sum.Err
	}
	if s.OpeningMinor != nil && s.ClosingMinor != nil && sum.Minor != *s.ClosingMinor {
		return s, ErrBalance.With("expectedClosingMinor", strconv.FormatInt(sum.Minor, 10)).
			With("closingMinor", strconv.FormatInt(*s.ClosingMinor, 10))
	}
	return s, nil
}

// dates sets the dates of a statement: the file's, else those given, else those of its lines.
func dates(s *recon.Statement, g Given) error {
	if s.From.IsZero() {
		s.From = g.From
	}
	if s.To.IsZero() {
		s.To = g.To
	}
	if len(s.Lines) == 0 {
		if s.From.IsZero() || s.To.IsZero() || s.OpeningMinor == nil || s.ClosingMinor == nil {
			return ErrEmpty // of an account on which nothing happened the bank says dates and balances
		}
		return ordered(s)
	}
	byDate := func(a, b recon.Line) int { return int(a.BookingDate) - int(b.BookingDate) }
	first, last := slices.MinFunc(s.Lines, byDate).BookingDate, slices.MaxFunc(s.Lines, byDate).BookingDate
	if s.From.IsZero() {
		s.From = first
	}
	if s.To.IsZero() {
		s.To = last
	}
	if first < s.From || last > s.To {
		return ErrOutside.With("from", s.From.String()).With("to", s.To.String()).With("first", first.String()).With("last", last.String())
	}
	return ordered(s)
}

// ErrDates means that a statement ends before it begins.
var ErrDates = fault.New(fault.Invalid, "statement_dates", "the statement ends before it begins")

func ordered(s *recon.Statement) error {
	if s.From > s.To {
		return ErrDates
	}
	return nil
}

// short is text without surplus blanks and control characters, cut to a number of runes.
func short(text string, most int) string {
	out := make([]rune, 0, min(len(text), most))
	blank := false
	for _, r := range text {
		if r <= ' ' || r == 0x7f || r == 0xa0 {
			blank = len(out) > 0
			continue
		}
		if blank && len(out) < most {
			out = append(out, ' ')
		}
		blank = false
		if len(out) == most {
			break
		}
		out = append(out, r)
	}
	return string(out)
}
