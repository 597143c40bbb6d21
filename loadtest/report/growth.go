package report

import (
	"fmt"
	"math"
)

// mostGrowth is what a slope may come to that is 0.00 to two decimals.
const mostGrowth = 0.005

// JudgeGrowth judges how what the same calls ask for grows with the number of organisations, from an
// earlier run to this one: the slope of log on log. Where both have as many, or one has not counted the
// calls, there is nothing to judge; a counter that was not measured falls short. Allocations are known within an error: they fall short where they have
// grown by more than two of it.
func (r *Report) JudgeGrowth(old *Report) {
	if r.Organisations == old.Organisations || len(r.Same) == 0 || len(r.Same) != len(old.Same) {
		return
	}
	var now, before Cost
	for i := range r.Same {
		now, before = now.Plus(r.Same[i]), before.Plus(old.Same[i])
	}
	span := math.Log(float64(r.Organisations) / float64(old.Organisations))
	judge := func(name string, now, before, within float64) {
		c := Check{Name: fmt.Sprintf("growth of %s a call from %d to %d organisations", name, old.Organisations, r.Organisations), Unit: "log on log"}
		most := mostGrowth
		if measured := now > 0 && before > 0; measured {
			most += 2 * within / math.Abs(span)
			c.Got = math.Log(now/before) / span
			c.Good = c.Got < most
		}
		c.Want = fmt.Sprintf("< %.2g", most)
		if !c.Good {
			c.By = math.Abs(c.Got - most)
		}
		r.Checks = append(r.Checks, c)
	}
	judge("RPCs", now.RPCs, before.RPCs, 0)
	judge("rows", now.Rows+now.Written, before.Rows+before.Written, 0)
	judge("bytes", now.Sent+now.Received, before.Sent+before.Received, 0)
	judge("allocations", r.SameAllocations, old.SameAllocations,
		math.Hypot(r.SameAllocationsWithin/r.SameAllocations, old.SameAllocationsWithin/old.SameAllocations))
}
