package monitor

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/telemetry"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/otlp"
)

// A run's figures have left when it ends: of a consumer that is an hour behind and has set events aside, and
// of a correction that nobody has made for half an hour.
func TestSweep(t *testing.T) {
	c := otlp.New(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	e, err := telemetry.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := testkit.Spanner(t)
	b := api.NewBackend(api.Parts{DB: db, Now: time.Now})
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	_, err = db.Client().Apply(t.Context(), []*spanner.Mutation{
		spanner.InsertMap("FeedCursors", map[string]any{
			"Consumer": "relay", "ShardId": 2, "RecordedAt": ago(time.Hour), "EventCount": 1, "ParkedCount": 3, "RowCount": 0, "MovedAt": spanner.CommitTimestamp,
		}),
		spanner.InsertMap("Corrections", map[string]any{
			"ShardId": 2, "OrgId": "o", "PropertyId": "p", "BusinessDate": civil.DateOf(ago(0)), "Round": 1, "Status": "QUEUED", "Cause": "row_differs",
			"Source": "SWEEP", "Attempts": 0, "DueShard": 2, "DueAt": ago(30 * time.Minute), "QueuedAt": ago(time.Hour),
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := function{func(context.Context) (*api.Backend, error) { return b, nil }}
	if err := f.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := c.Metrics()
	for name, want := range map[string]struct {
		unit        string
		least, most float64
	}{
		"innkeep.feed.lag":            {"s", 3600, 3700},
		"innkeep.feed.parked.waiting": {"{event}", 3, 3},
		"innkeep.corrections.due":     {"{correction}", 1, 1},
		"innkeep.corrections.oldest":  {"s", 1800, 1900},
		"innkeep.approvals.waiting":   {"{entry}", 0, 0},
		"innkeep.events.rate":         {"{event}/s", 0, 0},
		"innkeep.capacity.used":       {"1", 0.01, 100},
	} {
		if m, ok := all[name]; !ok || m.Unit != want.unit || m.Total < want.least || m.Total > want.most {
			t.Errorf("%s: %+v, want %+v", name, m, want)
		}
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
