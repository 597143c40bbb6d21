// Package money is an amount in minor units of one currency. No float comes near it.
package money

import (
	"fmt"
	"math/bits"

	"innkeep.internal/shared/core/fault"
)

// MaxMinor bounds the amount of one entry, in minor units: 10^15 (DOMAIN.md). Sums may be larger,
// up to what an int64 holds, and are checked.
const MaxMinor = 1_000_000_000_000_000

var (
	// ErrCurrency means that a text is no active ISO 4217 code.
	ErrCurrency = fault.New(fault.Invalid, "unknown_currency", "the currency is no active ISO 4217 code")
	// ErrMismatch means that amounts of two currencies met.
	ErrMismatch = fault.New(fault.Invalid, "currency_mismatch", "the amount is in another currency than the property's books")
	// ErrOverflow means that a sum left what an int64 holds.
	ErrOverflow = fault.New(fault.Conflict, "amount_overflow", "a balance would exceed what can be kept")
)

// Currency is an active ISO 4217 code, upper case.
type Currency string

// ParseCurrency checks an ISO 4217 code.
func ParseCurrency(s string) (Currency, error) {
	if _, ok := exponents[Currency(s)]; !ok {
		return "", ErrCurrency
	}
	return Currency(s), nil
}

// Exponent is the number of decimals of the currency's minor unit: JPY 0, EUR 2, KWD 3.
// It panics on a Currency that ParseCurrency did not make.
func (c Currency) Exponent() int {
	e, ok := exponents[c]
	if !ok {
		panic(fmt.Sprintf("money: %q is no currency", string(c)))
	}
	return int(e)
}

// Amount is a number of minor units of one currency.
type Amount struct {
	Minor    int64
	Currency Currency
}

// Of is minor units of a currency.
func Of(minor int64, c Currency) Amount { return Amount{Minor: minor, Currency: c} }

// Add is a + b; ErrMismatch for two currencies, ErrOverflow beyond int64.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, ErrMismatch
	}
	sum, err := AddMinor(a.Minor, b.Minor)
	return Amount{Minor: sum, Currency: a.Currency}, err
}

// Neg is -a; ErrOverflow for the smallest int64.
func (a Amount) Neg() (Amount, error) {
	n, err := SubMinor(0, a.Minor)
	return Amount{Minor: n, Currency: a.Currency}, err
}

// AddMinor is a + b, or ErrOverflow.
func AddMinor(a, b int64) (int64, error) {
	s := a + b
	if (s > a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return s, nil
}

// SubMinor is a - b, or ErrOverflow.
func SubMinor(a, b int64) (int64, error) {
	d := a - b
	if (d < a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return d, nil
}

// Sum adds minor units of one currency, checked: once a partial sum has left int64, Err is
// ErrOverflow and stays.
type Sum struct {
	Minor int64
	Err   error
}

// NewSum is a sum that begins at minor.
func NewSum(minor int64) Sum { return Sum{Minor: minor} }

// Add is s + minor.
func (s Sum) Add(minor int64) Sum {
	if s.Err == nil {
		s.Minor, s.Err = AddMinor(s.Minor, minor)
	}
	return s
}

// Sub is s - minor.
func (s Sum) Sub(minor int64) Sum {
	if s.Err == nil {
		s.Minor, s.Err = SubMinor(s.Minor, minor)
	}
	return s
}

// Split divides a into n parts that differ by at most one minor unit and sum to a exactly; the
// larger parts come first. It panics if n < 1.
func (a Amount) Split(n int) []Amount {
	weights := make([]int64, n)
	for i := range weights {
		weights[i] = 1
	}
	return a.Allocate(weights)
}

// Allocate divides a in proportion to the weights, exactly: each part is rounded down and the
// remaining minor units go, one each, to the largest remainders, the earlier first. A negative
// amount is divided like its opposite. It panics unless the weights are non-negative with a
// positive sum that fits an int64.
func (a Amount) Allocate(weights []int64) []Amount {
	sum := Sum{}
	for _, w := range weights {
		sum = sum.Add(w)
	}
	total := sum.Minor
	if sum.Err != nil || total <= 0 {
		panic("money: weights must have a positive sum")
	}
	minor, negative := uint64(a.Minor), a.Minor < 0 //nolint:gosec // negated below: two's complement is right for the smallest, too
	if negative {
		minor = -minor
	}
	parts, remainders := make([]uint64, len(weights)), make([]uint64, len(weights))
	left := minor
	for i, w := range weights {
		if w < 0 {
			panic("money: a weight is negative")
		}
		hi, lo := bits.Mul64(minor, uint64(w))
		parts[i], remainders[i] = bits.Div64(hi, lo, uint64(total))
		left -= parts[i]
	}
	for ; left > 0; left-- {
		best := -1
		for i, r := range remainders {
			if r > 0 && (best < 0 || r > remainders[best]) {
				best = i
			}
		}
		parts[best]++
		remainders[best] = 0
	}
	out := make([]Amount, len(weights))
	for i, p := range parts {
		if negative {
			p = -p
		}
		out[i] = Amount{Minor: int64(p), Currency: a.Currency} //nolint:gosec // |part| <= |a|
	}
	return out
}

// String is the amount in major units with all decimals of the currency: "-12.34 EUR".
func (a Amount) String() string {
	exp := a.Currency.Exponent()
	sign, n := "", uint64(a.Minor) //nolint:gosec // negated below
	if a.Minor < 0 {
		sign, n = "-", -n
	}
	if exp == 0 {
		return fmt.Sprintf("%s%d %s", sign, n, a.Currency)
	}
	unit := uint64(1)
	for range exp {
		unit *= 10
	}
	return fmt.Sprintf("%s%d.%0*d %s", sign, n/unit, exp, n%unit, a.Currency)
}
