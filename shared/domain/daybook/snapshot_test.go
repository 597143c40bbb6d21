package daybook_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// keptDay is a state with every figure.
func keptDay() daybook.Day {
	return daybook.Day{
		Date: may(10), Version: 200, Chain: daybook.Hash{0xab, 31: 0xcd}, Closed: true,
		Flows: daybook.Flows{
			CashReceivedMinor: 1, BankReceivedMinor: 2, CashExpensesMinor: 3, BankExpensesMinor: 4,
			TransfersInMinor: 5, TransfersOutMinor: 6, OverShortMinor: -7, EntryCount: 8,
		},
		Counted: true, CountedMinor: 9, CountVersion: 150, AfterCountMinor: -10,
	}
}

// The text is stored for ever: another one is another SnapshotSchema.
const keptText = `{"stream":"2024-05-10","version":200,` +
	`"chain":"ab000000000000000000000000000000000000000000000000000000000000cd","closed":true,` +
	`"cashReceivedMinor":1,"bankReceivedMinor":2,"cashExpensesMinor":3,"bankExpensesMinor":4,` +
	`"transfersInMinor":5,"transfersOutMinor":6,"overShortMinor":-7,"entryCount":8,` +
	`"count":{"countedMinor":9,"version":150,"afterMinor":-10}}`

