package recon

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Kind is how many book items and how many statement lines a match has.
type Kind string

// The kinds of a match (I19): one to one, or a declared many to one. A reversal settles its original
// within the books, where the bank has seen neither.
const (
	OneToOne Kind = "ONE_TO_ONE"
	Merged   Kind = "MERGED" // several items, one line: a payout, a deposit of several days
	Split    Kind = "SPLIT"  // one item, several lines: a payment in parts
	Reversal Kind = "REVERSAL"
)

// Doubt is why something that may belong together is not matched without asking.
type Doubt string

// The doubts.
const (
	DoubtAmbiguous Doubt = "AMBIGUOUS"       // something else fits as well
	DoubtOpen      Doubt = "WINDOW_OPEN"     // something else may fit yet, when statements and books go on
	DoubtReference Doubt = "REFERENCE_ALSO"  // its reference stands at another amount, too
	DoubtSum       Doubt = "PART_OF_SUM"     // it may be a part of another payment
	DoubtBeyond    Doubt = "ANOTHER_NEARBY"  // one that nothing fits lies a little beyond the window
	DoubtFee       Doubt = "FEE_EXPECTED"    // its mode is paid out less a fee
	DoubtGroup     Doubt = "GROUP"           // several make the sum: nobody has declared it
	DoubtPayout    Doubt = "PAYOUT"          // all of a mode in some days make the sum, less its fee
	DoubtReversal  Doubt = "ENTRY_REVERSED"  // an entry and its reversal, of which the bank saw neither
	DoubtCommon    Doubt = "REFERENCE_GROUP" // all that share the reference make the sum
)

// Suggestion is a match that a person may declare. Items and Lines are numbers in the Case.
type Suggestion struct {
	Kind            Kind
	Doubt           Doubt
	Items, Lines    []int
	DifferenceMinor int64 // lines less items: a fee, as a rule
}

const (
	maxFits   = 12 // candidates of one line that are offered
	maxGroups = 3  // sums of one line or item that are offered
	maxPairs  = 2_000
	maxTriple = 60 // candidates among which three are looked for
	maxGroup  = 200
)

// Suggest gives what may belong together and is not decided, the oldest line first, then the oldest
// item, at most max of them.
func (c Case) Suggest(most int) []Suggestion {
	m := c.decide()
	var out []Suggestion
	take := func(more ...Suggestion) bool {
		out = append(out, more[:min(len(more), most-len(out))]...)
		return len(out) < most
	}
	for _, l := range m.linesAt.byDay {
		if !m.usedLines[l] && !take(m.ofLine(l)...) {
			return out
		}
	}
	for _, i := range m.itemsAt.byDay {
		if !m.usedItems[i] && !take(m.ofItem(i)...) {
			return out
		}
	}
	take(m.reversals()...)
	return out
}

// ofLine is what a line may be the payment of.
func (m *matcher) ofLine(l int32) []Suggestion {
	var out []Suggestion
	grouped := true
	fits := m.itemsAt.fitting(m.lines[l], m.reach, maxFits)
	for _, i := range fits {
		doubt := DoubtAmbiguous
		if _, alone := m.alone(l); alone {
			doubt = m.doubt(i, l)
		}
		grouped = grouped && doubt == DoubtSum
		out = append(out, m.suggestion(OneToOne, doubt, []int32{i}, []int32{l}))
	}
	if grouped {
		out = append(out, m.merged(l)...)
	}
	return out
}

// ofItem is which lines may be the parts of an item.
func (m *matcher) ofItem(i int32) []Suggestion {
	fits := m.linesAt.fitting(m.items[i], m.reach, 1)
	if len(fits) > 0 && (m.usedLines[fits[0]] || m.doubt(i, fits[0]) != DoubtSum) {
		return nil
	}
	x := m.items[i]
	parts := m.parts(m.linesAt, m.usedLines, x)
	var out []Suggestion
	if named := sharing(x, m.lines, parts); len(named) > 1 && m.sums(x.amount, m.lines, named, m.reach.tolerance) {
		return append(out, m.suggestion(Split, DoubtCommon, []int32{i}, named))
	}
	for _, g := range groups(x.amount, m.lines, parts, m.reach.tolerance) {
		out = append(out, m.suggestion(Split, DoubtGroup, []int32{i}, g))
	}
	return out
}

// merged is which items a line may be the sum of.
func (m *matcher) merged(l int32) []Suggestion {
	x := m.lines[l]
	parts := m.parts(m.itemsAt, m.usedItems, x)
	var out []Suggestion
	if named := sharing(x, m.items, parts); len(named) > 1 && m.sums(x.amount, m.items, named, m.reach.tolerance) {
		return append(out, m.suggestion(Merged, DoubtCommon, named, []int32{l}))
	}
	out = append(out, m.payouts(l, parts)...)
	for _, g := range groups(x.amount, m.items, parts, m.reach.tolerance) {
		s := m.suggestion(Merged, DoubtGroup, g, []int32{l})
		if len(out) < maxGroups && !slices.ContainsFunc(out, func(o Suggestion) bool { return slices.Equal(o.Items, s.Items) }) {
			out = append(out, s)
		}
	}
	return out
}

// parts are the free nodes of a table that may be parts of x: of its sign, smaller, within its days.
func (m *matcher) parts(t *table, used []bool, x node) []int32 {
	var out []int32
	for _, p := range t.window(t.byDay, x.day, m.reach) {
		a := t.nodes[p].amount
		if !used[p] && (a < 0) == (x.amount < 0) && magnitude(a) < magnitude(x.amount)+magnitude(m.reach.tolerance) {
			out = append(out, p)
		}
	}
	return out
}

// reversals are entries that were undone, with what undid them: the bank may have seen neither.
func (m *matcher) reversals() []Suggestion {
	at := make(map[string]int32, len(m.Items))
	for _, i := range m.itemsAt.byDay {
		at[m.Items[i].ID] = i
	}
	var out []Suggestion
	for _, i := range m.itemsAt.byDay {
		if first, known := at[m.Items[i].ReversalOf]; known && !m.usedItems[i] && !m.usedItems[first] {
			out = append(out, m.suggestion(Reversal, DoubtReversal, []int32{first, i}, nil))
		}
	}
	return out
}

func (m *matcher) suggestion(k Kind, d Doubt, items, lines []int32) Suggestion {
	s := Suggestion{Kind: k, Doubt: d}
	for _, i := range items {
		s.Items = append(s.Items, int(i))
		s.DifferenceMinor -= m.items[i].amount
	}
	for _, l := range lines {
		s.Lines = append(s.Lines, int(l))
		s.DifferenceMinor += m.lines[l].amount
	}
	slices.Sort(s.Items)
	slices.Sort(s.Lines)
	return s
}

// SuggestionID names what belongs together: the same items and lines have the same id at any time.
func SuggestionID(items, lines []string) string {
	items, lines = slices.Clone(items), slices.Clone(lines)
	slices.Sort(items)
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(items, "\n") + "\n\n" + strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:12])
}
