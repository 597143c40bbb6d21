package webhookstore_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// clock is the store's; the test moves it. It begins at the machine's time, as the emulator's commits do.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// house is an organisation with some properties, and a store.
type house struct {
	*webhookstore.Store
	t          testing.TB
	db         *spannerdb.DB
	clock      *clock
	org        tenant.OrgID
	properties []tenant.PropertyID
	refuse     error // what the check of addresses says
	versions   map[tenant.PropertyID]int64
	last       time.Time // of the commits: the emulator's clock may be ahead of ours
}

func newHouse(t testing.TB, db *spannerdb.DB, properties int) *house {
	t.Helper()
	h := &house{t: t, db: db, clock: &clock{at: time.Now()}, org: tenant.OrgID("org-" + ids.NewUUID().String()), versions: map[tenant.PropertyID]int64{}}
	h.Store = webhookstore.New(db, webhookstore.Options{
		Now: h.clock.now, Jitter: func(int64) int64 { return 0 }, Check: func(context.Context, string) error { return h.refuse },
	})
	ms := []*spanner.Mutation{spanner.Insert("Organizations",
		[]string{"OrgId", "Name", "BaseCurrency", "Plan", "StreamVersion", "ChainHash", "ChartVersion", "CreatedAt"},
		[]any{string(h.org), "Group", "EUR", "standard", 0, make([]byte, 32), 0, spanner.CommitTimestamp})}
	for range properties {
		h.properties = append(h.properties, tenant.PropertyID(ids.NewUUID().String()))
	}
	for _, p := range append([]tenant.PropertyID{tenant.Setup}, h.properties...) {
		row := map[string]any{"ShardId": tenant.ShardOf(h.org, p), "OrgId": string(h.org), "PropertyId": string(p), "CreatedAt": spanner.CommitTimestamp}
		if p != tenant.Setup {
			for k, v := range map[string]any{"Code": string(p)[:8], "Name": "House", "PropertyType": "HOTEL", "TimeZone": "UTC",
				"CutoffMinutes": 0, "Currency": "EUR", "GoLive": civil.Date{Year: 2026, Month: 3, Day: 1}, "RoomCount": 1} {
				row[k] = v
			}
		}
		ms = append(ms, spanner.InsertMap("Properties", row))
	}
	h.apply(ms...)
	return h
}

func (h *house) apply(ms ...*spanner.Mutation) time.Time {
	h.t.Helper()
	at, err := h.db.Client().Apply(testkit.Context(h.t), ms)
	if err != nil {
		h.t.Fatal(err)
	}
	h.last = at
	return at
}

// happen records one event of a type at each of the properties, in one commit.
func (h *house) happen(kind daybook.EventType, properties ...tenant.PropertyID) time.Time {
	h.t.Helper()
	var ms []*spanner.Mutation
	for _, p := range properties {
		h.versions[p]++
		ms = append(ms, spanner.InsertMap("Events", map[string]any{
			"ShardId": tenant.ShardOf(h.org, p), "OrgId": string(h.org), "PropertyId": string(p), "StreamId": "2026-03-10",
			"Version": h.versions[p], "Type": string(kind), "SchemaVersion": 1, "Actor": "{}", "Cause": make([]byte, 32),
			"Judged": "{}", "Data": fmt.Sprintf(`{"n":%d}`, h.versions[p]), "ChainHash": make([]byte, 32), "RecordedAt": spanner.CommitTimestamp,
		}))
	}
	at := h.apply(ms...)
	h.clock.mu.Lock()
	defer h.clock.mu.Unlock()
	if h.clock.at.Before(at) {
		h.clock.at = at
	}
	return at
}

// drain gives the consumer all that has happened.
func (h *house) drain() {
	h.t.Helper()
	r := feed.New(h.db, h.Consumer(func(int64, webhookstore.Target) {}), events.Now)
	for _, shard := range h.shards() {
		if err := r.Drain(testkit.Context(h.t), shard, h.last); err != nil {
			h.t.Fatal(err)
		}
	}
}

// shards are those in which the organisation has events.
func (h *house) shards() (out []int64) {
	for p := range h.versions {
		out = append(out, tenant.ShardOf(h.org, p))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (h *house) by(key string) webhookstore.Change {
	return webhookstore.Change{Org: h.org, Subject: "owner", Key: key}
}

func settings(types ...daybook.EventType) webhookstore.Settings {
	return webhookstore.Settings{URL: "https://hooks.example.com/", EventTypes: types, Enabled: true}
}

// endpoint makes an endpoint that must come about.
func (h *house) endpoint(key string, set webhookstore.Settings) webhookstore.Result {
	h.t.Helper()
	r, err := h.Create(testkit.Context(h.t), h.by(key), set)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// log is all deliveries of an endpoint, the latest first.
func (h *house) log(to webhookstore.Target) []webhookstore.Delivery {
	h.t.Helper()
	page, err := h.Log(testkit.Context(h.t), to, webhookstore.LogQuery{Limit: 10_000})
	if err != nil {
		h.t.Fatal(err)
	}
	return page.Deliveries
}

// claim takes what is due to an endpoint at a property.
func (h *house) claim(to webhookstore.Target, p tenant.PropertyID) webhookstore.Claimed {
	h.t.Helper()
	c, _, err := h.Claim(testkit.Context(h.t), tenant.ShardOf(h.org, p), to, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func places(ds []webhookstore.Delivery) (out []eventlog.Position) {
	for _, d := range ds {
		out = append(out, d.Position)
	}
	return out
}
