package money_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/money"
)

func minorsOf(parts []money.Amount) []int64 {
	out := make([]int64, len(parts))
	for i, p := range parts {
		out[i] = p.Minor
	}
	return out
}

func TestSplitAndAllocate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor   int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{2, []int64{1, 1, 1}, []int64{1, 1, 0}},
		{0, []int64{1, 2}, []int64{0, 0}},
		{10, []int64{0, 1}, []int64{0, 10}},
		{10, []int64{1, 5, 6}, []int64{1, 4, 5}},      // 0.83, 4.17, 5
		{7, []int64{3, 3, 1, 0}, []int64{3, 3, 1, 0}}, // exact
		{100, []int64{2, 1}, []int64{67, 33}},         // 66.67, 33.33
		{5, []int64{1, 1, 1, 1, 1, 1}, []int64{1, 1, 1, 1, 1, 0}},
	} {
		if diff := cmp.Diff(c.want, minorsOf(money.Of(c.minor, "EUR").Allocate(c.weights))); diff != "" {
			t.Errorf("%d by %v (-want +got):\n%s", c.minor, c.weights, diff)
		}
	}
	if diff := cmp.Diff([]int64{4, 3, 3}, minorsOf(money.Of(10, "EUR").Split(3))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSplitConserves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.Of(minors().Draw(t, "minor"), "EUR")
		parts := a.Split(rapid.IntRange(1, 50).Draw(t, "n"))
		sum := money.Of(0, "EUR")
		for _, p := range parts {
			var err error
			if sum, err = sum.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		if sum != a {
			t.Fatalf("the parts %v sum to %v, want %v", parts, sum, a)
		}
		got := minorsOf(parts)
		if lo, hi := slices.Min(got), slices.Max(got); hi-lo > 1 {
			t.Fatalf("parts differ by %d", hi-lo)
		}
		size := func(m int64) *big.Int { return new(big.Int).Abs(big.NewInt(m)) }
		if !slices.IsSortedFunc(got, func(x, y int64) int { return size(y).Cmp(size(x)) }) {
			t.Fatalf("the larger parts do not come first: %v", got)
		}
	})
}

// TestAllocateIsLargestRemainder compares with the method written down in big integers: every part
// rounded down, then one minor unit each in the order of the remainders.
func TestAllocateIsLargestRemainder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := minors().Draw(t, "minor")
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, 1<<58)), 1, 12).
			Filter(func(w []int64) bool { return slices.Max(w) > 0 }).Draw(t, "weights")
		if diff := cmp.Diff(largestRemainder(minor, weights), minorsOf(money.Of(minor, "EUR").Allocate(weights))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func largestRemainder(minor int64, weights []int64) []int64 {
	total := new(big.Int)
	for _, w := range weights {
		total.Add(total, big.NewInt(w))
	}
	abs := new(big.Int).Abs(big.NewInt(minor))
	parts, rests, order := make([]*big.Int, len(weights)), make([]*big.Int, len(weights)), make([]int, len(weights))
	left := new(big.Int).Set(abs)
	for i, w := range weights {
		order[i] = i
		parts[i], rests[i] = new(big.Int).QuoRem(new(big.Int).Mul(abs, big.NewInt(w)), total, new(big.Int))
		left.Sub(left, parts[i])
	}
	slices.SortStableFunc(order, func(i, j int) int { return rests[j].Cmp(rests[i]) })
	for _, i := range order[:left.Int64()] {
		parts[i].Add(parts[i], big.NewInt(1))
	}
	out := make([]int64, len(weights))
	for i, p := range parts {
		if minor < 0 {
			p.Neg(p)
		}
		out[i] = p.Int64()
	}
	return out
}

func TestAllocateRefusesBadWeights(t *testing.T) {
	t.Parallel()
	const half = 1 << 62
	for _, weights := range [][]int64{nil, {0}, {0, 0}, {-1}, {2, -1}, {-1, 2}, {half, half}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", weights)
				}
			}()
			money.Of(10, "EUR").Allocate(weights)
		}()
	}
}