func TestSnapshotText(t *testing.T) {
	t.Parallel()
	if got := daybook.EncodeDay(keptDay()); got != keptText || daybook.SnapshotSchema != 1 {
		t.Errorf("version %d is\n%s, was\n%s", daybook.SnapshotSchema, got, keptText)
	}
	plain := daybook.Day{Date: may(10), Version: 1}
	for _, want := range []daybook.Day{keptDay(), plain} {
		balanced := want
		balanced.OpeningMinor, balanced.ClosingMinor = 5, 6 // of the chain of balances, not of the stream
		got, err := daybook.DecodeDay(daybook.EncodeDay(balanced))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestSnapshotOfAnotherFormIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":            "",
		"null":               "null",
		"cut":                keptText[:len(keptText)-1],
		"more behind it":     keptText + "{}",
		"white space":        " " + keptText,
		"an unknown field":   strings.Replace(keptText, `"closed"`, `"shut":true,"closed"`, 1),
		"a field missing":    strings.Replace(keptText, `"cashReceivedMinor":1,`, "", 1),
		"a field twice":      strings.Replace(keptText, `"closed":true,`, `"closed":true,"closed":true,`, 1),
		"a number as text":   strings.Replace(keptText, `"version":200`, `"version":"200"`, 1),
		"a fraction":         strings.Replace(keptText, `"version":200`, `"version":200.5`, 1),
		"an overflow":        strings.Replace(keptText, `"version":200`, `"version":9223372036854775808`, 1),
		"no date":            strings.Replace(keptText, "2024-05-10", "2024-05-32", 1),
		"a short chain hash": strings.Replace(keptText, `"ab00`, `"ab`, 1),
		"a long chain hash":  strings.Replace(keptText, `"ab00`, `"ab0000`, 1),
		"capital digits":     strings.Replace(keptText, `"ab00`, `"AB00`, 1),
	} {
		if d, err := daybook.DecodeDay(text); !errors.Is(err, daybook.ErrBadSnapshot) || d != (daybook.Day{}) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// TestStateHash is the hash written a second time from its description, and what it covers.
func TestStateHash(t *testing.T) {
	t.Parallel()
	var buf []byte
	for _, part := range []string{"1", "2024-05-10", "200", keptText} {
		buf = append(binary.BigEndian.AppendUint64(buf, uint64(len(part))), part...)
	}
	base := daybook.StateHash(1, "2024-05-10", 200, keptText)
	if base != daybook.Hash(sha256.Sum256(buf)) {
		t.Error("the hash is another than its description's")
	}
	for name, h := range map[string]daybook.Hash{
		"schema":  daybook.StateHash(2, "2024-05-10", 200, keptText),
		"stream":  daybook.StateHash(1, "2024-05-11", 200, keptText),
		"version": daybook.StateHash(1, "2024-05-10", 201, keptText),
		"state":   daybook.StateHash(1, "2024-05-10", 200, keptText+" "),
		"bounds":  daybook.StateHash(1, "2024-05-102", 0, keptText),
	} {
		if h == base {
			t.Errorf("the hash does not cover the %s", name)
		}
	}
}

// streams are the events of each stream, as a store reads them.
func (b *book) streams() map[bizdate.Date][]daybook.Event {
	b.t.Helper()
	all := map[bizdate.Date][]daybook.Event{}
	for _, e := range b.events {
		data, err := daybook.DecodeData(e.Data.Type(), daybook.CurrentSchema(e.Data.Type()), e.Raw.Data)
		if err != nil {
			b.t.Fatalf("%v", err)
		}
		e.Data = data
		all[e.Stream] = append(all[e.Stream], e)
	}
	return all
}

func (b *book) fold(d daybook.Day, events []daybook.Event) daybook.Day {
	b.t.Helper()
	for _, e := range events {
		var err error
		if d, err = daybook.FoldDay(d, e); err != nil {
			b.t.Fatalf("%v/%d: %v", e.Stream, e.Version, err)
		}
	}
	return d
}

// TestFoldFromAnySnapshot: whatever was done to a property's books, a stream's state is the same from
// its beginning and from what was kept at any version of it, and it is what the day's row says.
func TestFoldFromAnySnapshot(t *testing.T) {
	t.Parallel()
	longest := 0
	rapid.Check(t, func(r *rapid.T) {
		h := &history{book: opened(t, 1_000), closed: map[bizdate.Date]daybook.Day{}, taken: map[daybook.EventType]int{}, at: 3}
		h.t = failing{TB: t, r: r}
		h.judged = []approval.Policy{h.state.Policy}
		h.state.Today = may(1).AddDays(h.at)
		actions := h.actions()
		delete(actions, "") // TestRandomHistories checks each step
		r.Repeat(actions)
		for stream, events := range h.streams() {
			longest = max(longest, len(events))
			whole := h.fold(daybook.Day{Date: stream}, events)
			row := h.row(stream)
			row.OpeningMinor, row.ClosingMinor = 0, 0
			if diff := cmp.Diff(row, whole); diff != "" {
				r.Fatalf("%v is not its row (-row +fold):\n%s", stream, diff)
			}
			for v := range events {
				part, err := daybook.DecodeDay(daybook.EncodeDay(h.fold(daybook.Day{Date: stream}, events[:v+1])))
				if err != nil {
					r.Fatalf("%v/%d: %v", stream, v+1, err)
				}
				if diff := cmp.Diff(whole, h.fold(part, events[v+1:])); diff != "" {
					r.Fatalf("%v from version %d (-whole +from there):\n%s", stream, v+1, diff)
				}
			}
		}
	})
	if longest < 5 && !t.Failed() {
		t.Errorf("the longest stream had %d events", longest)
	}
}

func TestFoldDayRefuses(t *testing.T) {
	t.Parallel()
	b := everything(t)
	events := b.streams()[may(10)]
	second := events[1]
	at1 := b.fold(daybook.Day{Date: may(10)}, events[:1])
	full := at1
	full.Flows.CashReceivedMinor = math.MaxInt64
	sale := b.must(owner, revenue(may(11), ledger.Cash, 1))
	sale.Stream, sale.Version = may(10), 2
	for name, c := range map[string]struct {
		day  daybook.Day
		e    daybook.Event
		want error
	}{
		"a gap":             {daybook.Day{Date: may(10)}, second, nil},
		"a repetition":      {at1, events[0], nil},
		"another stream":    {daybook.Day{Date: may(11), Version: 1}, second, nil},
		"no data":           {at1, daybook.Event{Stream: may(10), Version: 2}, daybook.ErrUnknownEvent},
		"more than is held": {full, sale, money.ErrOverflow},
	} {
		if got, err := daybook.FoldDay(c.day, c.e); err == nil || c.want != nil && !errors.Is(err, c.want) || got != c.day {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// The opening is another stream's, but for the event that sets it: a fold leaves it alone, so that
// sums that fit with the real opening do not overflow without it.
func TestFoldDayLeavesTheBalanceAlone(t *testing.T) {
	t.Parallel()
	b := opened(t, 1_000)
	b.must(owner, revenue(may(1), ledger.Cash, 7))
	d := b.fold(daybook.Day{Date: may(1)}, b.streams()[may(1)])
	if d.OpeningMinor != 0 || d.ClosingMinor != 0 || d.Flows.CashReceivedMinor != 7 {
		t.Errorf("%+v", d)
	}
	d.Flows.TransfersInMinor = math.MaxInt64
	next := b.must(owner, revenue(may(1), ledger.Cash, 1))
	if _, err := daybook.FoldDay(d, next); err != nil {
		t.Error(err)
	}
}
