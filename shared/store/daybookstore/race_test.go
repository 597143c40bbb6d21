package daybookstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
)

// twoInstances are one house as two instances of a function see it.
func twoInstances(t *testing.T, goLive string) [2]house {
	t.Helper()
	name := testkit.Database(t)
	h := newHouse(t, testkit.Open(t, name), goLive, 50_000)
	return [2]house{h, h.at(testkit.Open(t, name))}
}

// race sends all orders at once, by both instances in turn, and gives the answers.
func race(t *testing.T, hs [2]house, orders ...daybookstore.Order) []daybookstore.Answer {
	t.Helper()
	ctx := testkit.Context(t)
	answers := make([]daybookstore.Answer, len(orders))
	var wg sync.WaitGroup
	for i, o := range orders {
		wg.Go(func() { answers[i].Receipt, answers[i].Err = hs[i%2].Execute(ctx, hs[i%2].desk, o) })
	}
	wg.Wait()
	return answers
}

// succeeded counts the answers of success; all others must be one of the refusals.
func succeeded(t *testing.T, answers []daybookstore.Answer, refusals ...error) int {
	t.Helper()
	n := 0
	for i, a := range answers {
		if a.Err == nil {
			n++
			continue
		}
		known := false
		for _, r := range refusals {
			known = known || errors.Is(a.Err, r)
		}
		if !known {
			t.Errorf("answer %d: %v, want one of %v", i, a.Err, refusals)
		}
	}
	return n
}

func TestTwoInstancesWriteOneDay(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	var orders []daybookstore.Order
	for i := range 40 {
		orders = append(orders, record(fmt.Sprint("it-", i), revenue(today.AddDays(-i%3).String(), 10)))
	}
	if n := succeeded(t, race(t, hs, orders...)); n != len(orders) {
		t.Errorf("%d of %d", n, len(orders))
	}
	if got := hs[1].day(t, todayText).ClosingMinor; got != 50_400 {
		t.Errorf("closing = %d, want 50400", got)
	}
}

// 100 callers with one key are one command with 100 equal answers.
func TestOneKeyManyCallers(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	waits := hs[0].waiting(t, "waits", todayText, 10)
	for _, o := range []daybookstore.Order{record("it", revenue(todayText, 10)), approve("it", waits)} {
		orders := make([]daybookstore.Order, 100)
		for i := range orders {
			orders[i] = o
		}
		before := hs[0].events(t)
		answers := race(t, hs, orders...)
		if n := succeeded(t, answers); n != len(orders) {
			t.Errorf("%d of %d", n, len(orders))
		}
		fresh := 0
		for _, a := range answers {
			if !a.Replayed {
				fresh++
			}
			if diff := cmp.Diff(answers[0].Recorded, a.Recorded); diff != "" {
				t.Fatalf("two answers (-one +another):\n%s", diff)
			}
		}
		if after := hs[0].events(t); after != before+1 || fresh != 1 {
			t.Errorf("%s: %d events and %d first answers, want one", o.Action.Operation(), after-before, fresh)
		}
	}
}

// One key with two payloads at once: one of them wins, and the other is told so.
func TestOneKeyTwoPayloads(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	var orders []daybookstore.Order
	for i := range 20 {
		orders = append(orders, record("it", revenue(today.AddDays(-i%2).String(), int64(10+i/2%2))))
	}
	answers := race(t, hs, orders...)
	if n := succeeded(t, answers, daybookstore.ErrKeyReused); n != 5 {
		t.Errorf("%d callers of 4 payloads succeeded, want the 5 of one", n)
	}
	again := race(t, hs, orders...)
	for i := range again {
		if (again[i].Err == nil) != (answers[i].Err == nil) {
			t.Errorf("answer %d was %v and is %v", i, answers[i].Err, again[i].Err)
		}
	}
}

// A key belongs to a property: at another one it is another command.
func TestOneKeyOnTwoProperties(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	one, two := newHouse(t, db, "2026-03-01", 0), newHouse(t, db, "2026-03-01", 0)
	o := record("it", revenue(todayText, 10))
	sibling := two
	sibling.desk.Book.Org = one.desk.Book.Org
	if one.made(o).ID == sibling.made(o).ID {
		t.Error("one key gives one entry id at two properties of an organisation")
	}
	for _, h := range []house{one, two} {
		if r := h.do(t, o); r.Replayed || h.day(t, todayText).Flows.EntryCount != 1 {
			t.Errorf("the key is another property's: %+v", r)
		}
	}
}

