package recon

import (
	"cmp"
	"slices"

	"innkeep.internal/shared/core/bizdate"
)

// node is an item or a line as the matcher sees it.
type node struct {
	amount  int64
	day     int32   // days since 1970-01-01
	named   bool    // it carries a reference of its own
	keys    []int32 // references that both sides know
	serials serials
}

func dayOf(d bizdate.Date) int32 { return int32(d.Time().Unix() / 86_400) } //nolint:gosec // years 1900 to 9999

// keyed is a reference with an amount.
type keyed struct {
	key    int32
	amount int64
}

// bucket is the nodes of one amount, in the order of their days.
type bucket struct{ all, bare []int32 }

// extremes are the smallest and the largest amount that carry a reference.
type extremes struct{ low, high int64 }

// table finds the nodes of one side that fit a node of the other one.
type table struct {
	nodes    []node
	byDay    []int32 // of one day by amount, so that the order of a file decides nothing
	byAmount map[int64]*bucket
	amounts  []int64 // of byAmount, sorted
	byKey    map[keyed][]int32
	spread   map[int32]extremes
}

// newTable holds the nodes that keep lets in.
func newTable(nodes []node, keep func(n int32) bool) *table {
	t := &table{nodes: nodes, byAmount: map[int64]*bucket{}, byKey: map[keyed][]int32{}, spread: map[int32]extremes{}}
	for n := range nodes {
		if i := int32(n); keep(i) {
			t.byDay = append(t.byDay, i)
		}
	}
	slices.SortStableFunc(t.byDay, func(a, b int32) int {
		return cmp.Or(cmp.Compare(nodes[a].day, nodes[b].day), cmp.Compare(nodes[a].amount, nodes[b].amount))
	})
	for _, i := range t.byDay {
		x := nodes[i]
		b := t.byAmount[x.amount]
		if b == nil {
			b = &bucket{}
			t.byAmount[x.amount] = b
			t.amounts = append(t.amounts, x.amount)
		}
		b.all = append(b.all, i)
		if !x.named {
			b.bare = append(b.bare, i)
		}
		for _, k := range x.keys {
			at := keyed{k, x.amount}
			t.byKey[at] = append(t.byKey[at], i)
			e, known := t.spread[k]
			if !known {
				e = extremes{x.amount, x.amount}
			}
			t.spread[k] = extremes{min(e.low, x.amount), max(e.high, x.amount)}
		}
	}
	slices.Sort(t.amounts)
	return t
}

// reach is how far two nodes that fit may be apart.
type reach struct {
	days      int32
	tolerance int64
}

// near gives the amounts of the table that fit an amount: of the same sign, within the tolerance.
func (t *table) near(amount int64, r reach) []int64 {
	low, _ := slices.BinarySearch(t.amounts, amount-r.tolerance)
	high := low
	for high < len(t.amounts) && t.amounts[high] <= amount+r.tolerance {
		high++
	}
	fit := t.amounts[low:high]
	if r.tolerance > 0 {
		fit = slices.DeleteFunc(slices.Clone(fit), func(a int64) bool { return (a < 0) != (amount < 0) })
	}
	return fit
}

// window is the part of list, which is in the order of days, that lies within the reach of a day.
func (t *table) window(list []int32, day int32, r reach) []int32 {
	from, _ := slices.BinarySearchFunc(list, day-r.days, func(i int32, d int32) int { return cmp.Compare(t.nodes[i].day, d) })
	to, _ := slices.BinarySearchFunc(list, day+r.days+1, func(i int32, d int32) int { return cmp.Compare(t.nodes[i].day, d) })
	return list[from:to]
}

// agreeing gives up to limit nodes that fit x by amount and day and share a reference with it.
func (t *table) agreeing(x node, r reach, limit int) []int32 {
	var out []int32
	if len(x.keys) == 0 {
		return nil
	}
	for _, a := range t.near(x.amount, r) {
		for _, k := range x.keys {
			if out = add(out, t.window(t.byKey[keyed{k, a}], x.day, r), limit); len(out) == limit {
				return out
			}
		}
	}
	return out
}

// fitting gives up to limit nodes that fit x: those that share a reference with it first, then those
// whose reference does not contradict its own.
func (t *table) fitting(x node, r reach, limit int) []int32 {
	out := t.agreeing(x, r, limit)
	for _, a := range t.near(x.amount, r) {
		if len(out) == limit {
			break
		}
		list := t.byAmount[a].all
		if x.named {
			list = t.byAmount[a].bare // two references that differ contradict each other
		}
		out = t.addFitting(out, t.window(list, x.day, r), x, limit)
	}
	return out
}

// maxContradictions is how many nodes that x contradicts are passed over; after so many the next counts
// as fitting, so that a day of thousands of equal amounts is not looked through for each of them.
const maxContradictions = 256

// addFitting is add without the nodes whose references contradict those of x.
func (t *table) addFitting(out, more []int32, x node, limit int) []int32 {
	passed := 0
	for _, i := range more {
		if len(out) == limit {
			break
		}
		if passed < maxContradictions && x.serials.contradict(t.nodes[i].serials) {
			passed++
			continue
		}
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// add appends what is not there yet, up to limit.
func add(out, more []int32, limit int) []int32 {
	for _, i := range more {
		if len(out) == limit {
			break
		}
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// names reports whether the table has a node with a reference of x, but with another amount: x may be
// a part of that payment, or the reverse.
func (t *table) names(x node, r reach) bool {
	return slices.ContainsFunc(x.keys, func(k int32) bool {
		e, known := t.spread[k]
		return known && (e.low < x.amount-r.tolerance || e.high > x.amount+r.tolerance)
	})
}

// exists reports whether a node that counts has the amount within the reach of a day.
func (t *table) exists(amount int64, day int32, r reach, counts func(int32) bool) bool {
	b := t.byAmount[amount]
	if b == nil {
		return false
	}
	near := t.window(b.all, day, r)
	return len(near) > maxWholes || slices.ContainsFunc(near, counts)
}
