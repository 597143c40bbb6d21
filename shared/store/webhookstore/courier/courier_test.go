package courier_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/webhook"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/store/webhookstore/courier"
	"innkeep.internal/shared/testkit"
)

// house is an organisation with one property, and a courier that sends to receivers on this machine.
type house struct {
	*courier.Courier
	t        *testing.T
	db       *spannerdb.DB
	store    *webhookstore.Store
	org      tenant.OrgID
	property tenant.PropertyID
	version  int64
	last     time.Time // of the commits: the emulator's clock may be ahead of ours

	mu  sync.Mutex
	now time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: testkit.Spanner(t), org: "org", property: tenant.PropertyID(ids.NewUUID().String()), now: time.Now()}
	client := webhook.NewClient(webhook.Options{Local: true})
	h.store = webhookstore.New(h.db, webhookstore.Options{Now: h.clock, Check: client.Check, Jitter: func(int64) int64 { return 0 }})
	h.Courier = courier.New(h.store, client.Send, func(e eventlog.Stored) (string, []byte, error) {
		if e.Type == "Unknown" {
			return "", nil, errors.New("unknown")
		}
		return fmt.Sprint("e", e.Version), []byte(e.Raw.Data), nil
	})
	h.apply(spanner.Insert("Organizations",
		[]string{"OrgId", "Name", "BaseCurrency", "Plan", "StreamVersion", "ChainHash", "ChartVersion", "CreatedAt"},
		[]any{string(h.org), "Group", "EUR", "standard", 0, make([]byte, 32), 0, spanner.CommitTimestamp}),
		spanner.Insert("Properties",
			[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
			[]any{h.shard(), string(h.org), string(h.property), "A", "House", "HOTEL", "UTC", 0, "EUR", "2026-03-01", 1, spanner.CommitTimestamp}))
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) shard() int64 { return tenant.ShardOf(h.org, h.property) }

func (h *house) apply(ms ...*spanner.Mutation) {
	h.t.Helper()
	var err error
	if h.last, err = h.db.Client().Apply(testkit.Context(h.t), ms); err != nil {
		h.t.Fatal(err)
	}
}

// happen records n events and enqueues them.
func (h *house) happen(kind string, n int) {
	h.t.Helper()
	var ms []*spanner.Mutation
	for range n {
		h.version++
		ms = append(ms, spanner.InsertMap("Events", map[string]any{
			"ShardId": h.shard(), "OrgId": string(h.org), "PropertyId": string(h.property), "StreamId": "2026-03-10",
			"Version": h.version, "Type": kind, "SchemaVersion": 1, "Actor": "{}", "Cause": make([]byte, 32),
			"Judged": "{}", "Data": fmt.Sprintf(`{"n":%d}`, h.version), "ChainHash": make([]byte, 32), "RecordedAt": spanner.CommitTimestamp,
		}))
	}
	h.apply(ms...)
	if err := feed.New(h.db, h.store.Consumer(func(int64, webhookstore.Target) {}), time.Now).Drain(testkit.Context(h.t), h.shard(), h.last); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) endpoint(url string) webhookstore.Result {
	h.t.Helper()
	r, err := h.store.Create(testkit.Context(h.t), webhookstore.Change{Org: h.org, Key: url}, webhookstore.Settings{URL: url, Enabled: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// deliver is one call of the function: it has 10 s.
func (h *house) deliver(to ...webhookstore.Target) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 10*time.Second)
	defer cancel()
	if err := h.Deliver(ctx, h.shard(), to); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) log(to webhookstore.Target) []webhookstore.Delivery {
	h.t.Helper()
	page, err := h.store.Log(testkit.Context(h.t), to, webhookstore.LogQuery{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Deliveries
}

// statuses is how many deliveries of an endpoint are in each state.
func (h *house) statuses(to webhookstore.Target) map[webhookstore.DeliveryStatus]int {
	out := map[webhookstore.DeliveryStatus]int{}
	for _, d := range h.log(to) {
		out[d.Status]++
	}
	return out
}

// receiver is a server on this machine that keeps what it got and answers as it is told.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []message
	answ func(w http.ResponseWriter, r *http.Request)
}

type message struct {
	id, body string
	header   http.Header
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answ: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.got = append(r.got, message{req.Header.Get("webhook-id"), string(body), req.Header.Clone()})
		answer := r.answ
		r.mu.Unlock()
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) answer(f func(w http.ResponseWriter, r *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answ = f
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// newStrict is a courier as it is deployed: nothing on this machine is sent to.
func newStrict(h *house) *courier.Courier {
	render := func(eventlog.Stored) (string, []byte, error) { return "e", nil, nil }
	return courier.New(h.store, webhook.NewClient(webhook.Options{}).Send, render)
}
