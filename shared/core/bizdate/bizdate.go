// Package bizdate is the business date: a property's trading day.
package bizdate

import (
	"fmt"
	"strconv"
	"time"

	"innkeep.internal/shared/core/fault"
)

// ErrDate means that a text is no date of the calendar.
var ErrDate = fault.New(fault.Invalid, "bad_date", "a date is written YYYY-MM-DD and must exist")

// Date is a business date, comparable and ordered with < and ==; its zero value is no date.
// The number is yyyymmdd.
type Date int32

// The range that a date may have: four-digit years, so that text, number and order agree.
const (
	minYear = 1900
	maxYear = 9999
)

// New is the date of year, month and day; ErrDate when there is none such.
func New(year int, month time.Month, day int) (Date, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if year < minYear || year > maxYear || t.Year() != year || t.Month() != month || t.Day() != day {
		return 0, ErrDate
	}
	return fromTime(t), nil
}

// Parse reads YYYY-MM-DD.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || len(s) != len(time.DateOnly) {
		return 0, ErrDate
	}
	return New(t.Year(), t.Month(), t.Day())
}

// MustParse is Parse for constants; it panics on anything else.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(fmt.Sprintf("bizdate: %q: %v", s, err))
	}
	return d
}

// FromNumber is the date of a yyyymmdd number.
func FromNumber(n int64) (Date, error) {
	if n < 0 || n > 99991231 {
		return 0, ErrDate
	}
	return New(int(n/10000), time.Month(n/100%100), int(n%100))
}

// Of is the business date of an instant at a property: its calendar day by the wall clock of the
// zone, or the day before while the wall clock shows less than cutoffMinutes after midnight. The
// wall clock decides, so that days of 23 and 25 hours are right too (I17).
func Of(instant time.Time, zone *time.Location, cutoffMinutes int) Date {
	local := instant.In(zone)
	d := fromTime(local)
	if local.Hour()*60+local.Minute() < cutoffMinutes {
		return d.AddDays(-1)
	}
	return d
}

func fromTime(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d) //nolint:gosec // at most 99991231
}

// Time is midnight UTC of the date: for calendar arithmetic only, never an instant of the property.
func (d Date) Time() time.Time {
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, time.UTC)
}

// AddDays is the date n days later; n may be negative.
func (d Date) AddDays(n int) Date { return fromTime(d.Time().AddDate(0, 0, n)) }

// Month is the month that the date lies in.
func (d Date) Month() Month { return Month(d / 100) }

// Number is yyyymmdd.
func (d Date) Number() int64 { return int64(d) }

// String is YYYY-MM-DD. Each command writes some dates as texts, so none of fmt's work is done for it.
func (d Date) String() string {
	b := make([]byte, 0, len(time.DateOnly))
	b = append(padded(b, int(d)/10000, 4), '-')
	b = append(padded(b, int(d)/100%100, 2), '-')
	return string(padded(b, int(d)%100, 2))
}

// padded appends n, not below 0, with so many digits at least.
func padded(b []byte, n, digits int) []byte {
	for least := 10; digits > 1; digits-- {
		if n < least {
			b = append(b, '0')
		}
		least *= 10
	}
	return strconv.AppendInt(b, int64(n), 10)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == 0 }

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is Parse.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = Parse(string(b))
	return err
}

// Month is a month of the calendar: the number yyyymm.
type Month int32

// ErrMonth means that a text is no month of the calendar.
var ErrMonth = fault.New(fault.Invalid, "bad_month", "a month is written YYYY-MM and must exist")

// ParseMonth reads YYYY-MM.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil || len(s) != 7 || t.Year() < minYear {
		return 0, ErrMonth
	}
	return fromTime(t).Month(), nil
}

// First is the month's first day.
func (m Month) First() Date { return Date(m*100 + 1) }

// Last is the month's last day.
func (m Month) Last() Date { return fromTime(m.First().Time().AddDate(0, 1, -1)) }

// String is YYYY-MM.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/100, int(m)%100) }

// MarshalText is String.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
