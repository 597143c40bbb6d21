package reconstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"cloud.google.com/go/spanner"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/reconstore"
	"innkeep.internal/shared/testkit"
)

// walk is a house in which matches are made and undone at random, and what this test itself knows of
// them.
type walk struct {
	house
	t       *testing.T
	entries []string
	lines   []string
	minor   map[string]int64
	on      map[string]bizdate.Date
	active  map[string]reconstore.Match // by id
	undone  []recon.MatchRef
}

func newWalk(t *testing.T) *walk {
	w := &walk{house: newHouse(t), t: t, minor: map[string]int64{}, on: map[string]bizdate.Date{}, active: map[string]reconstore.Match{}}
	lots := rand.New(rand.NewPCG(1, 2))
	amounts := []int64{1_000, 2_000, 3_000, -1_000, -2_000}
	var drafts []daybook.Draft
	var lines []recon.Line
	for range 14 {
		drafts = append(drafts, draft(first.AddDays(lots.IntN(28)), amounts[lots.IntN(len(amounts))], ""))
		lines = append(lines, recon.Line{BookingDate: first.AddDays(lots.IntN(28)), AmountMinor: amounts[lots.IntN(len(amounts))], Text: "x"})
	}
	w.entries = w.book(t, drafts...)
	for i, id := range w.entries {
		w.minor[id], w.on[id] = drafts[i].AmountMinor, drafts[i].BusinessDate
		if drafts[i].Kind == "EXPENSE" {
			w.minor[id] = -drafts[i].AmountMinor
		}
	}
	st := w.load(t, "", statement(first, first.AddDays(30), 100_000, lines...))
	w.lines = w.house.lines(t, st.Outcome.Ref)
	for i, id := range w.lines {
		w.minor[id], w.on[id] = lines[i].AmountMinor, lines[i].BookingDate
	}
	return w
}

// declare tries a match of a drawn shape: it must be made just when all its members are free.
func (w *walk) declare(t *rapid.T) {
	shape := rapid.SampledFrom([][2]int{{1, 1}, {1, 1}, {2, 1}, {3, 1}, {1, 2}}).Draw(t, "shape")
	pick := func(all []string, n int, what string) []string {
		return slices.Clone(rapid.Permutation(all).Draw(t, what)[:n])
	}
	d := reconstore.Declaration{Entries: pick(w.entries, shape[0], "entries"), Lines: pick(w.lines, shape[1], "lines")}
	difference, free := int64(0), true
	for _, id := range d.Lines {
		difference += w.minor[id]
	}
	for _, id := range d.Entries {
		difference -= w.minor[id]
	}
	for _, m := range w.active {
		for _, id := range slices.Concat(d.Entries, d.Lines) {
			free = free && !slices.Contains(m.Entries, id) && !slices.Contains(m.Lines, id)
		}
	}
	d.DifferenceMinor = &difference
	made, err := w.Declare(testkit.Context(w.t), w.act(""), w.desk, d)
	switch {
	case free && err != nil, !free && !errors.Is(err, reconstore.ErrMatched):
		t.Fatalf("free %v: %v", free, err)
	case free:
		w.active[made.Outcome.ID()] = made.Outcome
	}
}

func (w *walk) undo(t *rapid.T) {
	all := make([]string, 0, len(w.active))
	for id := range w.active {
		all = append(all, id)
	}
	slices.Sort(all)
	if len(all) == 0 {
		return
	}
	id := rapid.SampledFrom(all).Draw(t, "match")
	ref := w.active[id].Ref
	if _, err := w.Undo(testkit.Context(w.t), w.act(""), ref, "again"); err != nil {
		t.Fatal(err)
	}
	delete(w.active, id)
	w.undone = append(w.undone, ref)
}

func (w *walk) undoAgain(t *rapid.T) {
	if len(w.undone) == 0 {
		return
	}
	ref := rapid.SampledFrom(w.undone).Draw(t, "undone")
	if _, err := w.Undo(testkit.Context(w.t), w.act(""), ref, "again"); !errors.Is(err, reconstore.ErrUndone) {
		t.Fatalf("undone twice: %v", err)
	}
}

