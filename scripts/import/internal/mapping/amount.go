package mapping

import (
	"fmt"
	"math"
	"strings"
)

// minorUnits reads a plain decimal exactly: an optional minus, digits, and after the decimal mark no
// more digits than exponent (zeros count). With a thousands mark the digits before the decimal mark
// may stand in groups of three. Anything else, and what an int64 does not hold, is an error.
func minorUnits(text string, exponent int, decimal, thousands string) (int64, error) {
	unsigned, negative := strings.CutPrefix(text, "-")
	whole, fraction, marked := strings.Cut(unsigned, decimal)
	if thousands != "" {
		groups := strings.Split(whole, thousands)
		for i, group := range groups {
			if len(groups) > 1 && (i == 0 && (len(group) < 1 || len(group) > 3) || i > 0 && len(group) != 3) {
				return 0, fmt.Errorf("%q has a thousands mark in the wrong place", text)
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" || marked && fraction == "" {
		return 0, fmt.Errorf("%q is no plain decimal", text)
	}
	// Sums are built below zero, whose side of an int64 is the larger one.
	var minor int64
	for i, digits := range []string{whole, fraction} {
		for _, digit := range []byte(digits) {
			if digit < '0' || digit > '9' {
				return 0, fmt.Errorf("%q is no plain decimal", text)
			}
			d := int64(digit - '0')
			if minor < (math.MinInt64+d)/10 {
				return 0, fmt.Errorf("%q is larger than can be kept", text)
			}
			minor = minor*10 - d
		}
		if i == 1 && len(digits) > exponent {
			return 0, fmt.Errorf("%q has %d decimals, the currency %d", text, len(digits), exponent)
		}
	}
	for range exponent - len(fraction) {
		if minor < math.MinInt64/10 {
			return 0, fmt.Errorf("%q is larger than can be kept", text)
		}
		minor *= 10
	}
	if negative {
		return minor, nil
	}
	if minor == math.MinInt64 {
		return 0, fmt.Errorf("%q is larger than can be kept", text)
	}
	return -minor, nil
}
