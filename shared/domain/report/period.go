package report

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
)

// Range is a range of business dates, both ends included.
type Range struct{ From, To bizdate.Date }

// ErrPeriod means that a text is no period.
var ErrPeriod = fault.New(fault.Invalid, "bad_period", "a period is a date (2026-03-14), a month (2026-03), a quarter (2026-Q1) or a year (2026)")

// ParsePeriod reads a date, a month, a quarter of the calendar, or a year.
func ParsePeriod(s string) (Range, error) {
	switch {
	case len(s) == len("2026-03-14"):
		d, err := bizdate.Parse(s)
		return Range{d, d}, err
	case len(s) == len("2026-03") && s[5] != 'Q':
		m, err := bizdate.ParseMonth(s)
		return Range{m.First(), m.Last()}, err
	}
	year, quarter, quarterly := strings.Cut(s, "-Q")
	if len(year) != 4 {
		return Range{}, ErrPeriod
	}
	y, err := strconv.Atoi(year)
	if err != nil {
		return Range{}, ErrPeriod
	}
	if !quarterly {
		return months(y, 1, 12)
	}
	if len(quarter) != 1 || quarter[0] < '1' || quarter[0] > '4' {
		return Range{}, ErrPeriod
	}
	first := int(quarter[0]-'1')*3 + 1
	return months(y, first, first+2)
}

func months(year, first, last int) (Range, error) {
	from, err := bizdate.ParseMonth(fmt.Sprintf("%04d-%02d", year, first))
	if err != nil {
		return Range{}, ErrPeriod
	}
	to, err := bizdate.ParseMonth(fmt.Sprintf("%04d-%02d", year, last))
	return Range{from.First(), to.Last()}, err
}

// Days are the dates of the range, each a range of its own.
func (r Range) Days() []Range {
	var out []Range
	for d := r.From; d <= r.To; d = d.AddDays(1) {
		out = append(out, Range{d, d})
	}
	return out
}

// Months are the calendar months of the range; the first and the last one may be parts of one.
func (r Range) Months() []Range {
	var out []Range
	for from := r.From; from <= r.To; {
		last := from.Month().Last()
		out = append(out, Range{from, min(last, r.To)})
		from = last.AddDays(1)
	}
	return out
}

// Since is the range without what lies before a date; false when nothing is left.
func (r Range) Since(d bizdate.Date) (Range, bool) {
	r.From = max(r.From, d)
	return r, r.From <= r.To
}

// Contains reports whether the date is in the range.
func (r Range) Contains(d bizdate.Date) bool { return d >= r.From && d <= r.To }

// BasisPoints is part / whole in hundredths of a percent, rounded half away from zero; 0 for a whole of
// zero. It takes what does not fit an int64 as the largest one that does.
func BasisPoints(part, whole int64) int64 { return Ratio(part, whole, 10_000) }

// Ratio is part * scale / whole, rounded half away from zero, without a float; 0 for a whole of zero.
// scale is positive. What does not fit an int64 is the largest one that does, with its sign.
func Ratio(part, whole, scale int64) int64 {
	if whole == 0 {
		return 0
	}
	negative := (part < 0) != (whole < 0)
	hi, lo := bits.Mul64(magnitude(part), magnitude(scale))
	w := magnitude(whole)
	lo, carry := bits.Add64(lo, w/2, 0)
	hi += carry
	const most = 1<<63 - 1
	q := uint64(most)
	if hi < w {
		q, _ = bits.Div64(hi, lo, w)
		q = min(q, most)
	}
	if negative {
		return -int64(q) //nolint:gosec // at most 2^63 - 1
	}
	return int64(q) //nolint:gosec // at most 2^63 - 1
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n) //nolint:gosec // two's complement is right for the smallest, too
	}
	return uint64(n)
}
