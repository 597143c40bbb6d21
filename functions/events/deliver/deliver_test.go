package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/setupstore"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
)

// house is an organisation whose setup makes events, and a receiver of them.
type house struct {
	*drainer
	t     *testing.T
	b     *api.Backend
	store *webhookstore.Store
	org   tenant.OrgID
	shard int64

	mu   sync.Mutex
	got  []message
	fail bool
}

type message struct {
	header http.Header
	body   []byte
}

var owner = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin}

func newHouse(t *testing.T) (h *house, to webhookstore.Result) {
	t.Helper()
	h = &house{t: t, org: tenant.OrgID(ids.NewUUID().String())}
	h.b = api.NewBackend(api.Parts{DB: testkit.Spanner(t), Now: time.Now})
	h.shard = tenant.ShardOf(h.org, tenant.Setup)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got = append(h.got, message{r.Header.Clone(), body})
		if h.fail {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(receiver.Close)
	client := webhook.NewClient(webhook.Options{Local: true})
	h.drainer = newDrainer(h.b, client)
	h.store = webhookstore.New(h.b.DB, webhookstore.Options{Now: time.Now, Check: client.Check})
	ctx := testkit.Context(t)
	_, err := h.b.Setup.CreateOrganisation(ctx, setupstore.Change{Org: h.org, Actor: owner, Key: "k"}, setup.Organisation{Name: "Group", BaseCurrency: "EUR"})
	if err == nil {
		to, err = h.store.Create(ctx, webhookstore.Change{Org: h.org, Key: "k"}, webhookstore.Settings{URL: receiver.URL, Enabled: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	return h, to
}

// happen makes one event: a member.
func (h *house) happen(name string) time.Time {
	h.t.Helper()
	r, err := h.b.Setup.SetMember(testkit.Context(h.t), setupstore.Change{Org: h.org, Actor: owner, Key: name}, setup.Member{Subject: name, Role: approval.Auditor})
	if err != nil {
		h.t.Fatal(err)
	}
	return r.At
}

// call is a context as the function's is.
func (h *house) call() context.Context {
	ctx, cancel := context.WithTimeout(h.t.Context(), api.EventsTimeout)
	h.t.Cleanup(cancel)
	return ctx
}

func (h *house) messages() []message {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]message(nil), h.got...)
}

// TestNudge: an event is at its receiver when the nudge of its commit is answered, once, as a CloudEvent.
func TestNudge(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t)
	at := h.happen("first")
	for range 3 { // nudges come again
		if err := h.Drain(h.call(), h.shard, at); err != nil {
			t.Fatal(err)
		}
	}
	got := h.messages()
	if len(got) != 1 {
		t.Fatalf("%d messages", len(got))
	}
	if err := webhook.Verify(got[0].header, got[0].body, time.Now(), to.Secret); err != nil {
		t.Error(err)
	}
	var e struct{ ID, Type, OrgID string }
	if err := json.Unmarshal(got[0].body, &e); err != nil || e.ID != got[0].header.Get("webhook-id") || e.Type != "innkeep.MemberSet.v1" || e.OrgID != string(h.org) {
		t.Errorf("%+v, %v: %s", e, err, got[0].body)
	}
	if err := h.Drain(h.call(), 16, at); !errors.Is(err, feed.ErrShard) {
		t.Errorf("%v", err)
	}
}

// TestSweep: news that nobody told of, and what an instance left behind that ended between its commit and
// the sending.
func TestSweep(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t)
	at := h.happen("first")
	if _, err := h.enqueue(h.call(), h.shard, at); err != nil || len(h.messages()) != 0 {
		t.Fatal(err)
	}
	at = h.happen("second")
	for !time.Now().After(at) { // the emulator's clock may be ahead of ours
	}
	another := newDrainer(h.b, webhook.NewClient(webhook.Options{Local: true}))
	if err := another.Sweep(h.call()); err != nil {
		t.Fatal(err)
	}
	if got := h.messages(); len(got) != 2 {
		t.Errorf("%d messages", len(got))
	}
	page, err := h.store.Log(testkit.Context(t), to.Target, webhookstore.LogQuery{Limit: 10})
	if err != nil || len(page.Deliveries) != 2 || page.Deliveries[0].Status != webhookstore.Delivered || page.Deliveries[1].Status != webhookstore.Delivered {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestNudgesAtOnce: several instances under many nudges send each event once while all goes well.
func TestNudgesAtOnce(t *testing.T) {
	t.Parallel()
	h, _ := newHouse(t)
	another := newDrainer(h.b, webhook.NewClient(webhook.Options{Local: true}))
	var wg sync.WaitGroup
	var last time.Time
	for n := range 12 {
		at := h.happen(fmt.Sprint("member ", n))
		last = at
		d := []*drainer{h.drainer, another}[n%2]
		wg.Go(func() {
			if err := d.Drain(h.call(), h.shard, at); err != nil && !errors.Is(err, feed.ErrBusy) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := h.Drain(h.call(), h.shard, last); err != nil {
		t.Fatal(err)
	}
	if err := h.Sweep(h.call()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, m := range h.messages() {
		seen[m.header.Get("webhook-id")]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d of 12 events came", len(seen))
	}
}

// TestAFailureIsNoFailureOfTheFunction: it is written down and tried again later; the nudge is done.
func TestAFailureIsNoFailureOfTheFunction(t *testing.T) {
	t.Parallel()
	h, to := newHouse(t)
	h.fail = true
	if err := h.Drain(h.call(), h.shard, h.happen("first")); err != nil {
		t.Fatal(err)
	}
	page, err := h.store.Log(testkit.Context(t), to.Target, webhookstore.LogQuery{Limit: 10})
	if err != nil || len(page.Deliveries) != 1 || page.Deliveries[0].Status != webhookstore.Pending || page.Deliveries[0].Attempts != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	if err := h.Drain(h.call(), h.shard, h.happen("second")); err != nil || len(h.messages()) < 2 {
		t.Errorf("%d messages: %v", len(h.messages()), err)
	}
}
