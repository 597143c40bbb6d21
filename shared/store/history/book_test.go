package history_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
	"innkeep.internal/shared/testkit"
)

// books are an organisation's events, written straight into their table.
type books struct {
	t          *testing.T
	ctx        context.Context
	db         *spannerdb.DB
	org        tenant.OrgID
	properties []tenant.PropertyID // in the order of their ids
}

func newBooks(t *testing.T, properties int) *books {
	t.Helper()
	b := &books{t: t, ctx: testkit.Context(t), db: testkit.Spanner(t), org: tenant.OrgID(ids.NewUUID().String())}
	b.properties = b.add(b.org, properties)
	return b
}

// add makes properties of an organisation, and its setup stream's row.
func (b *books) add(org tenant.OrgID, n int) []tenant.PropertyID {
	b.t.Helper()
	all := []tenant.PropertyID{tenant.Setup}
	ms := []*spanner.Mutation{spanner.Insert("Properties", []string{"ShardId", "OrgId", "PropertyId", "CreatedAt"},
		[]any{tenant.ShardOf(org, tenant.Setup), string(org), "-", spanner.CommitTimestamp})}
	for i := range n {
		p := tenant.PropertyID(ids.NewUUID().String())
		all = append(all, p)
		ms = append(ms, spanner.InsertMap("Properties", map[string]any{
			"ShardId": tenant.ShardOf(org, p), "OrgId": string(org), "PropertyId": string(p), "Code": fmt.Sprintf("P%03d", i), "Name": "House",
			"PropertyType": "HOTEL", "TimeZone": "UTC", "CutoffMinutes": 0, "Currency": "EUR", "RoomCount": 1,
			"GoLive": civil.Date{Year: 2026, Month: 1, Day: 1}, "CreatedAt": spanner.CommitTimestamp,
		}))
	}
	b.commit(ms)
	slices.Sort(all)
	return all
}

func (b *books) commit(ms []*spanner.Mutation) time.Time {
	b.t.Helper()
	at, err := b.db.Client().Apply(b.ctx, ms, spanner.ApplyAtLeastOnce())
	if err != nil {
		b.t.Fatal(err)
	}
	return at.UTC()
}

// event is an event that is to be written.
func (b *books) event(p tenant.PropertyID, stream string, version int, eventType string) *spanner.Mutation {
	return spanner.InsertMap("Events", map[string]any{
		"ShardId": tenant.ShardOf(b.org, p), "OrgId": string(b.org), "PropertyId": string(p), "StreamId": stream, "Version": version,
		"Type": eventType, "SchemaVersion": 1, "Actor": "{}", "Cause": make([]byte, 32), "Judged": "{}", "Data": "{}",
		"ChainHash": make([]byte, 32), "RecordedAt": spanner.CommitTimestamp,
	})
}

// record commits events 1 to n of a stream, as many a commit as said, and gives the last commit's time.
func (b *books) record(p tenant.PropertyID, stream string, n, eachCommit int) (last time.Time) {
	b.t.Helper()
	for from := 1; from <= n; from += eachCommit {
		var ms []*spanner.Mutation
		for v := from; v < from+eachCommit && v <= n; v++ {
			ms = append(ms, b.event(p, stream, v, "EntryRecorded"))
		}
		last = b.commit(ms)
	}
	return last
}

// all is what the organisation's history should be: every event of the properties up to a time, by a
// scan of the table and the comparison of positions.
func (b *books) all(properties []tenant.PropertyID, until time.Time) []eventlog.Position {
	b.t.Helper()
	var out []eventlog.Position
	for _, p := range properties {
		keys := spanner.Key{tenant.ShardOf(b.org, p), string(b.org), string(p)}.AsPrefix()
		err := b.db.Single().Read(b.ctx, eventlog.Table, keys, eventlog.Columns).Do(func(r *spanner.Row) error {
			e, err := eventlog.Read(r)
			if !e.At.After(until) {
				out = append(out, e.Position())
			}
			return err
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	slices.SortFunc(out, eventlog.Position.Compare)
	return out
}

// now is a read timestamp after all that was committed so far.
func (b *books) now() time.Time {
	b.t.Helper()
	s := b.db.Snapshot()
	if _, err := history.Properties(b.ctx, s, b.org); err != nil {
		b.t.Fatal(err)
	}
	return s.Timestamp()
}

// page is one page at q.Until.
func (b *books) page(r *history.Reader, q history.Query) history.Page {
	b.t.Helper()
	q.Org = b.org
	p, err := r.Page(b.ctx, b.db.SnapshotAt(q.Until), q)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(p.Events) > q.Limit {
		b.t.Fatalf("a page has %d events, more than %d", len(p.Events), q.Limit)
	}
	return p
}

// walk reads pages to the end, each from the cursor of the one before, with one Reader or a new one
// each time.
func (b *books) walk(q history.Query, keep bool) (out []eventlog.Position, pages int) {
	b.t.Helper()
	r := &history.Reader{}
	for {
		p := b.page(r, q)
		pages++
		for _, e := range p.Events {
			out = append(out, e.Position())
		}
		var err error
		if q.After, err = history.ParseCursor(b.org, history.Cursor(p.Next)); err != nil {
			b.t.Fatal(err)
		}
		if !p.More {
			if p.Next != eventlog.End(q.Until) {
				b.t.Fatalf("the last page ends at %v, not at %s", p.Next, q.Until)
			}
			return out, pages
		}
		if !keep {
			r = &history.Reader{}
		}
	}
}

func same(t *testing.T, what string, got, want []eventlog.Position) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %d events, want %d (-want +got):\n%.2000s", what, len(got), len(want), diff)
	}
}
