package recon

import (
	"innkeep.internal/shared/core/bizdate"
)

// Reason is why an item and a line belong together.
type Reason string

// The reasons of a match that is applied without asking.
const (
	ByReference Reason = "REFERENCE" // they alone share a reference, and they fit
	ByAmount    Reason = "AMOUNT"    // they alone fit, and everything that could contradict is known
)

// Pair is an item and a line that belong together, by their numbers in the Case.
type Pair struct {
	Item, Line int
	Reason     Reason
}

// Span is a range of dates, both included.
type Span struct{ From, To bizdate.Date }

// Cover is what is known: a payment that only fits one line so far may fit another that the next
// statement brings.
type Cover struct {
	Bank    []Span       // dates that statements cover, apart from each other
	BooksTo bizdate.Date // up to which the books are kept; later lines may get items still
}

// Case is what is not matched: items and lines after the opening date, and what is known.
type Case struct {
	Rules Rules
	Items []Item
	Lines []Line
	Cover Cover
}

// matcher is a case made ready.
type matcher struct {
	Case
	reach        reach
	items, lines []node
	itemsAt      *table
	linesAt      *table
	usedItems    []bool
	usedLines    []bool
	pairs        []Pair
	loose        sides // what nothing of the other side fits
	open         sides // what does not fit one of the other side that fits nothing else
}

type sides struct{ items, lines *table }

// Decide gives the matches that are beyond doubt, in the order of the lines. A pair is, when item and
// line fit each other by amount, days and, where both carry one, reference, and
//
//   - they share a reference, and neither shares one with anything else that fits; or
//   - after those, neither fits anything else; the statements cover the item's days and the books the
//     line's; the reference of neither stands at another amount; and neither is a part of a sum that
//     explains what otherwise nothing does.
//
// What is not decided is left to people: see Suggest.
func (c Case) Decide() []Pair { return c.decide().pairs }

func (c Case) decide() *matcher {
	m := &matcher{
		Case: c, reach: reach{int32(c.Rules.WindowDays), c.Rules.ToleranceMinor}, //nolint:gosec // at most 31
		usedItems: make([]bool, len(c.Items)), usedLines: make([]bool, len(c.Lines)),
	}
	m.nodes()
	all := func(int32) bool { return true }
	m.itemsAt, m.linesAt = newTable(m.items, all), newTable(m.lines, all)
	m.byReference()
	free := func(used []bool) func(int32) bool { return func(n int32) bool { return !used[n] } }
	m.itemsAt, m.linesAt = newTable(m.items, free(m.usedItems)), newTable(m.lines, free(m.usedLines))
	m.findLoose()
	m.byAmount()
	return m
}

// nodes numbers the references that both sides know.
func (m *matcher) nodes() {
	known := map[string]int32{}
	m.items = make([]node, len(m.Items))
	for n, it := range m.Items {
		x := node{amount: it.AmountMinor, day: dayOf(it.Date), named: normal(it.Reference) != ""}
		it.keys(func(key string) {
			x.serials.note(key)
			k, ok := known[key]
			if !ok {
				k = int32(len(known)) //nolint:gosec // far fewer than 2^31
				known[key] = k
			}
			x.keys = add(x.keys, []int32{k}, len(x.keys)+1)
		})
		m.items[n] = x
	}
	m.lines = make([]node, len(m.Lines))
	for n, l := range m.Lines {
		x := node{amount: l.AmountMinor, day: dayOf(l.BookingDate), named: normal(l.Reference) != ""}
		l.keys(func(key string) {
			x.serials.note(key)
			if k, ok := known[key]; ok {
				x.keys = add(x.keys, []int32{k}, len(x.keys)+1)
			}
		})
		m.lines[n] = x
	}
}

// byReference pairs what alone shares a reference.
func (m *matcher) byReference() {
	for n := range m.lines {
		l := int32(n)
		mine := m.itemsAt.agreeing(m.lines[l], m.reach, 2)
		if len(mine) != 1 {
			continue
		}
		if back := m.linesAt.agreeing(m.items[mine[0]], m.reach, 2); len(back) == 1 {
			m.pair(mine[0], l, ByReference)
		}
	}
}

func (m *matcher) pair(item, line int32, why Reason) {
	m.usedItems[item], m.usedLines[line] = true, true
	m.pairs = append(m.pairs, Pair{int(item), int(line), why})
}

// findLoose sets aside what has no other side for certain, before any pair is made by amount.
func (m *matcher) findLoose() {
	m.loose.items = newTable(m.items, func(n int32) bool {
		return !m.usedItems[n] && len(m.linesAt.fitting(m.items[n], m.reach, 1)) == 0
	})
	m.loose.lines = newTable(m.lines, func(n int32) bool {
		return !m.usedLines[n] && len(m.itemsAt.fitting(m.lines[n], m.reach, 1)) == 0
	})
	m.open.items = newTable(m.items, func(n int32) bool { return !m.usedItems[n] && !m.hasOne(m.linesAt, m.items[n], m.itemsAt) })
	m.open.lines = newTable(m.lines, func(n int32) bool { return !m.usedLines[n] && !m.hasOne(m.itemsAt, m.lines[n], m.linesAt) })
}

