package courier_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
)

// TestSignedAndOnce: each event comes once, signed so that its receiver can tell.
func TestSignedAndOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := newReceiver(t, status(204))
	to := h.endpoint(r.URL + "/books")
	h.happen("DayClosed", 60) // more than a lane takes at a time
	var g errgroup.Group
	for range 3 { // as many nudges at once
		g.Go(func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			return h.Deliver(ctx, h.shard(), []webhookstore.Target{to.Target})
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	h.deliver(to.Target)
	seen := map[string]int{}
	for _, m := range r.messages() {
		if err := webhook.Verify(m.header, []byte(m.body), h.clock(), to.Secret); err != nil {
			t.Errorf("%s: %v", m.id, err)
		}
		if m.header.Get("Content-Type") != "application/cloudevents+json" || m.body != `{"n":`+m.id[1:]+`}` {
			t.Errorf("%+v", m)
		}
		seen[m.id]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if got := h.statuses(to.Target); len(seen) != 60 || got[webhookstore.Delivered] != 60 {
		t.Errorf("%d came, %v", len(seen), got)
	}
}

// TestRotationOverlap: for a day a receiver may know either secret, and then the new one alone.
func TestRotationOverlap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := newReceiver(t, status(200))
	old := h.endpoint(r.URL)
	fresh, err := h.store.Rotate(testkit.Context(t), webhookstore.Change{Org: h.org, Key: "r"}, old.ID)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []error{nil, webhook.ErrSignature} {
		h.happen("DayClosed", 1)
		h.deliver(old.Target)
		m := r.messages()[n]
		if err := webhook.Verify(m.header, []byte(m.body), h.clock(), fresh.Secret); err != nil {
			t.Errorf("by the new secret: %v", err)
		}
		if err := webhook.Verify(m.header, []byte(m.body), h.clock(), old.Secret); err != want { //nolint:errorlint // the sentinel or nil
			t.Errorf("by the old secret: %v, want %v", err, want)
		}
		h.wait(webhookstore.Overlap)
	}
}

// TestUntilParked: tried again and again, by the sweep, for 3 days of the clock; then parked, and sent
// again when somebody asks.
func TestUntilParked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := newReceiver(t, status(500))
	to := h.endpoint(r.URL)
	h.happen("DayClosed", 1)
	start := h.clock()
	for n := 0; h.log(to.Target)[0].Status == webhookstore.Pending; n++ {
		if n > 30 {
			t.Fatal("it is never parked")
		}
		due := h.log(to.Target)[0].DueAt
		h.wait(due.Sub(h.clock()) - time.Millisecond)
		h.deliver(to.Target)
		if got := len(r.messages()); got > n {
			t.Fatalf("attempt %d came before its time", got)
		}
		h.wait(time.Millisecond)
		if n > 0 {
			h.deliver(to.Target)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := h.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	d := h.log(to.Target)[0]
	if d.Attempts != 20 || len(r.messages()) != 20 || d.LastAt.Sub(d.FirstAt) != 72*time.Hour || h.clock().Sub(start).Round(time.Second) != 72*time.Hour {
		t.Errorf("%d messages; %+v", len(r.messages()), d)
	}
	h.wait(24 * time.Hour)
	h.deliver(to.Target)
	if len(r.messages()) != 20 {
		t.Error("a parked delivery was sent")
	}
	r.answer(status(200))
	if _, err := h.store.Retry(testkit.Context(t), webhookstore.Change{Org: h.org, Key: "again"}, to.ID, d.Position); err != nil {
		t.Fatal(err)
	}
	h.deliver(to.Target)
	if d := h.log(to.Target)[0]; d.Status != webhookstore.Delivered || d.Attempts != 1 || r.messages()[20].id != r.messages()[0].id {
		t.Errorf("%+v", d)
	}
}

// TestGone: 410 ends the endpoint, and what else waits for it.
func TestGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := newReceiver(t, status(http.StatusGone))
	to := h.endpoint(r.URL)
	h.happen("DayClosed", 30)
	h.deliver(to.Target)
	e, err := h.store.Endpoint(testkit.Context(t), h.org, to.ID)
	if err != nil || e.Status != webhookstore.Gone {
		t.Fatalf("%v, %v", e.Status, err)
	}
	h.wait(time.Hour)
	sent := len(r.messages())
	h.deliver(to.Target)
	h.deliver(to.Target)
	if got := h.statuses(to.Target); got[webhookstore.Parked] != 30 || sent > 4 || len(r.messages()) != sent {
		t.Errorf("%v, %d messages, then %d", got, sent, len(r.messages()))
	}
	h.happen("DayClosed", 1)
	if got := len(h.log(to.Target)); got != 30 {
		t.Errorf("%d deliveries: more were enqueued", got)
	}
}

// TestASlowEndpointHoldsUpNoOther: the others have their messages while it takes its time.
func TestASlowEndpointHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	release := make(chan struct{})
	var under, most atomic.Int64
	slow := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		if n := under.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		under.Add(-1)
	})
	quick := newReceiver(t, status(200))
	a, b := h.endpoint(slow.URL), h.endpoint(quick.URL)
	h.happen("DayClosed", 40)
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.deliver(a.Target, b.Target)
	}()
	deadline := time.Now().Add(10 * time.Second)
	for h.statuses(b.Target)[webhookstore.Delivered] < 40 {
		if time.Now().After(deadline) {
			t.Fatalf("the quick one has %v", h.statuses(b.Target))
		}
	}
	if got := h.statuses(a.Target); got[webhookstore.Delivered] != 0 {
		t.Errorf("the slow one has %v", got)
	}
	close(release)
	<-done
	if most.Load() > 4 {
		t.Errorf("%d messages to one endpoint at a time", most.Load())
	}
}

