package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/money"
)

// minors draws any int64, the edges often.
func minors() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.SampledFrom([]int64{0, 1, -1, money.MaxMinor, -money.MaxMinor, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1}),
		rapid.Int64Range(-1000, 1000), rapid.Int64())
}

func TestAddAndSubEdges(t *testing.T) {
	t.Parallel()
	const lo, hi = math.MinInt64, math.MaxInt64
	for _, c := range []struct {
		a, b     int64
		add, sub error
	}{
		{0, 0, nil, nil},
		{hi, 0, nil, nil}, {0, hi, nil, nil}, {hi, 1, money.ErrOverflow, nil}, {hi, -1, nil, money.ErrOverflow},
		{lo, 0, nil, nil}, {0, lo, nil, money.ErrOverflow}, {lo, -1, money.ErrOverflow, nil}, {lo, 1, nil, money.ErrOverflow},
		{-1, lo, money.ErrOverflow, nil}, {lo, lo, money.ErrOverflow, nil}, {hi, hi, money.ErrOverflow, nil},
		{lo, hi, nil, money.ErrOverflow}, {hi, lo, nil, money.ErrOverflow}, {-1, hi, nil, nil}, {-2, hi, nil, money.ErrOverflow},
	} {
		if _, err := money.AddMinor(c.a, c.b); !errors.Is(err, c.add) {
			t.Errorf("%d + %d: %v, want %v", c.a, c.b, err, c.add)
		}
		if _, err := money.SubMinor(c.a, c.b); !errors.Is(err, c.sub) {
			t.Errorf("%d - %d: %v, want %v", c.a, c.b, err, c.sub)
		}
	}
}

func TestAddAndSubAgreeWithBigIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := minors().Draw(t, "a"), minors().Draw(t, "b")
		for _, op := range []struct {
			ours func(a, b int64) (int64, error)
			big  func(a, b *big.Int) *big.Int
		}{
			{money.AddMinor, func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }},
			{money.SubMinor, func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }},
		} {
			got, err := op.ours(a, b)
			want := op.big(big.NewInt(a), big.NewInt(b))
			if want.IsInt64() != (err == nil) || err == nil && got != want.Int64() {
				t.Fatalf("%d %v, want %v", got, err, want)
			}
		}
	})
}

func TestSumStaysFailed(t *testing.T) {
	t.Parallel()
	s := money.NewSum(math.MaxInt64).Add(1).Sub(10).Add(-5)
	if !errors.Is(s.Err, money.ErrOverflow) {
		t.Fatalf("a sum that overflowed came back: %+v", s)
	}
	if s := money.NewSum(10).Add(5).Sub(20); s.Err != nil || s.Minor != -5 {
		t.Fatalf("%+v", s)
	}
	if s := money.NewSum(math.MinInt64).Sub(1); !errors.Is(s.Err, money.ErrOverflow) {
		t.Fatalf("%+v", s)
	}
}

func TestAmountsOfTwoCurrenciesDoNotAdd(t *testing.T) {
	t.Parallel()
	if _, err := money.Of(1, "EUR").Add(money.Of(1, "USD")); !errors.Is(err, money.ErrMismatch) {
		t.Errorf("got %v", err)
	}
	if sum, err := money.Of(1, "EUR").Add(money.Of(2, "EUR")); err != nil || sum != money.Of(3, "EUR") {
		t.Errorf("got %v %v", sum, err)
	}
	if _, err := money.Of(math.MinInt64, "EUR").Neg(); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("got %v", err)
	}
	if n, err := money.Of(math.MaxInt64, "EUR").Neg(); err != nil || n.Minor != -math.MaxInt64 {
		t.Errorf("got %v %v", n, err)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a    money.Amount
		want string
	}{
		{money.Of(0, "EUR"), "0.00 EUR"}, {money.Of(5, "EUR"), "0.05 EUR"}, {money.Of(-5, "EUR"), "-0.05 EUR"},
		{money.Of(-1234, "EUR"), "-12.34 EUR"}, {money.Of(1234, "JPY"), "1234 JPY"}, {money.Of(-7, "JPY"), "-7 JPY"},
		{money.Of(1234, "KWD"), "1.234 KWD"}, {money.Of(math.MinInt64, "EUR"), "-92233720368547758.08 EUR"},
		{money.Of(math.MaxInt64, "KWD"), "9223372036854775.807 KWD"}, {money.Of(math.MinInt64, "JPY"), "-9223372036854775808 JPY"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
