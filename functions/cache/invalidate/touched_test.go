package invalidate

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/store/eventlog"
)

var (
	quay   = tenant.Book{Org: "acme", Property: "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"}
	people = tenant.Book{Org: "acme", Property: tenant.Setup}
	noon   = time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	early  = bizdate.MustParse("2026-02-27")
	today  = bizdate.MustParse("2026-03-11")
)

func stored(t *testing.T, b tenant.Book, stream string, data daybook.Data) eventlog.Stored {
	t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return eventlog.Stored{Book: b, Stream: stream, Version: 2, Type: data.Type(), Schema: 1, Raw: daybook.Raw{Data: string(raw)}, At: noon}
}

func TestTouched(t *testing.T) {
	t.Parallel()
	late := daybook.Decision{BusinessDate: early, Mode: "CASH"}
	day, month, floor := "d20260311", "m202602", "floor"
	newer := stored(t, quay, "2026-03-11", daybook.EntryApproved{Decision: late})
	newer.Schema = 2
	grant := stored(t, quay, "2026-03-11", daybook.DailyGranted{Subject: "m"})
	grant.Schema = 2
	broken := stored(t, quay, "2026-03-11", daybook.EntryApproved{Decision: late})
	broken.Raw.Data = `{"businessDate":"soon"}`
	unknown := stored(t, quay, "2026-03-11", daybook.DailyGranted{Subject: "m"})
	unknown.Type = "EntrySplit"
	for name, c := range map[string]struct {
		e    eventlog.Stored
		want []string
	}{
		"posting":         {stored(t, quay, "2026-03-11", daybook.EntryRecorded{Facts: daybook.Facts{BusinessDate: today}}), []string{day}},
		"approval":        {stored(t, quay, "2026-03-11", daybook.EntryApproved{Decision: daybook.Decision{BusinessDate: today}}), []string{day}},
		"late approval":   {stored(t, quay, "2026-03-11", daybook.EntryApproved{Decision: late}), []string{day, month}},
		"late rejection":  {stored(t, quay, "2026-03-11", daybook.EntryRejected{Decision: late}), []string{day, month}},
		"late withdrawal": {stored(t, quay, "2026-03-11", daybook.EntryWithdrawn{Decision: late}), []string{day, month}},
		"late reversal":   {stored(t, quay, "2026-03-11", daybook.EntryReversed{Facts: daybook.Facts{BusinessDate: today}, Original: late}), []string{day, month}},
		"correction":      {stored(t, quay, "2026-03-11", daybook.BalanceCorrected{BusinessDate: early}), []string{day, month}},
		"opening":         {stored(t, quay, "2026-03-11", daybook.OpeningSet{}), []string{day}},
		"count":           {stored(t, quay, "2026-03-11", daybook.CashCounted{}), []string{day}},
		"grant":           {stored(t, quay, "2026-03-11", daybook.DailyGranted{Subject: "m"}), []string{day}},
		"rooms":           {stored(t, quay, "2026-02-27", daybook.StatisticsRecorded{}), []string{"d20260227"}},
		"close":           {stored(t, quay, "2026-03-11", daybook.DayClosed{}), []string{day}},
		"reopen":          {stored(t, quay, "2026-03-11", daybook.DayReopened{Reason: "r"}), []string{day}},
		"newer form":      {newer, []string{floor}},
		"newer grant":     {grant, []string{floor}},
		"unreadable":      {broken, []string{floor}},
		"unknown":         {unknown, []string{floor}},
		"strange stream":  {stored(t, quay, "2026-02-30", daybook.DailyGranted{Subject: "m"}), []string{floor}},
		"budget":          {stored(t, people, setup.Stream, setup.BudgetSet{}), []string{floor}},
		"member":          {stored(t, people, setup.Stream, setup.MemberRemoved{Subject: "m"}), []string{floor}},
	} {
		want := map[string]int64{}
		for _, field := range c.want {
			want[field] = noon.UnixNano()
		}
		n := touched(c.e)
		if diff := cmp.Diff(want, n.At); diff != "" || n.Head != "h.acme."+string(c.e.Book.Property) || !n.Fold.IsZero() {
			t.Errorf("%s: %s, fold %v (-want +got):\n%s", name, n.Head, n.Fold, diff)
		}
	}
}

// What people look at goes first, wherever on earth the day is.
func TestUrgency(t *testing.T) {
	t.Parallel()
	for stream, want := range map[string]moves.Urgency{"2026-03-12": moves.Today, "2026-03-11": moves.Today, "2026-03-10": moves.Today, "2026-03-09": moves.Open} {
		if got := touched(stored(t, quay, stream, daybook.OpeningSet{})).Urgency; got != want {
			t.Errorf("%s: %d, want %d", stream, got, want)
		}
	}
	if got := touched(stored(t, people, setup.Stream, setup.BudgetSet{})).Urgency; got != moves.Later {
		t.Errorf("setup: %d", got)
	}
}

// A head is folded with the first event of every eighth date, whatever days the house is open on.
func TestFolds(t *testing.T) {
	t.Parallel()
	for weekday := range 7 {
		folds := 0
		for week := range 8 {
			e := stored(t, quay, today.AddDays(weekday+7*week).String(), daybook.OpeningSet{})
			if e.Version = 1; touched(e).Fold.IsZero() {
				continue
			}
			folds++
			if e.Version = 2; !touched(e).Fold.IsZero() {
				t.Error("a later event folds too")
			}
		}
		if folds != 1 {
			t.Errorf("a house that opens every seventh day: %d folds in 8 weeks", folds)
		}
	}
}

// Events of one head are one move, of the latest time of each scope.
func TestNews(t *testing.T) {
	t.Parallel()
	a, b, c := stored(t, quay, "2026-03-11", daybook.OpeningSet{}), stored(t, quay, "2026-03-11", daybook.CashCounted{}), stored(t, people, setup.Stream, setup.BudgetSet{})
	a.At, b.Stream = noon.Add(time.Second), "2026-03-01"
	theirs := noon.Add(time.Minute)
	got := news([]eventlog.Stored{a, b, c, stored(t, quay, "2026-03-11", daybook.OpeningSet{})}, theirs)
	want := []moves.News{
		{Head: "h.acme." + string(quay.Property), At: map[string]int64{"d20260311": a.At.UnixNano(), "d20260301": noon.UnixNano()}, Urgency: moves.Today,
			Events: 3, Oldest: noon, NotBefore: theirs.Add(time.Second)},
		{Head: "h.acme.-", At: map[string]int64{"floor": noon.UnixNano()}, Urgency: moves.Later, Events: 1, Oldest: noon, NotBefore: theirs.Add(time.Second)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
