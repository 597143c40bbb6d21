package recon

import (
	"cmp"
	"slices"

	"innkeep.internal/shared/core/money"
)

func magnitude(minor int64) int64 {
	if minor < 0 {
		return -minor
	}
	return minor
}

// within reports whether two amounts differ by a tolerance at most.
func within(a, b, tolerance int64) bool {
	d, err := money.SubMinor(a, b)
	return err == nil && d >= -tolerance && d <= tolerance
}

// total is the sum of some nodes; false when it does not fit an int64.
func total(nodes []node, of []int32) (int64, bool) {
	sum := money.Sum{}
	for _, n := range of {
		sum = sum.Add(nodes[n].amount)
	}
	return sum.Minor, sum.Err == nil
}

// sums reports whether some nodes make an amount.
func (m *matcher) sums(amount int64, nodes []node, of []int32, tolerance int64) bool {
	sum, ok := total(nodes, of)
	return ok && within(sum, amount, tolerance)
}

// sharing are those of some nodes that share a reference with x, at most maxGroup.
func sharing(x node, nodes []node, of []int32) []int32 {
	var out []int32
	for _, n := range of {
		if len(out) < maxGroup && slices.ContainsFunc(nodes[n].keys, func(k int32) bool { return slices.Contains(x.keys, k) }) {
			out = append(out, n)
		}
	}
	return out
}

// groups are up to maxGroups pairs and, among few candidates, triples that make an amount.
func groups(amount int64, nodes []node, of []int32, tolerance int64) [][]int32 {
	of = slices.Clone(of[:min(len(of), maxPairs)])
	slices.SortStableFunc(of, func(a, b int32) int { return cmp.Compare(nodes[a].amount, nodes[b].amount) })
	var out [][]int32
	pairs(amount, nodes, of, tolerance, func(a, b int32) bool {
		out = append(out, []int32{a, b})
		return len(out) < maxGroups
	})
	if len(of) > maxTriple {
		return out
	}
	for n, first := range of {
		if len(out) >= maxGroups {
			break
		}
		pairs(amount-nodes[first].amount, nodes, of[n+1:], tolerance, func(a, b int32) bool {
			out = append(out, []int32{first, a, b})
			return len(out) < maxGroups
		})
	}
	return out
}

// pairs gives pairs that make an amount, of nodes in the order of their amounts: from both ends
// towards the middle, so that each node is looked at once.
func pairs(amount int64, nodes []node, sorted []int32, tolerance int64, each func(a, b int32) bool) {
	for low, high := 0, len(sorted)-1; low < high; {
		sum := nodes[sorted[low]].amount + nodes[sorted[high]].amount
		switch {
		case within(sum, amount, tolerance):
			if !each(sorted[low], sorted[high]) {
				return
			}
			low, high = low+1, high-1
		case sum < amount:
			low++
		default:
			high--
		}
	}
}

// payouts are the items of one mode from one day to another whose sum, less the mode's fee, a line
// pays: what a card scheme or an agency sends at once.
func (m *matcher) payouts(l int32, parts []int32) []Suggestion {
	var out []Suggestion
	rules := append([]ModeRule{{Mode: "BANK"}}, m.Rules.Modes...)
	for _, rule := range rules {
		mine := slices.DeleteFunc(slices.Clone(parts), func(i int32) bool { return m.Items[i].Mode != rule.Mode })
		for from := range mine {
			if from > 0 && m.items[mine[from-1]].day == m.items[mine[from]].day {
				continue // a payout takes whole days
			}
			for to := from + 1; to <= min(len(mine), from+maxGroup); to++ {
				if to < len(mine) && m.items[mine[to]].day == m.items[mine[to-1]].day {
					continue
				}
				if to-from > 1 && len(out) < maxGroups && m.pays(l, mine[from:to], rule) {
					out = append(out, m.suggestion(Merged, DoubtPayout, mine[from:to], []int32{l}))
				}
			}
		}
	}
	return out
}

// pays reports whether a line is the sum of items less the fee of their mode.
func (m *matcher) pays(l int32, items []int32, rule ModeRule) bool {
	sum, ok := total(m.items, items)
	return ok && within(m.lines[l].amount, sum-FeeMinor(sum, rule.FeeBasisPoints), m.reach.tolerance+rule.FeeToleranceMinor)
}

// FeeMinor is a rate in basis points of a sum, rounded half away from zero.
func FeeMinor(sum, points int64) int64 {
	const whole = 10_000
	size := magnitude(sum)
	fee := size/whole*points + (size%whole*points+whole/2)/whole
	if sum < 0 {
		return -fee
	}
	return fee
}
