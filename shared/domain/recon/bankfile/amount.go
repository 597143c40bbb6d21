package bankfile

import (
	"strings"

	"innkeep.internal/shared/core/money"
)

// marks are how a file writes numbers.
type marks struct {
	decimal   string // "." or ","
	thousands string // "" or a mark between groups of three digits
}

// minor reads an amount exactly, in minor units of the currency: an optional sign before or after it,
// digits, and decimals, of which those beyond the currency's must be zeros. Anything else is ErrAmount.
func (m marks) minor(text string, c money.Currency) (int64, error) {
	text = strings.TrimSpace(text)
	negative := false
	switch {
	case strings.HasPrefix(text, "-"), strings.HasPrefix(text, "\u2212"): // U+2212 is the minus of printers
		negative = true
		text = strings.TrimPrefix(strings.TrimPrefix(text, "-"), "\u2212")
	case strings.HasPrefix(text, "+"):
		text = text[1:]
	case strings.HasSuffix(text, "-"):
		negative = true
		text = text[:len(text)-1]
	case strings.HasSuffix(text, "+"):
		text = text[:len(text)-1]
	}
	whole, fraction, marked := strings.Cut(strings.TrimSpace(text), m.decimal)
	whole, ok := m.ungrouped(whole)
	if !ok || whole == "" || marked && fraction == "" {
		return 0, ErrAmount
	}
	exponent := c.Exponent()
	if len(fraction) > exponent {
		if strings.Trim(fraction[exponent:], "0") != "" {
			return 0, ErrAmount
		}
		fraction = fraction[:exponent]
	}
	digits := whole + fraction + strings.Repeat("0", exponent-len(fraction))
	var n int64
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return 0, ErrAmount
		}
		if n = n*10 + int64(d-'0'); n > money.MaxMinor {
			return 0, ErrAmount
		}
	}
	if negative {
		return -n, nil
	}
	return n, nil
}

// ungrouped takes the marks between thousands out, where they stand between groups of three digits.
func (m marks) ungrouped(whole string) (string, bool) {
	if m.thousands == "" || !strings.Contains(whole, m.thousands) {
		return whole, true
	}
	groups := strings.Split(whole, m.thousands)
	for i, g := range groups {
		if i == 0 && (len(g) < 1 || len(g) > 3) || i > 0 && len(g) != 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
