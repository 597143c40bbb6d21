package webhookstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// TestOneRowAnEvent: each endpoint has the events that it wants and that came after it, once, however
// often a batch is repeated, by whomever.
func TestOneRowAnEvent(t *testing.T) {
	t.Parallel()
	name := testkit.Database(t)
	h := newHouse(t, testkit.Open(t, name), 3)
	other := newHouse(t, h.db, 1)
	ctx := testkit.Context(t)
	h.happen(daybook.TypeDayClosed, h.properties...) // before any endpoint
	all, some, off := h.endpoint("all", settings()), h.endpoint("some", settings(daybook.TypeDayClosed)), h.endpoint("off", webhookstore.Settings{})
	theirs := other.endpoint("all", settings())
	h.happen(daybook.TypeDayClosed, h.properties...)
	h.happen(daybook.TypeEntryRecorded, h.properties...)
	other.happen(daybook.TypeDayClosed, other.properties...)

	second := testkit.Open(t, name) // another instance
	var g errgroup.Group
	for i := range 4 {
		db, store := h.db, h.Store
		if i%2 == 1 {
			db = second
			store = webhookstore.New(db, webhookstore.Options{Now: h.clock.now})
		}
		g.Go(func() error {
			r := feed.New(db, store.Consumer(func(int64, webhookstore.Target) {}), events.Now)
			for _, shard := range h.shards() {
				if err := r.Drain(ctx, shard, h.last); err != nil && !errors.Is(err, feed.ErrBusy) {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	h.drain()
	other.drain()
	for to, want := range map[webhookstore.Target]int{all.Target: 6, some.Target: 3, off.Target: 0, theirs.Target: 1} {
		if got := len(h.log(to)); got != want {
			t.Errorf("%d deliveries, want %d", got, want)
		}
	}

	// The cursors are moved back: what was delivered is sent again, as the same row.
	for _, shard := range h.shards() {
		h.apply((feed.Cursor{Consumer: webhookstore.ConsumerName, Shard: shard}).Mutation())
	}
	h.drain()
	if got := len(h.log(all.Target)); got != 6 {
		t.Errorf("after a second time %d deliveries, want 6", got)
	}
}

// TestEnqueuedWithTheCursor: where the commit fails, neither row nor cursor is there, and the next time
// both are.
func TestEnqueuedWithTheCursor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	at := h.happen(daybook.TypeDayClosed, h.properties[0])
	shard := tenant.ShardOf(h.org, h.properties[0])
	var heard []webhookstore.Target
	c := h.Consumer(func(_ int64, t webhookstore.Target) { heard = append(heard, t) })
	handle, broken := c.Handle, errors.New("broken")
	c.Handle = func(ctx context.Context, b *feed.Batch) (feed.Effect, error) {
		effect, err := handle(ctx, b)
		return func(ctx context.Context, tx *spanner.ReadWriteTransaction, cur *feed.Cursor) ([]*spanner.Mutation, error) {
			_, _ = effect(ctx, tx, cur)
			return nil, broken
		}, err
	}
	if err := feed.New(h.db, c, time.Now).Drain(ctx, shard, at); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if got := h.log(made.Target); len(got) != 0 {
		t.Errorf("%v", got)
	}
	h.drain()
	got := h.log(made.Target)
	if len(got) != 1 || got[0].Status != webhookstore.Pending || got[0].Type != daybook.TypeDayClosed || got[0].Attempts != 0 ||
		!got[0].At.Equal(at) || got[0].Property != h.properties[0] || got[0].DueAt.After(h.clock.now()) {
		t.Errorf("%+v", got)
	}
	if len(heard) != 1 || heard[0] != made.Target {
		t.Errorf("it was heard of %v", heard)
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	p := h.properties[0]
	shard := tenant.ShardOf(h.org, p)
	for range 5 {
		h.happen(daybook.TypeDayClosed, p)
	}
	h.drain()
	var taken [8]webhookstore.Claimed
	var g errgroup.Group
	for i := range taken {
		g.Go(func() (err error) { taken[i], _, err = h.Claim(ctx, shard, made.Target, 3); return err })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	var all []eventlog.Position
	for _, c := range taken {
		all = append(all, places(c.Deliveries)...)
		if !slices.IsSortedFunc(c.Deliveries, func(a, b webhookstore.Delivery) int { return a.Position.Compare(b.Position) }) {
			t.Error("not in the order of the feed")
		}
		for _, d := range c.Deliveries {
			if e := c.Events[d.Position]; e.Type != d.Type || e.Version != d.Version {
				t.Errorf("the event of %+v is %+v", d, e)
			}
		}
	}
	if slices.SortFunc(all, eventlog.Position.Compare); len(all) != 5 && len(all) != 3 || len(slices.Compact(all)) != len(all) {
		t.Fatalf("claimed: %v", all)
	}
	for len(h.claim(made.Target, p).Deliveries) > 0 {
		// what all eight went by
	}
	if found, _, err := h.DueTargets(ctx, shard, webhookstore.Target{}); err != nil || len(found) != 0 {
		t.Errorf("due: %v, %v", found, err)
	}

	h.clock.add(31 * time.Second) // whoever claimed them has died
	again := h.claim(made.Target, p)
	if len(again.Deliveries) != 5 {
		t.Fatalf("after the lease: %d", len(again.Deliveries))
	}
	for _, c := range taken { // their claims are over: what they say counts no more
		for _, d := range c.Deliveries {
			late := h.Answered(d, h.clock.now(), webhook.Answer{Status: 500})
			if err := h.Settle(ctx, made.Target, []webhookstore.Settled{late}, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	var done []webhookstore.Settled
	for _, d := range again.Deliveries {
		done = append(done, h.Answered(d, h.clock.now(), webhook.Answer{Status: 204, Took: 7 * time.Millisecond}))
	}
	if err := h.Settle(ctx, made.Target, done, false); err != nil {
		t.Fatal(err)
	}
	for _, d := range h.log(made.Target) {
		if d.Status != webhookstore.Delivered || d.Attempts != 1 || d.LastStatus != 204 || d.Took != 7*time.Millisecond || d.LastError != "" {
			t.Errorf("%+v", d)
		}
	}
}

// TestDisabledIsParked: what waits for an endpoint that was disabled or deleted.
func TestDisabledIsParked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	off, gone := h.endpoint("off", settings()), h.endpoint("gone", settings())
	p := h.properties[0]
	h.happen(daybook.TypeDayClosed, p)
	h.drain()
	_, err := h.Update(ctx, h.by("u"), off.ID, webhookstore.Settings{URL: off.URL})
	if err == nil {
		_, err = h.Delete(ctx, h.by("d"), gone.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []webhookstore.Target{off.Target, gone.Target} {
		c, parked, err := h.Claim(ctx, tenant.ShardOf(h.org, p), to, 10)
		if err != nil || len(c.Deliveries) != 0 || parked != 1 {
			t.Errorf("%+v, %d, %v", c, parked, err)
		}
		if d := h.log(to)[0]; d.Status != webhookstore.Parked || d.LastError != "endpoint_disabled" {
			t.Errorf("%+v", d)
		}
	}
	if _, err := h.Retry(ctx, h.by("r"), off.ID, h.log(off.Target)[0].Position); !errors.Is(err, webhookstore.ErrDisabled) {
		t.Errorf("%v", err)
	}
	if _, err := h.Replay(ctx, h.by("r"), off.ID, webhookstore.ReplayQuery{}); !errors.Is(err, webhookstore.ErrDisabled) {
		t.Errorf("%v", err)
	}
}

// TestDueTargets: endpoint by endpoint, however many deliveries one of them has.
func TestDueTargets(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	ctx := testkit.Context(t)
	p := h.properties[0]
	shard := tenant.ShardOf(h.org, p)
	many, few := h.endpoint("many", settings()), h.endpoint("few", settings(daybook.TypeDayReopened))
	h.Limit(10, 0)
	h.happen(daybook.TypeDayClosed, slices.Repeat([]tenant.PropertyID{p}, 25)...)
	h.happen(daybook.TypeDayReopened, p)
	h.drain()
	due := func() (found []webhookstore.Target) {
		var at webhookstore.Target
		for pages := 0; pages == 0 || at != (webhookstore.Target{}); pages++ {
			page, next, err := h.DueTargets(ctx, shard, at)
			if err != nil || pages > 3 {
				t.Fatal(pages, err)
			}
			found, at = append(found, page...), next
		}
		return found
	}
	if got := due(); !slices.Contains(got, many.Target) || !slices.Contains(got, few.Target) || len(got) != 2 {
		t.Errorf("due: %v", got)
	}
	h.claim(few.Target, p)
	if diff := cmp.Diff([]webhookstore.Target{many.Target}, due()); diff != "" {
		t.Errorf("after a claim (-want +got):\n%s", diff)
	}
}

// TestLogPages: all of it, once, newest first, in pages of any size; also with a filter.
func TestLogPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), tenant.Shards+1) // so that some shard has two
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	for range 3 {
		h.happen(daybook.TypeDayClosed, h.properties...)
	}
	h.drain()
	for _, p := range h.properties[:9] { // 27 of the 51 are delivered
		c := h.claim(made.Target, p)
		var done []webhookstore.Settled
		for _, d := range c.Deliveries {
			if slices.Contains(h.properties[:9], d.Property) {
				done = append(done, h.Answered(d, h.clock.now(), webhook.Answer{Status: 200}))
			}
		}
		if err := h.Settle(ctx, made.Target, done, false); err != nil {
			t.Fatal(err)
		}
	}
	whole := h.log(made.Target)
	h.Limit(2, 0) // a page with a filter ends before it has seen all
	if len(whole) != 51 || !slices.IsSortedFunc(whole, func(a, b webhookstore.Delivery) int { return b.At.Compare(a.At) }) {
		t.Fatalf("%d deliveries, or not the newest first", len(whole))
	}
	for _, limit := range []int{7, 50, 51, 52} {
		for status, n := range map[webhookstore.DeliveryStatus]int{"": 51, webhookstore.Delivered: 27, webhookstore.Parked: 0} {
			var want, got []eventlog.Position
			for _, d := range whole {
				if status == "" || d.Status == status {
					want = append(want, d.Position)
				}
			}
			q := webhookstore.LogQuery{Status: status, Limit: limit}
			for pages := 0; pages == 0 || q.After != (eventlog.Position{}); pages++ {
				page, err := h.Log(ctx, made.Target, q)
				if err != nil || len(page.Deliveries) > limit || pages > 51 {
					t.Fatalf("%d deliveries on page %d: %v", len(page.Deliveries), pages, err)
				}
				got = append(got, places(page.Deliveries)...)
				if q.After, err = webhookstore.ParseCursor(h.org, webhookstore.Cursor(page.Next)); err != nil && page.Next != (eventlog.Position{}) {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || len(got) != n {
				t.Errorf("limit %d, %q: %d (-want +got):\n%s", limit, status, len(got), diff)
			}
		}
	}
}

func TestCursors(t *testing.T) {
	t.Parallel()
	p := eventlog.Position{At: time.Date(2026, 3, 10, 12, 0, 0, 123456789, time.UTC), Org: "o", Property: "p", Stream: "s", Version: 7}
	text := webhookstore.Cursor(p)
	if got, err := webhookstore.ParseCursor("o", text); err != nil || got != p {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := webhookstore.ParseCursor("another", text); err != nil || got.Org != "another" {
		t.Errorf("a cursor leads to %+v, %v", got, err)
	}
	for _, bad := range []string{"", "x", text + "A", text[1:], "e30", "bnVsbA"} {
		if got, err := webhookstore.ParseCursor("o", bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 2)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	p := h.properties[0]
	h.happen(daybook.TypeDayClosed, p)
	h.drain()
	c := h.claim(made.Target, p)
	if err := h.Settle(ctx, made.Target, []webhookstore.Settled{h.Answered(c.Deliveries[0], h.clock.now(), webhook.Answer{Status: 200})}, false); err != nil {
		t.Fatal(err)
	}
	place := eventlog.Position{Property: p, Stream: c.Deliveries[0].Stream, Version: 1} // as an event's id has it
	if r, err := h.Retry(ctx, h.by("r"), made.ID, place); err != nil || r.Replayed {
		t.Fatalf("%+v, %v", r, err)
	}
	if d := h.log(made.Target)[0]; d.Status != webhookstore.Pending || d.Attempts != 0 || !d.FirstAt.IsZero() || d.Type != daybook.TypeDayClosed {
		t.Errorf("%+v", d)
	}
	h.claim(made.Target, p)
	if r, err := h.Retry(ctx, h.by("r"), made.ID, place); err != nil || !r.Replayed {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := h.claim(made.Target, p); len(got.Deliveries) != 0 {
		t.Error("a repeated call made it due once more")
	}
	h.happen(daybook.TypeDayClosed, h.properties[1]) // an event that was never enqueued
	place.Property = h.properties[1]
	for _, at := range []eventlog.Position{place, {Property: p, Stream: "2026-03-10", Version: 9}, {Property: "none", Stream: "x", Version: 1}} {
		if _, err := h.Retry(ctx, h.by("x"), made.ID, at); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%+v: %v", at, err)
		}
	}
}
