package monitorstore_test

import (
	"fmt"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/domain/capacity"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/monitorstore"
	"innkeep.internal/shared/store/partitionstore"
	"innkeep.internal/shared/testkit"
)

const (
	hash   = "12345678901234567890123456789012"
	events = 25
)

// waiting writes what waits: two cursors of one consumer, a correction, approvals and events.
func waiting(t *testing.T, db *spannerdb.DB, now time.Time) {
	t.Helper()
	key := map[string]any{"ShardId": 3, "OrgId": "o", "PropertyId": "-"}
	row := func(table string, more map[string]any) *spanner.Mutation {
		all := map[string]any{}
		for _, m := range []map[string]any{key, more} {
			for k, v := range m {
				all[k] = v
			}
		}
		return spanner.InsertMap(table, all)
	}
	cursor := func(consumer string, shard int64, behind time.Duration, parked int64) *spanner.Mutation {
		return spanner.InsertMap("FeedCursors", map[string]any{
			"Consumer": consumer, "ShardId": shard, "RecordedAt": now.Add(-behind), "EventCount": 9, "ParkedCount": parked, "RowCount": 0,
			"MovedAt": spanner.CommitTimestamp,
		})
	}
	date := civil.Date{Year: 2026, Month: 6, Day: 3}
	all := []*spanner.Mutation{
		row("Properties", map[string]any{"CreatedAt": spanner.CommitTimestamp}),
		row("Periods", map[string]any{"Month": 202606}),
		cursor("relay", 3, 20*time.Second, 0), cursor("relay", 5, 400*time.Second, 2), cursor("webhooks", 0, time.Second, 0),
		row("Corrections", map[string]any{
			"BusinessDate": date, "Round": 1, "Status": "QUEUED", "Cause": "x", "Source": "x", "Attempts": 0,
			"DueShard": 3, "DueAt": now.Add(-90 * time.Second), "QueuedAt": now,
		}),
	}
	for i := range events {
		all = append(all, row("Events", map[string]any{
			"StreamId": "2026-06-03", "Version": i + 1, "Type": "x", "SchemaVersion": 1, "Actor": "{}", "Cause": []byte(hash), "Judged": "{}", "Data": "{}",
			"ChainHash": []byte(hash), "RecordedAt": spanner.CommitTimestamp,
		}))
	}
	for i := range 3 {
		all = append(all, row("Entries", map[string]any{
			"Month": 202606, "BusinessDate": date, "Kind": "EXPENSE", "EntryId": fmt.Sprint(i), "Status": "PENDING", "AmountMinor": 1, "NetMinor": 1, "TaxMinor": 0,
			"Currency": "EUR", "PaymentMode": "CASH", "Category": "x", "PendingDate": date, "CreatedBy": "x", "RecordedStream": date, "RecordedVersion": i + 1,
			"RecordedAt": spanner.CommitTimestamp,
		}))
	}
	if _, err := db.Client().Apply(testkit.Context(t), all); err != nil {
		t.Fatal(err)
	}
}

func TestReading(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	now := time.Now()
	clock := func() time.Time { return now }
	s := monitorstore.New(db, correctionstore.New(db, correctionstore.Options{Now: clock}), clock)

	r, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(monitorstore.Reading{At: now}, r); diff != "" {
		t.Errorf("an empty installation: %s", diff)
	}
	if v := capacity.Judge(r.Events.All, r.Uses(monitorstore.Limits{SpannerUnits: 1000})); v.State != capacity.Room {
		t.Errorf("an empty installation: %+v", v)
	}

	waiting(t, db, now)
	if _, err := partitionstore.New(db, clock).KeepAhead(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if r, err = s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := monitorstore.Reading{
		At: now, CorrectionsDue: 1, CorrectionAge: 90 * time.Second, ApprovalsWaiting: 3, PeriodsWhole: true,
		Consumers: []monitorstore.Consumer{
			{Name: "relay", Lag: 400 * time.Second, Shard: 5, Parked: 2, Lags: []time.Duration{20 * time.Second, 400 * time.Second}},
			{Name: "webhooks", Lag: time.Second, Lags: []time.Duration{time.Second}},
		},
		Events: monitorstore.Rate{All: 3, Busiest: 3, Shard: 3}, // 25 in 10 s, rounded up
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	v := capacity.Judge(r.Events.All, r.Uses(monitorstore.Limits{SpannerUnits: 1000}))
	if v.State != capacity.Raise || v.Next.Limit != "feed.lag" || v.Next.Of != "relay" {
		t.Errorf("%+v", v)
	}
}
