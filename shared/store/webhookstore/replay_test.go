package webhookstore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
)

// TestReplay: the events from a time on, of the types that the endpoint takes, also those from before it.
func TestReplay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 3)
	ctx := testkit.Context(t)
	h.happen(daybook.TypeDayClosed, h.properties...)
	from := h.happen(daybook.TypeDayClosed, h.properties...)
	h.happen(daybook.TypeDayReopened, h.properties...)
	h.happen("MemberSet", tenant.Setup)
	all, some := h.endpoint("all", settings()), h.endpoint("some", settings(daybook.TypeDayClosed, "MemberSet"))
	h.drain()
	q := webhookstore.ReplayQuery{From: from, Properties: h.properties}
	for to, want := range map[*webhookstore.Result]int{&all: 7, &some: 4} {
		r, err := h.Replay(ctx, h.by("r"), to.ID, q)
		if err != nil || r.Enqueued != want || r.Next != (eventlog.Position{}) || len(h.log(to.Target)) != want {
			t.Fatalf("%+v, %d rows, %v, want %d", r, len(h.log(to.Target)), err, want)
		}
	}
	for _, p := range append(h.properties, tenant.Setup) {
		h.claim(all.Target, p)
	}
	if r, err := h.Replay(ctx, h.by("r"), all.ID, q); err != nil || !r.Replayed || r.Enqueued != 7 {
		t.Errorf("repeated: %+v, %v", r, err)
	}
	if got := h.claim(all.Target, h.properties[0]); len(got.Deliveries) != 0 {
		t.Error("a repeated call enqueued again")
	}
	q.From = time.Now().Add(time.Hour)
	if r, err := h.Replay(ctx, h.by("later"), all.ID, q); err != nil || r.Enqueued != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestReplayGoesOn: call by call, each event once, whichever of the two limits ends a call.
func TestReplayGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 7)
	ctx := testkit.Context(t)
	made := h.endpoint("k", settings())
	h.happen(daybook.TypeDayClosed, slices.Repeat(h.properties[3:4], 23)...)
	h.happen(daybook.TypeDayClosed, h.properties[:5]...)
	for _, limit := range [][2]int{{5, 100}, {100, 1}, {6, 2}, {28, 100}, {29, 100}, {100, 8}} {
		h.Limit(limit[0], limit[1])
		q := webhookstore.ReplayQuery{Properties: h.properties}
		enqueued := 0
		for calls := 0; calls == 0 || q.After != (eventlog.Position{}); calls++ {
			r, err := h.Replay(ctx, h.by(fmt.Sprint(limit, calls)), made.ID, q)
			if err != nil || r.Enqueued > limit[0] || calls > 20 {
				t.Fatalf("%v: call %d: %+v, %v", limit, calls, r, err)
			}
			enqueued += r.Enqueued
			if q.After = r.Next; r.Next != (eventlog.Position{}) {
				if q.After, err = webhookstore.ParseCursor(h.org, webhookstore.Cursor(r.Next)); err != nil {
					t.Fatal(err)
				}
			}
		}
		h.Limit(1000, 0)
		if n := len(h.log(made.Target)); enqueued != 28 || n != 28 {
			t.Errorf("%v: %d enqueued, %d rows, want 28", limit, enqueued, n)
		}
	}
}
