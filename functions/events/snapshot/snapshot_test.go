package snapshot

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/snapshotstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/invariants"
)

var (
	first  = bizdate.MustParse("2026-03-01")
	second = first.AddDays(1)
	owner  = approval.Actor{Subject: "owner", Role: approval.OwnerAdmin, Version: 1}
)

// house is a property whose books are written by the write path.
type house struct {
	t    *testing.T
	db   *spannerdb.DB
	desk daybookstore.Desk
	keys int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	id := ids.NewUUID()
	h := &house{t: t, db: testkit.Spanner(t), desk: daybookstore.Desk{
		Book:     tenant.Book{Org: "org", Property: tenant.PropertyID(id.String())},
		Property: daybook.Property{UUID: id, Currency: "EUR", GoLive: first},
		Zone:     time.UTC, Policy: approval.Default(), Chart: ledger.Default(),
	}}
	b := h.desk.Book
	ms, err := daybookstore.Opening(h.desk, owner, daybook.Hash{1}, 5_000)
	if err != nil {
		t.Fatal(err)
	}
	h.apply(append([]*spanner.Mutation{spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), "H", "House", "HOTEL", "UTC", 0, "EUR", civil.DateOf(first.Time()), 10, spanner.CommitTimestamp})}, ms...)...)
	return h
}

func (h *house) apply(ms ...*spanner.Mutation) {
	h.t.Helper()
	if _, err := h.db.Client().Apply(testkit.Context(h.t), ms); err != nil {
		h.t.Fatal(err)
	}
}

// sell records n revenues on a date: n events of its stream.
func (h *house) sell(d bizdate.Date, n int) {
	h.t.Helper()
	orders := make([]daybookstore.Order, n)
	for i := range orders {
		h.keys++
		orders[i] = daybookstore.Order{Actor: owner, Key: fmt.Sprint(h.keys), Action: daybook.Record{Draft: daybook.Draft{
			Kind: ledger.Revenue, BusinessDate: d, AmountMinor: int64(h.keys), Currency: "EUR", Mode: ledger.Cash, Category: "ROOM",
		}}}
	}
	s := daybookstore.New(h.db, func() time.Time { return second.Time().Add(12 * time.Hour) })
	for _, a := range s.ExecuteAll(testkit.Context(h.t), h.desk, orders) {
		if a.Err != nil {
			h.t.Fatal(a.Err)
		}
	}
}

func (h *house) drain() {
	h.t.Helper()
	if err := feed.New(h.db, Consumer(h.db), events.Now).Drain(testkit.Context(h.t), h.desk.Book.Shard(), time.Time{}); err != nil {
		h.t.Fatal(err)
	}
}

// retry has the consumer take a parked event once more.
func (h *house) retry(p feed.Parked) {
	h.t.Helper()
	place := feed.Place{Book: p.Book, Stream: p.Stream, Version: p.Version}
	if err := feed.Ask(testkit.Context(h.t), h.db, name, place, feed.StatusRetried, "ops"); err != nil {
		h.t.Fatal(err)
	}
	h.drain()
}

