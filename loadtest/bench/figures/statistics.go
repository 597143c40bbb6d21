package figures

import (
	"fmt"
	"math"
	"slices"
)

// Median is the middle of values, of an even number the mean of the two; NaN of none.
func Median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	switch n := len(s); {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return s[n/2]
	default:
		return (s[n/2-1] + s[n/2]) / 2
	}
}

// Interval is a 95 % interval of the median by order statistics: how many of n values lie below the
// median is binomial, whatever their distribution. From 20 values on the normal approximation is
// within a rank; of fewer it is the whole range.
func Interval(values []float64) (low, high float64) {
	s := slices.Sorted(slices.Values(values))
	n := float64(len(s))
	if n < 20 {
		if n == 0 {
			return math.NaN(), math.NaN()
		}
		return s[0], s[len(s)-1]
	}
	half := 1.96 * math.Sqrt(n) / 2
	return s[int(math.Floor(n/2-half))], s[min(len(s)-1, int(math.Ceil(n/2+half)))]
}

// Of is the median of values as a figure, its interval beside it.
func Of(name, unit string, values []float64) Figure {
	low, high := Interval(values)
	return Figure{Name: name, Value: Median(values), Unit: unit, Note: fmt.Sprintf("95 %%: %.4g to %.4g, n = %d", low, high, len(values))}
}
