package daybookstore_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// rooms are sound numbers for a random history.
func (p *play) rooms() daybook.Rooms {
	number := rapid.Int64Range(0, 20)
	r := daybook.Rooms{OutOfOrder: number.Draw(p.r, "out of order"), Sold: number.Draw(p.r, "sold"), Complimentary: number.Draw(p.r, "complimentary")}
	r.Available = r.OutOfOrder + r.Sold + r.Complimentary + number.Draw(p.r, "empty")
	if rapid.Bool().Draw(p.r, "guests were counted") {
		guests := number.Draw(p.r, "guests")
		r.Guests = &guests
	}
	return r
}

func guests(n int64) *int64 { return &n }

// TestStatistics: the last ones of a date stand, guests that nobody counted any more are gone, and the
// range is read oldest first over months without a row.
func TestStatistics(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), "2026-01-01", 0)
	h.do(t, let("a", "2026-03-10", daybook.Rooms{Available: 10, Sold: 4, Guests: guests(8)}))
	h.do(t, let("b", "2026-01-31", daybook.Rooms{Available: 10, OutOfOrder: 1, Complimentary: 2, Guests: guests(0)}))
	h.do(t, let("c", "2026-03-10", daybook.Rooms{Available: 10, Sold: 5}))
	january := daybook.Statistics{Date: mustDate("2026-01-31"), Version: 1, Rooms: daybook.Rooms{Available: 10, OutOfOrder: 1, Complimentary: 2, Guests: guests(0)}}
	march := daybook.Statistics{Date: today, Version: 2, Rooms: daybook.Rooms{Available: 10, Sold: 5}}
	for _, tt := range []struct {
		from, to string
		want     []daybook.Statistics
	}{
		{"2026-01-01", "2026-12-31", []daybook.Statistics{january, march}},
		{"2026-01-31", "2026-03-09", []daybook.Statistics{january}},
		{"2026-02-01", "2026-03-10", []daybook.Statistics{march}},
		{"2026-02-01", "2026-02-28", nil},
	} {
		got, err := h.Statistics(testkit.Context(t), h.desk.Book, mustDate(tt.from), mustDate(tt.to))
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s to %s: %v (-want +got):\n%s", tt.from, tt.to, err, diff)
		}
	}
	for _, to := range []bizdate.Date{mustDate("2026-01-02"), mustDate("2027-01-04")} {
		if _, err := h.Statistics(testkit.Context(t), h.desk.Book, mustDate("2026-01-03"), to); !errors.Is(err, daybookstore.ErrRange) {
			t.Errorf("up to %v: %v", to, err)
		}
	}
}

// TestReadStatisticsAtASnapshot: a report reads them at its own moment, in one RPC.
func TestReadStatisticsAtASnapshot(t *testing.T) {
	t.Parallel()
	var calls rpc.Counter
	db := testkit.Spanner(t, calls.Options()...)
	h := newHouse(t, db, "2026-03-01", 0)
	before := h.do(t, let("a", todayText, daybook.Rooms{Available: 10, Sold: 4}))
	h.do(t, let("b", todayText, daybook.Rooms{Available: 10, Sold: 5}))
	calls.Reset()
	got, err := daybookstore.ReadStatistics(testkit.Context(t), db.SnapshotAt(before.At), h.desk.Book, h.desk.Property.GoLive, today)
	want := []daybook.Statistics{{Date: today, Version: 1, Rooms: daybook.Rooms{Available: 10, Sold: 4}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || calls.Total() != 1 {
		t.Errorf("%d RPCs, %v (-want +got):\n%s", calls.Total(), err, diff)
	}
}
