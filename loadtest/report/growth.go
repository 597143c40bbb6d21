package report

import (
	"fmt"
	"math"
)

// mostGrowth is what a slope may come to that is 0.00 to two decimals.
const mostGrowth = 0.005

// JudgeGrowth judges how what the same calls ask for grows with the number of organisations, from an
// earlier run to this one: the slope of log on log. Where both have as many, or one has not counted the
// calls, there is nothing to judge.
func (r *Report) JudgeGrowth(old *Report) {
	if r.Organisations == old.Organisations || len(r.Same) == 0 || len(r.Same) != len(old.Same) {
		return
	}
	var now, before Cost
	for i := range r.Same {
		now, before = now.Plus(r.Same[i]), before.Plus(old.Same[i])
	}
	for _, x := range []struct {
		name        string
		now, before float64
	}{
		{"RPCs", now.RPCs, before.RPCs},
		{"rows", now.Rows + now.Written, before.Rows + before.Written},
		{"bytes", now.Sent + now.Received, before.Sent + before.Received},
		{"allocations", r.SameAllocations, old.SameAllocations},
	} {
		slope := math.Log(x.now/x.before) / math.Log(float64(r.Organisations)/float64(old.Organisations))
		c := Check{
			Name: fmt.Sprintf("growth of %s a call from %d to %d organisations", x.name, old.Organisations, r.Organisations),
			Want: fmt.Sprintf("< %g", mostGrowth), Got: slope, Unit: "log on log", Good: slope < mostGrowth,
		}
		if !c.Good {
			c.By = slope - mostGrowth
		}
		r.Checks = append(r.Checks, c)
	}
}