// Posting, closing and reopening race on a day, the day before and gap days. The history of the
// events must show no posting on a closed day (I13: invariants.Check).
func TestPostCloseReopenRace(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	hs[0].posted(t, "early", "2026-03-04", 10)
	outcomes := map[string]int{}
	for round := range 8 {
		var orders []daybookstore.Order
		for i, date := range []string{"2026-03-05", "2026-03-07", "2026-03-07", "2026-03-08", "2026-03-08", "2026-03-09"} {
			orders = append(orders, record(fmt.Sprint("p", round, i), revenue(date, 10)))
		}
		orders = append(orders, closeDay(fmt.Sprint("c", round), "2026-03-08"), reopen(fmt.Sprint("r", round), "2026-03-08"),
			record(fmt.Sprint("late", round), expense("2026-03-05", 3)), count(fmt.Sprint("n", round), "2026-03-08", 5))
		for i, a := range race(t, hs, orders...) {
			what := orders[i].Action.Operation()
			switch {
			case a.Err == nil:
				outcomes[what]++
			case errors.Is(a.Err, daybook.ErrDayClosed), errors.Is(a.Err, daybook.ErrNotLastClosed):
				outcomes[what+" refused"]++
			default:
				t.Errorf("%s: %v", what, a.Err)
			}
		}
		_, _ = hs[0].Execute(testkit.Context(t), hs[0].desk, reopen(fmt.Sprint("o", round), "2026-03-08")) // for the next round, if it is closed
	}
	t.Log(outcomes)
	if outcomes["record/REVENUE"] == 0 || outcomes["close"] == 0 {
		t.Errorf("nothing raced: %v", outcomes)
	}
}

// Two reversals of one entry race while its day closes: exactly one of them wins.
func TestTwoReversalsAcrossAClose(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	for round := range 6 {
		date := today.AddDays(round - 6).String()
		id := hs[0].posted(t, fmt.Sprint("p", round), date, 100)
		answers := race(t, hs,
			reverse(fmt.Sprint("a", round), id), reverse(fmt.Sprint("b", round), id), closeDay(fmt.Sprint("c", round), date))
		if answers[2].Err != nil {
			t.Errorf("close: %v", answers[2].Err)
		}
		if n := succeeded(t, answers[:2], daybook.ErrReversed); n != 1 {
			t.Errorf("%d reversals of one entry", n)
		}
	}
}

// Approval, rejection and withdrawal of one entry race, in single calls and in bulk: one wins.
func TestDecisionsRace(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	winners := map[string]int{}
	for round := range 6 {
		id := hs[0].waiting(t, fmt.Sprint("w", round), todayText, 100)
		orders := []daybookstore.Order{
			approve(fmt.Sprint("a", round), id), reject(fmt.Sprint("r", round), id), withdraw(fmt.Sprint("w2", round), id),
		}
		var bulk []daybookstore.Answer
		var wg sync.WaitGroup
		wg.Go(func() {
			bulk = hs[1].ExecuteAll(testkit.Context(t), hs[1].desk, []daybookstore.Order{
				approve(fmt.Sprint("ba", round), id), reject(fmt.Sprint("br", round), id)})
		})
		answers := race(t, hs, orders...)
		wg.Wait()
		if n := succeeded(t, append(answers, bulk...), daybook.ErrNotPending); n != 1 {
			t.Errorf("%d decisions of one entry", n)
		}
		for _, a := range append(answers, bulk...) {
			if a.Err == nil {
				winners[string(a.Data.Type())]++
			}
		}
	}
	t.Log(winners)
}

// A close of many days races posts onto them: what was posted is in the figures, or was refused.
func TestLongCloseRacesPosts(t *testing.T) {
	t.Parallel()
	const n = 120
	hs := twoInstances(t, today.AddDays(1-n).String())
	openDays(t, hs[0], n)
	orders := one(closeDay("close", todayText))
	for i := range 20 {
		orders = append(orders, record(fmt.Sprint("p", i), revenue(today.AddDays(-6*i).String(), 1)))
	}
	answers := race(t, hs, orders...)
	posted := succeeded(t, answers[1:], daybook.ErrDayClosed)
	if answers[0].Err != nil {
		t.Errorf("close: %v", answers[0].Err)
	}
	if got, want := hs[0].day(t, todayText).ClosingMinor, int64(50_000+10*(n-1)+posted); got != want {
		t.Errorf("closing = %d, want %d with %d posted", got, want, posted)
	}
}

// A bulk call and single calls with the same keys race: each key has one effect.
func TestBulkRacesSingles(t *testing.T) {
	t.Parallel()
	hs := twoInstances(t, "2026-03-01")
	var orders []daybookstore.Order
	for i := range 30 {
		orders = append(orders, record(fmt.Sprint("it-", i), revenue(today.AddDays(-i%4).String(), 10)))
	}
	var one, two []daybookstore.Answer
	var wg sync.WaitGroup
	wg.Go(func() { one = hs[0].ExecuteAll(testkit.Context(t), hs[0].desk, orders) })
	wg.Go(func() { two = hs[1].ExecuteAll(testkit.Context(t), hs[1].desk, orders) })
	singles := race(t, hs, orders...)
	wg.Wait()
	succeeded(t, append(append(singles, one...), two...))
	equal(t, "bulk and bulk", one, two)
	equal(t, "bulk and single", one, singles)
	seen := map[ids.UUID]bool{}
	for _, a := range one {
		seen[a.Data.(daybook.EntryRecorded).ID] = true
	}
	if len(seen) != len(orders) {
		t.Errorf("%d entries, want %d", len(seen), len(orders))
	}
}
