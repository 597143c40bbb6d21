package history_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
	"innkeep.internal/shared/testkit/events"
)

const day = "2026-03-01"

// Every way to page gives every event once, in order: properties that wrote one after the other, side
// by side, in small commits, and in one large commit that no window holds.
func TestPages(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 5)
	p := b.properties // p[0] is the setup stream
	b.record(p[1], day, 40, 1)
	b.record(p[5], day, 300, 300) // one timestamp
	b.record(p[0], "setup", 3, 1)
	for v := 1; v <= 30; v++ {
		b.commit([]*spanner.Mutation{
			b.event(p[2], day, v, "EntryRecorded"), b.event(p[2], "2026-03-02", v, "EntryRecorded"),
			b.event(p[3], day, v, "EntryRecorded"), b.event(p[4], "2026-02-01", v, "EntryRecorded"),
		})
	}
	b.record(p[1], "2026-03-02", 200, 50)
	until := b.now()
	want := b.all(p, until)
	if len(want) != 40+300+3+4*30+200 {
		t.Fatalf("%d events were written", len(want))
	}
	for limit, last := range map[int]int{1: 12, 7: 120, 60: len(want), 500: len(want)} {
		for _, keep := range []bool{true, false} {
			q := history.Query{Properties: p, Until: until, Limit: limit}
			if last < len(want) { // to read them all in such steps would take some seconds
				q.After = want[len(want)-last-1]
			}
			got, pages := b.walk(q, keep)
			same(t, fmt.Sprintf("limit %d, one reader %v", limit, keep), got, want[len(want)-last:])
			if most := last/limit + 2; pages > most {
				t.Errorf("limit %d: %d pages, want at most %d", limit, pages, most)
			}
		}
	}
	for _, some := range [][]tenant.PropertyID{{p[5]}, {p[1]}, {p[0], p[2]}, {p[4], p[1], p[4]}, {}} {
		got, _ := b.walk(history.Query{Properties: some, Until: until, Limit: 60}, true)
		same(t, fmt.Sprint(some), got, b.all(slices.Compact(slices.Sorted(slices.Values(some))), until))
	}
}

// One commit's timestamp of several properties that no window holds: it is read whole, so that neither
// the order of keys nor a filter loses any of it.
func TestOneTimestamp(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 4)
	var ms []*spanner.Mutation
	for _, p := range b.properties[1:] {
		for v := 1; v <= 60; v++ {
			kind := "EntryRecorded"
			if v == 60 {
				kind = "DayClosed"
			}
			ms = append(ms, b.event(p, day, v, kind))
		}
	}
	b.record(b.properties[2], "2026-02-01", 2, 1)
	b.commit(ms)
	b.record(b.properties[3], "2026-03-02", 2, 1)
	q := history.Query{Properties: b.properties, Until: b.now(), Limit: 20}
	want := b.all(b.properties, q.Until)
	got, _ := b.walk(q, true)
	same(t, "all", got, want)
	q.Types = []daybook.EventType{"DayClosed"}
	got, _ = b.walk(q, true)
	same(t, "filtered", got, slices.DeleteFunc(want, func(p eventlog.Position) bool { return p.Version != 60 }))
}

// Pages that are read while others write, each at its own timestamp, miss nothing and repeat nothing.
func TestPagesBesideWriters(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 4)
	const commits, each = 25, 3
	var writers sync.WaitGroup
	for _, p := range b.properties[1:] {
		writers.Go(func() { b.record(p, day, commits*each, each) })
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	r := &history.Reader{}
	q := history.Query{Properties: b.properties, Limit: 20}
	var got []eventlog.Position
	for last := false; ; {
		q.Until = events.Now()
		p := b.page(r, q)
		for _, e := range p.Events {
			got = append(got, e.Position())
		}
		q.After = p.Next
		if !p.More && last {
			break
		}
		select {
		case <-done:
			last = !p.More || last
		default:
		}
	}
	same(t, "beside writers", got, b.all(b.properties, b.now()))
	if len(got) != 4*commits*each {
		t.Errorf("%d events", len(got))
	}
}

