package relay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
)

// topic and heads play Pub/Sub and Firestore.
type topic struct {
	publish func(ctx context.Context, topic string, ms []publish.Message) error
}

func (d topic) Publish(ctx context.Context, topic string, ms []publish.Message) error {
	return d.publish(ctx, topic, ms)
}

type heads struct {
	move func(ctx context.Context, at map[string]time.Time) error
}

func (d heads) Move(ctx context.Context, at map[string]time.Time) error { return d.move(ctx, at) }

// still are heads that nobody watches.
var still = heads{func(context.Context, map[string]time.Time) error { return nil }}

const stream = "2026-03-01"

// reopened is an event of a day, as its row holds it.
func reopened(b tenant.Book, version int64, at time.Time) eventlog.Stored {
	return eventlog.Stored{
		Book: b, Stream: stream, Version: version, Type: daybook.TypeDayReopened, Schema: 1, At: at,
		Raw: daybook.Raw{
			Actor: `{"subject":"owner","role":"OWNER_ADMIN","memberVersion":1}`, Judged: `{"policy":0,"chart":0}`,
			Data: fmt.Sprintf(`{"reason":"%d"}`, version),
		},
	}
}

// inShard makes the books of n properties that lie in one shard.
func inShard(n int, shard int64) []tenant.Book {
	var all []tenant.Book
	for len(all) < n {
		b := tenant.Book{Org: tenant.OrgID(fmt.Sprintf("org-%d", len(all)%2)), Property: tenant.PropertyID(ids.NewUUID().String())}
		if b.Shard() == shard {
			all = append(all, b)
		}
	}
	return all
}

// addProperty writes the row that events hang on.
func addProperty(b tenant.Book) *spanner.Mutation {
	return spanner.Insert("Properties",
		[]string{"ShardId", "OrgId", "PropertyId", "Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"},
		[]any{b.Shard(), string(b.Org), string(b.Property), string(b.Property)[:8], "House", "HOTEL", "UTC", 0, "EUR", civil.Date{Year: 2026, Month: 3, Day: 1}, 10, spanner.CommitTimestamp})
}

func insert(e eventlog.Stored) *spanner.Mutation {
	return spanner.Insert(eventlog.Table, eventlog.Columns, []any{
		e.Book.Shard(), string(e.Book.Org), string(e.Book.Property), e.Stream, e.Version, string(e.Type), e.Schema,
		e.Raw.Actor, e.Cause[:], e.Raw.Judged, e.Raw.Data, e.Chain[:], spanner.CommitTimestamp,
	})
}

func apply(t testing.TB, db *spannerdb.DB, ms ...*spanner.Mutation) {
	t.Helper()
	if _, err := db.Client().Apply(testkit.Context(t), ms); err != nil {
		t.Fatal(err)
	}
}

func cursor(t testing.TB, db *spannerdb.DB, shard int64) feed.Cursor {
	t.Helper()
	c, err := feed.ReadCursor(testkit.Context(t), db.Snapshot(), "relay", shard)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
