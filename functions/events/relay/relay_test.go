package relay_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/functions/events/relay"
	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

var (
	begin = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	errNo = errors.New("no")
	quay  = tenant.Book{Org: "acme", Property: "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"}
	mill  = tenant.Book{Org: "acme", Property: "9d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"}
	other = tenant.Book{Org: "zeta", Property: "ad9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"}
)

// batch is three properties' events, mixed, a second apart.
func batch() *feed.Batch {
	b := &feed.Batch{}
	for i, book := range []tenant.Book{quay, mill, quay, other, mill, quay} {
		b.Events = append(b.Events, reopened(book, int64(i)+1, begin.Add(time.Duration(i)*time.Second)))
	}
	return b
}

func TestBatchGoesOutByKeyThenHeadsMove(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[string][]string{} // ordering key -> ids
	var moved map[string]time.Time
	consumer := relay.Consumer(topic{func(_ context.Context, name string, ms []publish.Message) error {
		mu.Lock()
		defer mu.Unlock()
		if name != "domain-events" || moved != nil {
			t.Errorf("topic %s, heads %v", name, moved)
		}
		for _, m := range ms {
			if m.OrderingKey != ms[0].OrderingKey {
				t.Errorf("a request has the keys %s and %s", ms[0].OrderingKey, m.OrderingKey)
			}
			sent[m.OrderingKey] = append(sent[m.OrderingKey], m.Attributes["ce-id"])
		}
		return nil
	}}, heads{func(_ context.Context, at map[string]time.Time) error {
		moved = at
		return nil
	}})
	if effect, err := consumer.Handle(t.Context(), batch()); effect != nil || err != nil {
		t.Fatal(err)
	}
	id := func(b tenant.Book, version string) string { return string(b.Property) + "." + stream + "." + version }
	want := map[string][]string{
		"acme:" + string(quay.Property):  {id(quay, "1"), id(quay, "3"), id(quay, "6")},
		"acme:" + string(mill.Property):  {id(mill, "2"), id(mill, "5")},
		"zeta:" + string(other.Property): {id(other, "4")},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("(-want +sent):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]time.Time{"acme": begin.Add(5 * time.Second), "zeta": begin.Add(3 * time.Second)}, moved); diff != "" {
		t.Errorf("heads (-want +moved):\n%s", diff)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	e := reopened(quay, 7, begin)
	body, err := eventapi.JSON(e)
	if err != nil {
		t.Fatal(err)
	}
	want := []publish.Message{{OrderingKey: "acme:" + string(quay.Property), Data: body, Attributes: map[string]string{
		"content-type": "application/cloudevents+json", "ce-type": "innkeep.DayReopened.v1",
		"ce-id": string(quay.Property) + ".2026-03-01.7", "org": "acme", "property": string(quay.Property),
	}}}
	var got []publish.Message
	consumer := relay.Consumer(topic{func(_ context.Context, _ string, ms []publish.Message) error {
		got = ms
		return nil
	}}, still)
	if _, err := consumer.Handle(t.Context(), &feed.Batch{Events: []eventlog.Stored{e}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFailedPublish: one key's failure is the batch's, and nobody is told of news.
func TestFailedPublish(t *testing.T) {
	t.Parallel()
	consumer := relay.Consumer(topic{func(_ context.Context, _ string, ms []publish.Message) error {
		if ms[0].Attributes["org"] == "zeta" {
			return errNo
		}
		return nil
	}}, heads{func(context.Context, map[string]time.Time) error {
		t.Error("the heads were moved")
		return nil
	}})
	if _, err := consumer.Handle(t.Context(), batch()); !errors.Is(err, errNo) {
		t.Errorf("got %v", err)
	}
}

// TestHeadsNeverKeepTheCursorBack: neither when they fail nor when they hang.
func TestHeadsNeverKeepTheCursorBack(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(context.Context, map[string]time.Time) error{
		"fail": func(context.Context, map[string]time.Time) error { return errNo },
		"hang": func(ctx context.Context, _ map[string]time.Time) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				consumer := relay.Consumer(topic{func(context.Context, string, []publish.Message) error { return nil }}, heads{move})
				start := time.Now()
				if _, err := consumer.Handle(t.Context(), batch()); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestHangingPublishEnds in time for the feed's own limit of a batch.
func TestHangingPublishEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		consumer := relay.Consumer(topic{func(ctx context.Context, _ string, _ []publish.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}}, still)
		start := time.Now()
		if _, err := consumer.Handle(t.Context(), batch()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestPoisonParks: an event that nobody outside could understand, and one that Pub/Sub never takes,
// wait with what follows in their streams; all others go out.
func TestPoisonParks(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	books := inShard(3, 5)
	for _, b := range books {
		apply(t, db, addProperty(b))
		for v := range int64(3) {
			e := reopened(b, v+1, time.Time{})
			if b == books[0] && v == 1 {
				e.Schema = 99
			}
			apply(t, db, insert(e))
		}
	}
	var mu sync.Mutex
	sent := map[string]int{}
	consumer := relay.Consumer(topic{func(_ context.Context, _ string, ms []publish.Message) error {
		mu.Lock()
		defer mu.Unlock()
		for i, m := range ms {
			if m.Attributes["ce-id"] == string(books[1].Property)+"."+stream+".3" {
				return publish.ErrMessage.With("index", strconv.Itoa(i))
			}
		}
		for _, m := range ms {
			sent[m.Attributes["property"]] = max(sent[m.Attributes["property"]], len(ms))
		}
		return nil
	}}, still)
	if err := feed.New(db, consumer, events.Now).Drain(testkit.Context(t), 5, time.Time{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{string(books[0].Property): 1, string(books[1].Property): 2, string(books[2].Property): 3}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("(-want +sent):\n%s", diff)
	}
	parked, err := feed.ListParked(testkit.Context(t), db.Snapshot(), "relay", true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parked {
		got = append(got, string(p.Book.Property)+" "+strconv.FormatInt(p.Version, 10)+" "+string(p.Status))
	}
	slices.Sort(got)
	waits := []string{
		string(books[0].Property) + " 2 PARKED", string(books[0].Property) + " 3 HELD", string(books[1].Property) + " 3 PARKED",
	}
	slices.Sort(waits)
	if diff := cmp.Diff(waits, got); diff != "" {
		t.Errorf("parked (-want +got):\n%s", diff)
	}
}
