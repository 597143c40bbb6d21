package events_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/functions/events/relay"
	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/publish/pubsubadmin"
	"innkeep.internal/shared/platform/pushfn"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/pubsub"
)

// house is some properties of an organisation with one webhook, and who takes its domain events.
type house struct {
	t       *testing.T
	db      *spannerdb.DB
	project *pubsub.Project
	writer  *events.Writer
	written int

	mu   sync.Mutex
	seen map[string]bool     // ids of events that have arrived
	came map[string][]string // by property, each id once, as it arrived first
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: testkit.Spanner(t), project: pubsub.New(t), seen: map[string]bool{}, came: map[string][]string{}}
	h.writer = events.New(t, h.db, 3)
	h.apply(spanner.Insert("Organizations",
		[]string{"OrgId", "Name", "BaseCurrency", "Plan", "StreamVersion", "ChainHash", "ChartVersion", "CreatedAt"},
		[]any{"org", "Group", "EUR", "standard", 0, make([]byte, 32), 0, spanner.CommitTimestamp}))
	hooks := webhookstore.New(h.db, webhookstore.Options{Now: events.Now, Check: func(context.Context, string) error { return nil }})
	if _, err := hooks.Create(testkit.Context(t), webhookstore.Change{Org: "org", Subject: "owner", Key: "k"}, webhookstore.Settings{URL: "https://example.test/hook", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	h.project.Topic(t, relay.Topic)
	h.project.Push(t, pubsubadmin.Subscription{Topic: relay.Topic, Ordered: true}, pushfn.New("taker", pushfn.Options{Push: h.take, Pusher: pushfn.AllowEmulator}))
	return h
}

func (h *house) apply(ms ...*spanner.Mutation) {
	h.t.Helper()
	if _, err := h.db.Client().Apply(testkit.Context(h.t), ms); err != nil {
		h.t.Fatal(err)
	}
}

// take is a subscriber of domain events.
func (h *house) take(_ context.Context, m pushfn.Message) error {
	var e struct{ ID, PropertyID string }
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.seen[e.ID] {
		h.seen[e.ID] = true
		h.came[e.PropertyID] = append(h.came[e.PropertyID], e.ID)
	}
	return nil
}

// write writes n sales of the three properties, in commits of one to nine.
func (h *house) write(n int) {
	h.t.Helper()
	for i := 0; i < n; {
		var ms []*spanner.Mutation
		for range min(1+(h.written+i)%9, n-i) {
			ms = append(ms, h.writer.Sale(h.t, h.writer.Books[(h.written+i)/10%3], events.First, i))
			i++
		}
		h.writer.Commit(h.t, ms...)
	}
	h.written += n
}

// settle runs the consumers, which nobody kills, until each has taken all events: a shard may be
// leased to a process that is dead, for some seconds.
func (h *house) settle() {
	h.t.Helper()
	ctx := testkit.Context(h.t)
	ds := consumers(h.db, h.project.Client, func(string) func(feed.Point) { return nil })
	for !h.taken() {
		for _, d := range ds {
			if err := d.Sweep(ctx); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// taken reports whether every consumer has every event behind it.
func (h *house) taken() bool {
	h.t.Helper()
	s := h.db.Snapshot()
	for _, name := range []string{accounttotals.ConsumerName(1), "relay", "snapshot", webhookstore.ConsumerName} {
		all, err := feed.ReadAll(testkit.Context(h.t), s, name)
		if err != nil {
			h.t.Fatal(err)
		}
		if feed.StandingOf(all).Events < int64(h.written) {
			return false
		}
	}
	return true
}

// published waits until every event has arrived, and asks that those of a property did in order.
func (h *house) published() {
	h.t.Helper()
	ctx := testkit.Context(h.t)
	arrived := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.seen)
	}
	for arrived() < h.written && ctx.Err() == nil {
		_ = h.db.Single().Read(ctx, "ReadModels", spanner.AllKeys(), []string{"ReadModel"}).Do(func(*spanner.Row) error { return nil })
	}
	var want []eventlog.Position
	err := h.db.Single().Read(ctx, eventlog.Table, spanner.AllKeys(), eventlog.Columns).Do(func(r *spanner.Row) error {
		e, err := eventlog.Read(r)
		want = append(want, e.Position())
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(want, eventlog.Position.Compare)
	ordered := map[string][]string{}
	for _, p := range want {
		ordered[string(p.Property)] = append(ordered[string(p.Property)], eventapi.ID(p))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for property, ids := range ordered {
		if !slices.Equal(ids, h.came[property]) {
			h.t.Errorf("%s: %d events arrived in an order of their own, or not all of %d", property, len(h.came[property]), len(ids))
		}
	}
}

// state is all that the consumers have made, hash for hash.
type state struct{ totals, snapshots, deliveries string }

func (h *house) state() state {
	h.t.Helper()
	var sum accounttotals.Checksum
	for shard := range int64(tenant.Shards) {
		c, err := accounttotals.Check(testkit.Context(h.t), h.db, shard, events.Now())
		if err != nil || c.Count > 0 || len(c.Wrong) > 0 {
			h.t.Errorf("shard %d: %v, %v, %v", shard, c.Shown, c.Wrong, err)
		}
		sum = sum.Add(c.Checksum)
	}
	return state{
		fmt.Sprintf("%x", sum),
		h.rows("Snapshots", "ShardId", "OrgId", "PropertyId", "StreamId", "Version", "State", "StateHash", "ChainHash"),
		h.rows("WebhookDeliveries", "ShardId", "OrgId", "EndpointId", "RecordedAt", "PropertyId", "StreamId", "Version", "EventType", "Status", "Attempts"),
	}
}

// rows is how many rows a table has, and the hash of them.
func (h *house) rows(table string, columns ...string) string {
	h.t.Helper()
	n, sum := 0, sha256.New()
	err := h.db.Single().Read(testkit.Context(h.t), table, spanner.AllKeys(), columns).Do(func(r *spanner.Row) error {
		n++
		_, err := fmt.Fprintln(sum, strings.Join(strings.Fields(r.String()), " "))
		return err
	})
	if err != nil || n == 0 {
		h.t.Errorf("%s: %d rows, %v", table, n, err)
	}
	return fmt.Sprintf("%d rows %x", n, sum.Sum(nil))
}

// wipe deletes all that the consumers have made, shard by shard: the emulator's time for a commit grows
// with the square of its rows.
func (h *house) wipe() {
	h.t.Helper()
	for _, table := range []string{"AccountTotals", "Snapshots", "WebhookDeliveries"} {
		for shard := range int64(tenant.Shards) {
			h.apply(spanner.Delete(table, spanner.Key{shard}.AsPrefix()))
		}
	}
	h.apply(spanner.Delete("FeedCursors", spanner.AllKeys()), spanner.Delete("ParkedEvents", spanner.AllKeys()))
}
