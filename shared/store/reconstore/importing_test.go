package reconstore_test

import (
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/reconstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// big is a statement of n lines, as many a day, each with a reference of its own.
func big(n int) recon.Statement {
	lines := make([]recon.Line, n)
	for i := range lines {
		lines[i] = recon.Line{BookingDate: first.AddDays(i * 30 / n), AmountMinor: int64(1_000 + i%500), Reference: fmt.Sprintf("INV-%06d", i), Text: "transfer"}
	}
	return statement(first, first.AddDays(30), 100_000, lines...)
}

// seen is how many statements and lines readers see, and how many lines the table has.
func (h house) seen(t *testing.T) (statements, outstanding int) {
	t.Helper()
	all, err := h.Statements(testkit.Context(t), h.desk.Book, nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(all), len(h.prove(t, today).Lines)
}

// TestAnImportThatIsCutOff: until its last commit nobody sees anything of it, and who repeats it under
// the same key, or another one, goes on; once.
func TestAnImportThatIsCutOff(t *testing.T) {
	t.Parallel()
	for commit := 1; commit <= 4; commit++ { // its row, two of lines, the one that lets it be seen
		for _, key := range []string{"same", "another"} {
			t.Run(fmt.Sprintf("commit %d, %s key", commit, key), func(t *testing.T) {
				t.Parallel()
				faults := &rpc.Faults{}
				h := newHouse(t, faults.Options()...)
				st := big(2_500)
				faults.On("Commit").Nth(commit).Times(rpc.Always).Fail(codes.PermissionDenied)
				_, err := h.Import(testkit.Context(t), h.act("same"), "CSV", func(reconstore.Kept) (recon.Statement, error) { return st, nil })
				if err == nil {
					t.Fatal("no commit failed")
				}
				faults.Clear()
				if n, lines := h.seen(t); n != 0 || lines != 0 {
					t.Errorf("of a statement that is not whole %d lines are seen", lines)
				}
				d := h.load(t, key, st)
				if n, lines := h.seen(t); n != 1 || lines != 2_500 || d.Outcome.Known || d.Outcome.LineCount != 2_500 {
					t.Errorf("%d statements, %d lines: %+v", n, lines, d)
				}
				if again := h.load(t, key, st); !again.Replayed || again.Outcome.Ref != d.Outcome.Ref {
					t.Errorf("%+v", again)
				}
			})
		}
	}
}

// TestAnImportThatWasGivenUp: a statement that was cut off stands in nobody's way.
func TestAnImportThatWasGivenUp(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, faults.Options()...)
	faults.On("Commit").Nth(3).Times(rpc.Always).Fail(codes.PermissionDenied)
	wrong := big(2_500)
	wrong.ID = "03"
	if _, err := h.Import(testkit.Context(t), h.act(""), "CSV", func(reconstore.Kept) (recon.Statement, error) { return wrong, nil }); err == nil {
		t.Fatal("no commit failed")
	}
	faults.Clear()
	right := big(20)
	right.ID = "03"
	h.load(t, "", right)
	if n, lines := h.seen(t); n != 1 || lines != 20 {
		t.Errorf("%d statements, %d lines", n, lines)
	}
	if d := h.load(t, "", right); !d.Outcome.Known {
		t.Errorf("%+v", d)
	}
	if _, err := h.Import(testkit.Context(t), h.act(""), "CSV", func(reconstore.Kept) (recon.Statement, error) { return wrong, nil }); !errors.Is(err, reconstore.ErrDiffers) {
		t.Error(err)
	}
}

// TestLostAnswers (I8): an act whose commit's answer is lost takes effect once, and tells of it.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, faults.Options()...)
	h.book(t, draft(first, 1_000, "INV-000000"), draft(first.AddDays(1), 1_001, "INV-000001"))
	lose := func() { faults.On("Commit").Lose(codes.Unavailable) }
	lose()
	st := h.load(t, "", big(2))
	lines := h.lines(t, st.Outcome.Ref)
	lose()
	ran, err := h.Run(testkit.Context(t), h.act("run"), h.desk, first, first.AddDays(30), today)
	if err != nil || ran.Outcome.ByReference != 1 {
		t.Fatalf("%+v %v", ran, err)
	}
	m, err := h.Matches(testkit.Context(t), h.desk.Book, first, today, nil, true, 10)
	if err != nil || len(m) != 1 {
		t.Fatalf("%+v %v", m, err)
	}
	lose()
	if d, err := h.Undo(testkit.Context(t), h.act("undo"), m[0].Ref, "r"); err != nil || !d.Outcome.Undone {
		t.Fatalf("%+v %v", d, err)
	}
	lose()
	d, err := h.Declare(testkit.Context(t), h.act("match"), h.desk, reconstore.Declaration{Entries: m[0].Entries, Lines: lines[:1]})
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Declare(testkit.Context(t), h.act("match"), h.desk, reconstore.Declaration{Entries: m[0].Entries, Lines: lines[:1]})
	if err != nil || !again.Replayed || again.Outcome.ID() != d.Outcome.ID() {
		t.Errorf("%+v %v", again, err)
	}
}

// TestALargeStatement: 10,000 lines are imported, matched and proved.
func TestALargeStatement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const n = 10_000
	st := big(n)
	var drafts []daybook.Draft
	for i := 0; i < n; i += 20 {
		drafts = append(drafts, draft(st.Lines[i].BookingDate, st.Lines[i].AmountMinor, st.Lines[i].Reference))
	}
	h.book(t, drafts...)
	if d := h.load(t, "", st); d.Outcome.LineCount != n {
		t.Errorf("%+v", d)
	}
	ran, err := h.Run(testkit.Context(t), h.act(""), h.desk, first, first.AddDays(30), today)
	if err != nil || ran.Outcome.ByReference != len(drafts) || ran.Outcome.Lines != n {
		t.Errorf("%+v %v", ran, err)
	}
	if p := h.prove(t, today); !p.Proved || len(p.Lines) != n-len(drafts) || len(p.Items) != 0 {
		t.Errorf("%v, %d lines, %d items", p.Proved, len(p.Lines), len(p.Items))
	}
}