func (w *walk) run(t *rapid.T) {
	ran, err := w.Run(testkit.Context(w.t), w.act(""), w.desk, first, first.AddDays(30), today)
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.Matches(testkit.Context(w.t), w.desk.Book, first, today, nil, false, 500)
	if err != nil {
		t.Fatal(err)
	}
	fresh := 0
	for _, m := range all {
		if _, known := w.active[m.ID()]; !known {
			w.active[m.ID()] = m
			fresh++
			if m.Origin != reconstore.Automatic || m.DifferenceMinor() != 0 || len(m.Entries) != 1 || len(m.Lines) != 1 {
				t.Fatalf("a run made %+v", m)
			}
		}
	}
	if fresh != ran.Outcome.ByAmount+ran.Outcome.ByReference {
		t.Fatalf("a run made %d matches and tells of %+v", fresh, ran.Outcome)
	}
}

// check compares the tables with what the test knows: I19, and the reconciliation equation.
func (w *walk) check(t *rapid.T) {
	in := map[string]string{}
	for id, m := range w.active {
		for _, x := range slices.Concat(m.Entries, m.Lines) {
			if in[x] != "" {
				t.Fatalf("%s stands in %s and %s", x, in[x], id)
			}
			in[x] = id
		}
	}
	rows := 0
	err := w.db.Single().Read(testkit.Context(w.t), "MatchMembers", spanner.AllKeys(), []string{"MemberId", "MatchId"}).Do(func(r *spanner.Row) error {
		var id, match string
		rows++
		if err := r.Columns(&id, &match); err != nil || w.active[in[id]].Ref.Match.String() != match {
			return fmt.Errorf("member %s of %s: %w", id, match, err)
		}
		return nil
	})
	if err != nil || rows != len(in) {
		t.Fatalf("%d members, want %d: %v", rows, len(in), err)
	}
	for _, on := range []bizdate.Date{first.AddDays(rapid.IntRange(0, 30).Draw(t, "day")), today} {
		w.equation(t, on, in)
	}
}

// equation draws up the reconciliation statement in this test's own words.
func (w *walk) equation(t *rapid.T, on bizdate.Date, in map[string]string) {
	p := w.prove(w.t, on)
	book, bank := int64(100_000), int64(100_000)
	var items, lines int
	outstanding := func(id string) bool {
		match := in[id]
		if match == "" {
			return true
		}
		m := w.active[match]
		return slices.ContainsFunc(slices.Concat(m.Entries, m.Lines), func(x string) bool { return w.on[x] > on })
	}
	for _, id := range w.entries {
		if w.on[id] <= on {
			book += w.minor[id]
			if outstanding(id) {
				items++
			}
		}
	}
	for _, id := range w.lines {
		if w.on[id] <= on {
			bank += w.minor[id]
			if outstanding(id) {
				lines++
			}
		}
	}
	if p.BookMinor != book || p.BankMinor == nil || *p.BankMinor != bank || !p.Proved || *p.UnexplainedMinor != 0 || len(p.Items) != items || len(p.Lines) != lines {
		t.Fatalf("%s: book %d, bank %d, %d and %d outstanding; told %+v", on, book, bank, items, lines, p.Reconciliation)
	}
}

// TestMatchesInAnyOrder (I19): however matches are made, undone and made by runs, no item and no line
// stands in two, the rows say what the matches say, and the reconciliation statement proves itself on
// any date.
func TestMatchesInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(3, 10).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1, 2, 3, 4:
				w.declare(t)
			case 5, 6, 7:
				w.undo(t)
			case 8:
				w.undoAgain(t)
			default:
				w.run(t)
			}
		}
		w.check(t)
	})
	t.Logf("%d matches stand, %d were undone", len(w.active), len(w.undone))
}