// known_at: the history as it was then, however late it is read.
func TestUntil(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 2)
	p := b.properties
	b.record(p[1], day, 5, 1)
	then := b.record(p[2], day, 5, 5) // exactly at a commit: that commit is in it
	before := b.all(p, then)
	b.record(p[1], "2026-03-02", 5, 1)
	got, _ := b.walk(history.Query{Properties: p, Until: then, Limit: 3}, true)
	same(t, "up to a commit", got, before)
	got, _ = b.walk(history.Query{Properties: p, Until: then.Add(-1), Limit: 100}, true)
	same(t, "up to just before it", got, before[:5])
	later := eventlog.End(then.Add(time.Hour))
	if page := b.page(&history.Reader{}, history.Query{Properties: p, Until: then, After: later, Limit: 3}); page.More ||
		len(page.Events) > 0 || page.Next != later {
		t.Errorf("after a place that lies ahead: %+v", page)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 2)
	p := b.properties
	b.record(p[0], "setup", 4, 2)
	for i, stream := range []string{"2026-02-27", "2026-02-28", day, "2026-03-02"} {
		var ms []*spanner.Mutation
		for v := 1; v <= 40; v++ {
			kind := "EntryRecorded"
			if v%10 == i {
				kind = "DayClosed"
			}
			if ms = append(ms, b.event(p[1+v%2], stream, v, kind)); v%5 == 0 {
				b.commit(ms)
				ms = nil
			}
		}
	}
	until := b.now()
	all := b.all(p, until)
	for _, c := range []struct {
		name     string
		types    []daybook.EventType
		from, to string
		keep     func(eventlog.Position) bool
	}{
		{name: "type", types: []daybook.EventType{"DayClosed"}, keep: closed},
		{name: "types", types: []daybook.EventType{"DayClosed", "EntryRecorded"}, keep: func(eventlog.Position) bool { return true }},
		{name: "unknown type", types: []daybook.EventType{"Nothing"}, keep: func(eventlog.Position) bool { return false }},
		{name: "from", from: day, keep: func(p eventlog.Position) bool { return p.Stream >= day && p.Stream != "setup" }},
		{name: "to", to: "2026-02-28", keep: func(p eventlog.Position) bool { return p.Stream <= "2026-02-28" }},
		{name: "a day's closing", types: []daybook.EventType{"DayClosed"}, from: day, to: day,
			keep: func(p eventlog.Position) bool { return closed(p) && p.Stream == day }},
	} {
		var want []eventlog.Position
		for _, at := range all {
			if c.keep(at) {
				want = append(want, at)
			}
		}
		for _, limit := range []int{8, 500} {
			q := history.Query{Properties: p, Until: until, Types: c.types, Limit: limit}
			q.From, _ = bizdate.Parse(c.from)
			q.To, _ = bizdate.Parse(c.to)
			got, _ := b.walk(q, true)
			same(t, fmt.Sprintf("%s, limit %d", c.name, limit), got, want)
		}
	}
}

func closed(p eventlog.Position) bool {
	day := map[string]int64{"2026-02-27": 0, "2026-02-28": 1, "2026-03-01": 2, "2026-03-02": 3}
	n, ok := day[p.Stream]
	return ok && p.Version%10 == n
}

// A filter that lets nothing through ends a page after its budget, with a cursor that goes on.
func TestBudget(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 1)
	b.record(b.properties[1], day, 2_400, 600)
	b.commit([]*spanner.Mutation{b.event(b.properties[1], day, 2_401, "DayClosed")})
	q := history.Query{Properties: b.properties, Until: b.now(), Types: []daybook.EventType{"DayClosed"}, Limit: 500}
	first := b.page(&history.Reader{}, q)
	if len(first.Events) > 0 || !first.More || first.Next.Compare(q.After) <= 0 {
		t.Errorf("the first page: %d events, more %v, next %v", len(first.Events), first.More, first.Next)
	}
	got, pages := b.walk(q, true)
	if len(got) != 1 || got[0].Version != 2_401 || pages < 2 || pages > 4 {
		t.Errorf("%v in %d pages", got, pages)
	}
}

// Another organisation's events of properties with the same ids are not this one's.
func TestOtherOrganisations(t *testing.T) {
	t.Parallel()
	b := newBooks(t, 1)
	b.record(b.properties[1], day, 3, 3)
	stranger := *b
	stranger.org = tenant.OrgID(ids.NewUUID().String())
	stranger.properties = stranger.add(stranger.org, 2)
	if got, _ := stranger.walk(history.Query{Properties: b.properties, Until: b.now(), Limit: 10}, true); len(got) > 0 {
		t.Errorf("another organisation's events: %v", got)
	}
	s := b.db.Snapshot()
	got, err := history.Properties(b.ctx, s, stranger.org)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stranger.properties, got); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
}
