package functions

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Schedule is when a function's sweep is due, to the minute, in UTC, as cron text of five fields.
// The minute is *, */n or a number, the hour * or a number, the others are *.
type Schedule string

// Next is the first time after a time at which a sweep is due.
func (s Schedule) Next(after time.Time) (time.Time, error) {
	due, err := s.parse()
	if err != nil {
		return time.Time{}, err
	}
	// Every schedule has a time in any 24 hours, so this ends.
	t := after.UTC().Truncate(time.Minute).Add(time.Minute)
	for !due(t.Hour(), t.Minute()) {
		t = t.Add(time.Minute)
	}
	return t, nil
}

// parse gives what says of an hour and a minute whether a sweep is due.
func (s Schedule) parse() (due func(hour, minute int) bool, err error) {
	refused := fmt.Errorf(`schedule %q is not of the forms "* * * * *", "*/n * * * *", "m * * * *" and "m h * * *"`, string(s))
	fields := strings.Split(string(s), " ")
	if len(fields) != 5 || fields[2] != "*" || fields[3] != "*" || fields[4] != "*" {
		return nil, refused
	}
	every, stepped := strings.CutPrefix(fields[0], "*/")
	minute, ok := number(every, 59)
	hour, hourOK := number(fields[1], 23)
	switch {
	case !ok, !hourOK, stepped && minute < 1, (stepped || minute < 0) && hour >= 0:
		return nil, refused
	case stepped:
		return func(_, m int) bool { return m%minute == 0 }, nil
	}
	return func(h, m int) bool { return (hour < 0 || h == hour) && (minute < 0 || m == minute) }, nil
}

// number is a field's number up to the highest, -1 for *.
func number(text string, highest int) (n int, ok bool) {
	if text == "*" {
		return -1, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && strconv.Itoa(n) == text && n >= 0 && n <= highest
}
