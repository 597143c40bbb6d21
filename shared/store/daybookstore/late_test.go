package daybookstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

func (h house) entry(t *testing.T, id ids.Entry) daybook.Entry {
	t.Helper()
	e, err := h.Entry(testkit.Context(t), h.desk.Book, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Whatever is done late about entries of closed days, the closed rows stay as they are, bit for bit.
func TestLateActsKeepClosedFigures(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 50_000)
	approved, rejected := h.waiting(t, "a", "2026-03-05", 100), h.waiting(t, "r", "2026-03-05", 200)
	withdrawn, reversed := h.waiting(t, "w", "2026-03-05", 400), h.posted(t, "v", "2026-03-05", 800)
	h.do(t, count("n", "2026-03-05", 50_700))
	h.do(t, closeDay("c", "2026-03-08"))
	closed := h.rows(t)
	for _, o := range []struct {
		id ids.Entry
		do func(string, ids.Entry) daybookstore.Order
		at string
	}{
		{approved, approve, todayText}, {rejected, reject, ""}, {withdrawn, withdraw, ""}, {reversed, reverse, "2026-03-05"},
	} {
		h.do(t, o.do("late", o.id))
		if diff := cmp.Diff(closed, h.rows(t)[:len(closed)]); diff != "" {
			t.Errorf("%s changed what is closed (-was +is):\n%s", o.do("", o.id).Action.Operation(), diff)
		}
		e := h.entry(t, o.id)
		if e.BusinessDate.String() != "2026-03-05" || !e.PostedDate.IsZero() && e.PostedDate.String() != o.at {
			t.Errorf("the entry is of %s and posted on %s, want %q", e.BusinessDate, e.PostedDate, o.at)
		}
	}
	// The late approval adds 100 to today, and the reversal takes 800 away.
	if d := h.day(t, todayText); d.OpeningMinor != 50_800 || d.ClosingMinor != 50_100 || d.Flows.EntryCount != 2 {
		t.Errorf("today = %+v", d)
	}
}

// An entry that was approved late counts on the open day of then. When its own day is open again,
// its reversal still stands where it counts, and the two sum to zero there.
func TestReversalOfALateApprovalAfterAReopen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	id := h.waiting(t, "w", "2026-03-05", 100)
	h.do(t, closeDay("c", "2026-03-05"))
	h.do(t, approve("a", id))
	h.do(t, reopen("o", "2026-03-05"))
	r := h.do(t, reverse("v", id))
	if r.Stream != today || h.day(t, todayText).ClosingMinor != 0 || h.day(t, "2026-03-05").Flows.EntryCount != 0 {
		t.Errorf("the reversal stands in %s; today %+v", r.Stream, h.day(t, todayText))
	}
	if e := h.entry(t, id); e.Status != daybook.Reversed || e.PostedDate != today || !e.Late() {
		t.Errorf("entry = %s, posted on %s", e.Status, e.PostedDate)
	}
}

// Gap days have no rows: they close with the next row's day, carry the opening, and reopen with it.
func TestFault05OpeningAfterAGap(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-02-20", 50_000)
	h.posted(t, "before", "2026-02-25", 100)
	h.posted(t, "after", "2026-03-06", 10)
	if d := h.day(t, "2026-03-06"); d.OpeningMinor != 50_100 {
		t.Errorf("opening after a gap = %d, want 50100", d.OpeningMinor)
	}
	h.posted(t, "in the gap", "2026-02-28", 1_000)
	if d := h.day(t, "2026-03-06"); d.OpeningMinor != 51_100 || d.ClosingMinor != 51_110 {
		t.Errorf("the later day did not move: %+v", d)
	}
	h.do(t, closeDay("c", "2026-03-06"))
	gap := record("gap", revenue("2026-03-03", 1))
	if _, err := h.Execute(testkit.Context(t), h.desk, gap); !errors.Is(err, daybook.ErrDayClosed) {
		t.Errorf("a gap day of a closed stretch: %v, want ErrDayClosed", err)
	}
	h.do(t, reopen("o", "2026-03-06"))
	h.do(t, gap)
	if d := h.day(t, "2026-03-06"); d.OpeningMinor != 51_101 {
		t.Errorf("opening = %d, want 51101", d.OpeningMinor)
	}
	below := record("below", revenue("2026-02-27", 1)) // closed with the row of 2026-02-28, which was not reopened
	if _, err := h.Execute(testkit.Context(t), h.desk, below); !errors.Is(err, daybook.ErrDayClosed) {
		t.Errorf("a gap day below a closed row: %v, want ErrDayClosed", err)
	}
}

// Today can be closed before it ends: late things then go to tomorrow, and so does tomorrow's first
// entry, though no row of today is open.
func TestLateThingsAfterTodayIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	id := h.waiting(t, "w", todayText, 100)
	h.do(t, closeDay("c", todayText))
	if r := h.do(t, approve("a", id)); r.Stream != today.AddDays(1) {
		t.Errorf("the late approval stands in %s, want tomorrow", r.Stream)
	}
	h.posted(t, "p", "2026-03-11", 5)
	*h.now = noon.Add(24 * time.Hour)
	if d := h.day(t, "2026-03-11"); d.OpeningMinor != 0 || d.ClosingMinor != 105 {
		t.Errorf("tomorrow = %+v", d)
	}
	h.do(t, closeDay("c2", "2026-03-11"))
	if rows := h.rows(t); len(rows) != 3 || !rows[2].Closed || rows[2].Date != bizdate.MustParse("2026-03-11") {
		t.Errorf("rows = %+v", rows)
	}
}
