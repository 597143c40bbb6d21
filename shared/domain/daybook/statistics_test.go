package daybook_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
)

// letting are the rooms of a date; without guests where the last number is negative.
func letting(available, outOfOrder, sold, complimentary, guests int64) daybook.Rooms {
	r := daybook.Rooms{Available: available, OutOfOrder: outOfOrder, Sold: sold, Complimentary: complimentary}
	if guests >= 0 {
		r.Guests = &guests
	}
	return r
}

// rooms are sound ones.
func rooms() *rapid.Generator[daybook.Rooms] {
	return rapid.Custom(func(t *rapid.T) daybook.Rooms {
		number := rapid.Int64Range(0, 50)
		out, sold, free := number.Draw(t, "out of order"), number.Draw(t, "sold"), number.Draw(t, "complimentary")
		return letting(out+sold+free+number.Draw(t, "empty"), out, sold, free, rapid.Int64Range(-1, 100).Draw(t, "guests"))
	})
}

func TestDecideStatistics(t *testing.T) {
	t.Parallel()
	record := func(n int) func(*book) daybook.Action {
		return do(daybook.RecordStatistics{Date: may(n), Rooms: letting(10, 1, 6, 1, 11)})
	}
	before := func(b *book) {
		b.must(desk, daybook.RecordStatistics{Date: may(10), Rooms: letting(10, 0, 0, 0, -1)})
	}
	reopened := func(b *book) { closing(5)(b); b.must(owner, daybook.Reopen{Date: may(5), Reason: "r"}) }
	decide(t, []decision{
		{"today", nil, desk, record(10), "2024-05-10/1 StatisticsRecorded", nil},
		{"an earlier open day", nil, manager, record(4), "2024-05-04/1 StatisticsRecorded", nil},
		{"the go-live day", nil, accountant, record(1), "2024-05-01/2 StatisticsRecorded", nil},
		{"again", before, owner, record(10), "2024-05-10/2 StatisticsRecorded", nil},
		{"a day that was reopened", reopened, owner, record(5), "2024-05-05/3 StatisticsRecorded", nil},
		{"tomorrow", nil, desk, record(11), "", daybook.ErrDateInFuture},
		{"before go-live", nil, desk, record(0), "", daybook.ErrBeforeGoLive},
		{"a closed day", closing(5), owner, record(5), "", daybook.ErrDayClosed},
		{"a gap day of closed days", closing(5), owner, record(3), "", daybook.ErrDayClosed},
		{"a service", nil, service, record(10), "", approval.ErrForbidden},
		{"an auditor", nil, auditor, record(10), "", approval.ErrForbidden},
		{"unknown role", nil, nobody, record(10), "", approval.ErrForbidden},
	})
}

// TestStatisticsMoveNoMoney: of the day's row they change version and chain alone.
func TestStatisticsMoveNoMoney(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(owner, counted(may(1), 900))
	was := b.row(may(1))
	e := b.must(desk, daybook.RecordStatistics{Date: may(1), Rooms: letting(10, 0, 9, 0, 12)})
	was.Version, was.Chain = e.Version, e.Chain
	if diff := cmp.Diff(was, b.row(may(1))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRoomsCheck(t *testing.T) {
	t.Parallel()
	below := int64(-1)
	for _, tt := range []struct {
		name  string
		rooms daybook.Rooms
		code  string
		at    []string
	}{
		{"all sold", letting(10, 0, 10, 0, 20), "", nil},
		{"full with what is broken and given away", letting(10, 2, 5, 3, 0), "", nil},
		{"a closed house", letting(0, 0, 0, 0, -1), "", nil},
		{"the largest", letting(100_000, 0, 100_000, 0, 1_000_000), "", nil},
		{"out of order ones are available", letting(10, 1, 10, 0, -1), "rooms_exceed_available", []string{"/roomsAvailable"}},
		{"complimentary ones are not sold", letting(10, 0, 10, 1, -1), "rooms_exceed_available", []string{"/roomsAvailable"}},
		{"guests below zero", daybook.Rooms{Guests: &below}, "bad_guests", []string{"/guests"}},
		{"too many guests", letting(10, 0, 10, 0, 1_000_001), "bad_guests", []string{"/guests"}},
		{"negative", letting(10, 0, -1, 0, -1), "bad_rooms", []string{"/roomsSold"}},
		{"negative ones make no room for others", letting(10, -5, 12, 0, -1), "bad_rooms", []string{"/roomsOutOfOrder"}},
		{"every fault", letting(100_001, -1, 100_001, -1, 1_000_001), "invalid_request",
			[]string{"/roomsAvailable", "/roomsOutOfOrder", "/roomsSold", "/roomsComplimentary", "/guests"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.rooms.Check()
			var code string
			var at []string
			if f := fault.From(err); f != nil {
				code = f.Code
				for _, x := range f.Fields {
					at = append(at, x.Pointer)
				}
			}
			if code != tt.code || !cmp.Equal(at, tt.at) {
				t.Errorf("%v at %v, want %s at %v", err, at, tt.code, tt.at)
			}
		})
	}
}

func TestStatisticsOf(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	if s, ok := daybook.StatisticsOf(b.events); ok {
		t.Errorf("nobody said anything: %+v", s)
	}
	b.must(desk, daybook.RecordStatistics{Date: may(1), Rooms: letting(10, 0, 9, 0, 12)})
	b.must(desk, daybook.RecordStatistics{Date: may(1), Rooms: letting(10, 1, 8, 0, -1)})
	b.must(owner, daybook.Close{Date: may(1)})
	for n, want := range map[int]daybook.Statistics{
		2: {Date: may(1), Rooms: letting(10, 0, 9, 0, 12), Version: 2}, // as it was known then
		3: {Date: may(1), Rooms: letting(10, 1, 8, 0, -1), Version: 3},
		4: {Date: may(1), Rooms: letting(10, 1, 8, 0, -1), Version: 3},
	} {
		got, ok := daybook.StatisticsOf(b.events[:n])
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("after %d events (-want +got):\n%s", n, diff)
		}
	}
}

// checkStatistics: the fold of each stream is the last event that says anything of rooms, by the
// model's own look at the list.
func (h *history) checkStatistics(t *rapid.T) {
	last, streams := map[int64]daybook.Statistics{}, map[int64][]daybook.Event{}
	for _, e := range h.events {
		n := e.Stream.Number()
		streams[n] = append(streams[n], e)
		if data, ok := e.Data.(daybook.StatisticsRecorded); ok {
			last[n] = daybook.Statistics{Date: e.Stream, Rooms: data.Rooms, Version: e.Version}
		}
	}
	for n, events := range streams {
		want, said := last[n]
		if got, ok := daybook.StatisticsOf(events); ok != said || !cmp.Equal(got, want) {
			t.Fatalf("%d: %+v, want %+v", n, got, want)
		}
	}
}