// byAmount pairs what alone fits. A pair changes nothing for the others: neither fitted any of them.
func (m *matcher) byAmount() {
	for _, l := range m.linesAt.byDay {
		if i, alone := m.alone(l); alone && m.doubt(i, l) == "" {
			m.pair(i, l, ByAmount)
		}
	}
}

// alone is the one item that fits a line, if that item fits no other one.
func (m *matcher) alone(l int32) (int32, bool) {
	mine := m.itemsAt.fitting(m.lines[l], m.reach, 1)
	return append(mine, 0)[0], m.hasOne(m.itemsAt, m.lines[l], m.linesAt)
}

// doubt says why a pair that alone fits is not beyond doubt; "" when it is.
func (m *matcher) doubt(i, l int32) Doubt {
	item, line := m.items[i], m.lines[l]
	if rule, _ := m.Rules.mode(m.Items[i].Mode); rule.FeeBasisPoints > 0 {
		return DoubtFee
	}
	if m.linesAt.names(item, m.reach) || m.itemsAt.names(line, m.reach) {
		return DoubtReference
	}
	if !m.covered(i, l) {
		return DoubtOpen
	}
	if m.partOfSum(i, l) {
		return DoubtSum
	}
	if m.beyond(i, l) {
		return DoubtBeyond
	}
	return ""
}

// partOfSum reports whether the item may be a part of a line that nothing fits, or the line of such an
// item. Where neither has a reference, all that is not alone with its own other side is looked at, too.
func (m *matcher) partOfSum(i, l int32) bool {
	item, line := m.items[i], m.lines[l]
	wholes := m.loose
	if !item.named && !line.named && len(item.serials) == 0 && len(line.serials) == 0 {
		wholes = m.open
	}
	return partOf(item, i, wholes.lines, m.loose.items, m.itemsAt, m.reach) ||
		partOf(line, l, wholes.items, m.loose.lines, m.linesAt, m.reach)
}

// beyond reports whether an item that has no line of its own lies a little beyond the line's window, or
// such a line beyond the item's: a payment that is late may have met a wrong one.
func (m *matcher) beyond(i, l int32) bool {
	wide := m.reach
	wide.days = 2*wide.days + 1
	items := m.itemsAt.fitting(m.lines[l], wide, maxFits)
	lines := m.linesAt.fitting(m.items[i], wide, maxFits)
	if len(items) == maxFits || len(lines) == maxFits {
		return true
	}
	for _, other := range items {
		if other != i && !m.hasOne(m.linesAt, m.items[other], m.itemsAt) {
			return true
		}
	}
	for _, other := range lines {
		if other != l && !m.hasOne(m.itemsAt, m.lines[other], m.linesAt) {
			return true
		}
	}
	return false
}

// hasOne reports whether x and one node of the other side fit each other and nothing else.
func (m *matcher) hasOne(other *table, x node, own *table) bool {
	fits := other.fitting(x, m.reach, 2)
	return len(fits) == 1 && len(own.fitting(other.nodes[fits[0]], m.reach, 2)) == 1
}

// covered reports whether everything that could fit the pair's item or line as well is known.
func (m *matcher) covered(i, l int32) bool {
	on, days := m.Items[i].Date, m.Rules.WindowDays
	from, to := max(on.AddDays(-days), m.Rules.OpeningDate.AddDays(1)), on.AddDays(days)
	if m.Lines[l].BookingDate.AddDays(days) > m.Cover.BooksTo {
		return false
	}
	for _, s := range m.Cover.Bank {
		if s.From <= from && to <= s.To {
			return true
		}
	}
	return false
}

const (
	maxWholes = 256 // of a window that a sum is looked for in
	maxParts  = 24
)

// partOf reports whether x may be a part of something on the other side that nothing fits: whether that
// is the sum of x and another one, or of x and two more that nothing fits.
func partOf(x node, self int32, wholes, parts, all *table, r reach) bool {
	near := wholes.window(wholes.byDay, x.day, r)
	for _, w := range near[:min(len(near), maxWholes)] {
		whole := wholes.nodes[w]
		rest := whole.amount - x.amount
		if (whole.amount < 0) != (x.amount < 0) || rest == 0 || (rest < 0) != (x.amount < 0) {
			continue
		}
		if all.exists(rest, whole.day, r, func(n int32) bool { return n != self }) {
			return true
		}
		others := parts.window(parts.byDay, whole.day, r)
		for _, o := range others[:min(len(others), maxParts)] {
			last := rest - parts.nodes[o].amount
			if o != self && last != 0 && (last < 0) == (x.amount < 0) && parts.exists(last, whole.day, r, func(n int32) bool { return n != self && n != o }) {
				return true
			}
		}
	}
	return false
}
