package feed_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// picky is a consumer that cannot take some events.
type picky struct {
	log
	hold   bool
	poison map[string]bool
}

var errPicky = errors.New("not to my taste")

func (p *picky) runner(db *spannerdb.DB, batch int) *feed.Runner {
	return feed.New(db, feed.Consumer{Name: "log", Batch: batch, Hold: p.hold, Outside: true,
		Handle: func(_ context.Context, b *feed.Batch) (feed.Effect, error) {
			for _, e := range b.Events {
				if p.poison[fmt.Sprintf("%s/%d", e.Stream, e.Version)] {
					return nil, feed.Poison(e, errPicky)
				}
			}
			p.add(b.Events)
			return nil, nil
		}}, events.Now)
}

// statuses is what is set aside, by event.
func statuses(t *testing.T, db *spannerdb.DB) map[string]string {
	t.Helper()
	all, err := feed.ListParked(testkit.Context(t), db.Snapshot(), "log", false)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range all {
		got[fmt.Sprintf("%s/%d", p.Stream, p.Version)] = string(p.Status) + " " + p.DecidedBy
	}
	return got
}

const (
	dayA = "2026-03-01"
	dayB = "2026-03-02"
)

// book has three events on one day and two on the next, in commits of their own.
func book(t *testing.T, w *events.Writer) {
	t.Helper()
	for range 2 {
		w.Commit(t, w.Sale(t, w.Books[0], events.First, 0))
		w.Commit(t, w.Sale(t, w.Books[0], events.First.AddDays(1), 0))
	}
	w.Commit(t, w.Sale(t, w.Books[0], events.First, 0))
}

func TestParking(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		hold  bool
		batch int
		taken []string // without the property
		aside map[string]string
		open  int64
	}{
		{"skip", false, 10, []string{dayB + "/1", dayA + "/2", dayB + "/2", dayA + "/3"}, map[string]string{dayA + "/1": "PARKED "}, 1},
		{"hold, in one batch", true, 10, []string{dayB + "/1", dayB + "/2"}, map[string]string{dayA + "/1": "PARKED ", dayA + "/2": "HELD ", dayA + "/3": "HELD "}, 3},
		{"hold, over batches", true, 1, []string{dayB + "/1", dayB + "/2"}, map[string]string{dayA + "/1": "PARKED ", dayA + "/2": "HELD ", dayA + "/3": "HELD "}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := testkit.Spanner(t)
			w := events.New(t, db, 1)
			book(t, w)
			p := &picky{hold: tt.hold, poison: map[string]bool{dayA + "/1": true}}
			r := p.runner(db, tt.batch)
			if err := r.Drain(testkit.Context(t), w.Books[0].Shard(), time.Time{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(of(w, tt.taken), p.got); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.aside, statuses(t, db)); diff != "" {
				t.Errorf("set aside (-want +got):\n%s", diff)
			}
			if c := cursor(t, db, w.Books[0].Shard()); c.Parked != tt.open || c.Events != 5 {
				t.Errorf("cursor: %d parked of %d", c.Parked, c.Events)
			}
		})
	}
}

func of(w *events.Writer, places []string) []string {
	var all []string
	for _, p := range places {
		all = append(all, string(w.Books[0].Property[:8])+" "+p)
	}
	return all
}

func TestRetryAndDrop(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	book(t, w)
	p := &picky{hold: true, poison: map[string]bool{dayA + "/1": true, dayA + "/3": true}}
	r, ctx := p.runner(db, 10), testkit.Context(t)
	shard := w.Books[0].Shard()
	if err := r.Drain(ctx, shard, time.Time{}); err != nil {
		t.Fatal(err)
	}
	place := func(stream string, version int64) feed.Place {
		return feed.Place{Book: w.Books[0], Stream: stream, Version: version}
	}
	ask := func(p feed.Place, to feed.Status, by string) {
		t.Helper()
		if err := feed.Ask(ctx, db, "log", p, to, by); err != nil {
			t.Fatal(err)
		}
		if err := r.Drain(ctx, shard, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, no := range []feed.Place{place(dayA, 2), place(dayB, 1), place(dayA, 9)} {
		if err := feed.Ask(ctx, db, "log", no, feed.StatusRetried, "operator"); !errors.Is(err, feed.ErrNotParked) {
			t.Errorf("%+v: %v, want not parked", no, err)
		}
	}
	ask(place(dayA, 1), feed.StatusRetried, "operator")
	want := map[string]string{dayA + "/1": "PARKED ", dayA + "/2": "HELD ", dayA + "/3": "HELD "}
	if diff := cmp.Diff(want, statuses(t, db)); diff != "" {
		t.Errorf("still poison (-want +got):\n%s", diff)
	}
	p.got, p.poison[dayA+"/1"] = nil, false
	// The second is taken with the first; the third turns out to be poison, and waits by itself.
	ask(place(dayA, 1), feed.StatusRetried, "operator")
	want = map[string]string{dayA + "/1": "RETRIED operator", dayA + "/2": "RETRIED operator", dayA + "/3": "PARKED "}
	if diff := cmp.Diff(want, statuses(t, db)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(of(w, []string{dayA + "/1", dayA + "/2"}), p.got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	p.got = nil
	w.Commit(t, w.Sale(t, w.Books[0], events.First, 0)) // the fourth waits behind the third
	if err := r.Drain(ctx, shard, time.Time{}); err != nil || len(p.got) != 0 {
		t.Fatal(p.got, err)
	}
	ask(place(dayA, 3), feed.StatusDropped, "owner")
	want[dayA+"/3"], want[dayA+"/4"] = "DROPPED owner", "RETRIED owner"
	if diff := cmp.Diff(want, statuses(t, db)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(of(w, []string{dayA + "/4"}), p.got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	if c := cursor(t, db, shard); c.Parked != 0 || c.Events != 6 {
		t.Errorf("cursor: %d parked of %d", c.Parked, c.Events)
	}
}

// A consumer that names an event which it was not given is a defect, not an endless loop.
func TestPoisonOfAnotherBatch(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	book(t, w)
	r := feed.New(db, feed.Consumer{Name: "log", Batch: 10, Handle: func(context.Context, *feed.Batch) (feed.Effect, error) {
		return nil, feed.Poison(eventlog.Stored{Stream: "x"}, errPicky)
	}}, events.Now)
	if err := r.Drain(testkit.Context(t), w.Books[0].Shard(), time.Time{}); !errors.Is(err, errPicky) {
		t.Error(err)
	}
}
