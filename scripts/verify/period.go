package main

import (
	"fmt"

	"innkeep.internal/shared/core/bizdate"
)

// period is the business dates that are asked for, both ends included; a zero end is none.
type period struct{ from, to bizdate.Date }

// set reads an end from its flag.
func set(d *bizdate.Date) func(string) error {
	return func(text string) (err error) {
		*d, err = bizdate.Parse(text)
		return err
	}
}

func (p period) check() error {
	if !p.to.IsZero() && p.from > p.to {
		return fmt.Errorf("--from %s is later than --to %s", p.from, p.to)
	}
	return nil
}

// bounded reports whether anything is left out.
func (p period) bounded() bool { return !p.from.IsZero() || !p.to.IsZero() }

// has reports whether what is dated so is asked for; what has no date is, where nothing is left out.
func (p period) has(d bizdate.Date) bool {
	return !p.bounded() || !d.IsZero() && d >= p.from && (p.to.IsZero() || d <= p.to)
}

// String is " from 2026-01-01 to 2026-01-31", and empty where nothing is left out.
func (p period) String() (s string) {
	if !p.from.IsZero() {
		s = " from " + p.from.String()
	}
	if !p.to.IsZero() {
		s += " to " + p.to.String()
	}
	return s
}