// kept are the versions of the snapshots that stand, by stream.
func (h *house) kept() map[string]int64 {
	h.t.Helper()
	got := map[string]int64{}
	err := h.db.Single().Read(testkit.Context(h.t), "Snapshots", spanner.AllKeys(), []string{"StreamId", "Version"}).Do(func(r *spanner.Row) error {
		var stream string
		var version int64
		err := r.Columns(&stream, &version)
		got[stream] = version
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

func (h *house) want(what string, want map[string]int64) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.kept()); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// schema changes the schema version that an event says it has.
func (h *house) schema(d bizdate.Date, version, schema int64) {
	h.t.Helper()
	b := h.desk.Book
	h.apply(spanner.Update("Events", []string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "SchemaVersion"},
		[]any{b.Shard(), string(b.Org), string(b.Property), d.String(), version, schema}))
}

// TestSnapshotEveryHundred: the states are kept as streams grow, past several batches, and are what
// the events come to.
func TestSnapshotEveryHundred(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sell(first, 98) // 99 events with the opening
	h.drain()
	h.want("99 events", map[string]int64{})
	h.sell(first, 1)
	h.sell(second, 99)
	h.drain()
	h.want("100 and 99 events", map[string]int64{first.String(): 100})
	h.sell(second, 250)
	h.drain() // in two batches
	h.want("100 and 349 events", map[string]int64{first.String(): 100, second.String(): 300})

	h.apply(spanner.Delete("Snapshots", spanner.AllKeys()), spanner.Delete("FeedCursors", spanner.AllKeys()))
	h.drain()
	h.want("all of it again", map[string]int64{first.String(): 100, second.String(): 300})
	h.apply(spanner.Delete("FeedCursors", spanner.AllKeys()))
	h.drain()
	h.want("and again, where they stand", map[string]int64{first.String(): 100, second.String(): 300})
	invariants.Check(t, h.db, h.desk.Book) // I11: each snapshot is the fold of its events
}

// TestUnfoldableStreamParks: an event of a schema that nobody knows is not guessed. The event with
// which the snapshot was due is parked and names it; the other stream has its snapshot. When the
// event can be read, retrying takes it.
func TestUnfoldableStreamParks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sell(first, 110)
	h.sell(second, 110)
	h.schema(first, 57, 2)
	h.drain()
	h.want("one stream cannot be read", map[string]int64{second.String(): 100})
	parked, err := feed.ListParked(testkit.Context(t), h.db.Snapshot(), name, true)
	if err != nil || len(parked) != 1 || parked[0].Stream != first.String() || parked[0].Version != 100 ||
		!strings.Contains(parked[0].Cause, first.String()+"/57") || !strings.Contains(parked[0].Cause, daybook.ErrUnknownEvent.Code) {
		t.Fatalf("%+v, %v", parked, err)
	}
	h.retry(parked[0])
	h.want("retried as it is", map[string]int64{second.String(): 100})
	h.schema(first, 57, 1)
	h.retry(parked[0])
	h.want("mended", map[string]int64{first.String(): 100, second.String(): 100})
	if left, err := feed.ListParked(testkit.Context(t), h.db.Snapshot(), name, true); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
	invariants.Check(t, h.db, h.desk.Book)
}

// TestDamagedSnapshotIsReplaced: the next one does not build upon it.
func TestDamagedSnapshotIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.sell(first, 99)
	h.drain()
	b := h.desk.Book
	h.apply(spanner.Update("Snapshots", []string{"ShardId", "OrgId", "PropertyId", "StreamId", "State"},
		[]any{b.Shard(), string(b.Org), string(b.Property), first.String(), "{}"}))
	h.sell(first, 105)
	h.drain()
	h.want("205 events", map[string]int64{first.String(): 200})
	if d, err := snapshotstore.Load(testkit.Context(t), h.db.Snapshot(), b, first); err != nil || d.Version != 205 || d.Flows.EntryCount != 204 {
		t.Errorf("%+v, %v", d, err)
	}
	invariants.Check(t, h.db, b)
}

func TestDue(t *testing.T) {
	t.Parallel()
	one, two := tenant.Book{Org: "org", Property: "one"}, tenant.Book{Org: "org", Property: "two"}
	at := func(b tenant.Book, stream string, version int64) eventlog.Stored {
		return eventlog.Stored{Book: b, Stream: stream, Version: version}
	}
	events := []eventlog.Stored{
		at(one, "2026-03-01", 99), at(one, "2026-03-01", 100), at(one, "2026-03-01", 101),
		at(two, "2026-03-01", 200), at(one, "2026-03-02", 100), at(one, "2026-03-01", 200),
		at(tenant.Book{Org: "org", Property: tenant.Setup}, setup.Stream, 100), at(two, "2026-03-02", 1),
	}
	want := []string{"one 2026-03-01/200", "two 2026-03-01/200", "one 2026-03-02/100"}
	var got []string
	for _, e := range due(events) {
		got = append(got, fmt.Sprintf("%s %s/%d", e.Book.Property, e.Stream, e.Version))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A stream that is named by no date belongs to nobody that this consumer knows.
func TestStrangeStreamIsPoison(t *testing.T) {
	t.Parallel()
	e := eventlog.Stored{Book: tenant.Book{Org: "org", Property: "one"}, Stream: "2026-02-30", Version: 100}
	effect, err := Consumer(testkit.Spanner(t)).Handle(testkit.Context(t), &feed.Batch{Events: []eventlog.Stored{e}, At: time.Now()})
	if effect != nil || !errors.Is(err, bizdate.ErrDate) || err.Error() != feed.Poison(e, bizdate.ErrDate).Error() {
		t.Errorf("%v", err)
	}
}