// TestAFailingEndpointIsSpared: after some that came to nothing, or when it asks for it, the rest is put
// off unsent.
func TestAFailingEndpointIsSpared(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		most   int
		wait   time.Duration
	}{
		"overloaded": {status(503), 6, 5 * time.Second}, // 3 failures, and up to 3 that were under way
		"asks for time": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 4, 10 * time.Minute},
		"breaks off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 6, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			r := newReceiver(t, c.answer)
			to := h.endpoint(r.URL)
			h.happen("DayClosed", 25)
			h.deliver(to.Target)
			if n := len(r.messages()); n > c.most {
				t.Errorf("%d messages, want at most %d", n, c.most)
			}
			for _, d := range h.log(to.Target) {
				if d.Status != webhookstore.Pending || d.Attempts != 1 || d.DueAt.Sub(d.LastAt) < 5*time.Second || d.LastError == "endpoint_failing" && d.DueAt.Sub(d.LastAt) < c.wait {
					t.Errorf("%+v", d)
				}
			}
		})
	}
}

// TestRefusalsAreOfOneMessage: an answer of 500 says nothing of the next event.
func TestRefusalsAreOfOneMessage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("webhook-id") != "e9" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	to := h.endpoint(r.URL)
	h.happen("DayClosed", 10)
	h.happen("Unknown", 1)
	h.deliver(to.Target)
	want := map[webhookstore.DeliveryStatus]int{webhookstore.Delivered: 1, webhookstore.Pending: 9, webhookstore.Parked: 1}
	if diff := cmp.Diff(want, h.statuses(to.Target)); diff != "" || len(r.messages()) != 10 {
		t.Errorf("%d messages (-want +got):\n%s", len(r.messages()), diff)
	}
	if d := h.log(to.Target)[0]; d.LastError != "event_unreadable" {
		t.Errorf("%+v", d)
	}
}

// TestTooLate: with no time left nothing is begun, and what was under way is nobody's failure.
func TestTooLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := newReceiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	to := h.endpoint(r.URL)
	h.happen("DayClosed", 10)
	h.Shorten(time.Second, 100*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := h.Deliver(ctx, h.shard(), []webhookstore.Target{to.Target}); err != nil || len(r.messages()) != 0 {
		t.Errorf("%v, %d messages", err, len(r.messages()))
	}
	ctx, cancel = context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer cancel()
	if err := h.Deliver(ctx, h.shard(), []webhookstore.Target{to.Target}); err != nil || len(r.messages()) != 4 {
		t.Errorf("%v, %d messages", err, len(r.messages()))
	}
	for _, d := range h.log(to.Target) {
		if d.Status != webhookstore.Pending || d.Attempts != 0 || d.DueAt.After(h.clock()) {
			t.Errorf("%+v", d)
		}
	}
}

// TestPrivateAddressesGetNothing: an endpoint whose host leads inside by now is tried like one that is
// away, and never reached.
func TestPrivateAddressesGetNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	to := h.endpoint("http://127.0.0.1:9/") // it passed, and then the rules were others
	h.happen("DayClosed", 1)
	strict := newStrict(h)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := strict.Deliver(ctx, h.shard(), []webhookstore.Target{to.Target}); err != nil {
		t.Fatal(err)
	}
	if d := h.log(to.Target)[0]; d.Status != webhookstore.Pending || d.Attempts != 1 || d.LastError != webhook.ReasonURL || d.LastStatus != 0 {
		t.Errorf("%+v", d)
	}
}
