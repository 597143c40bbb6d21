package monitor

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/telemetry"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/otlp"
)

// A run's figures have left when it ends.
func TestSweep(t *testing.T) {
	c := otlp.New(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	e, err := telemetry.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := testkit.Spanner(t)
	b := api.NewBackend(api.Parts{DB: db, Now: time.Now})
	_, err = db.Client().Apply(t.Context(), []*spanner.Mutation{spanner.InsertMap("FeedCursors", map[string]any{
		"Consumer": "relay", "ShardId": 2, "RecordedAt": time.Now().Add(-time.Hour), "EventCount": 1, "ParkedCount": 3, "RowCount": 0, "MovedAt": spanner.CommitTimestamp,
	})})
	if err != nil {
		t.Fatal(err)
	}
	f := function{func(context.Context) (*api.Backend, error) { return b, nil }}
	if err := f.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := c.Metrics()
	for name, unit := range map[string]string{
		"innkeep.feed.lag": "s", "innkeep.feed.parked.waiting": "{event}", "innkeep.corrections.due": "{correction}", "innkeep.corrections.oldest": "s",
		"innkeep.approvals.waiting": "{entry}", "innkeep.events.rate": "{event}/s", "innkeep.capacity.used": "1",
	} {
		if m, ok := all[name]; !ok || m.Unit != unit {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if m := all["innkeep.feed.lag"]; m.Total < 3600 || m.Total > 3700 {
		t.Errorf("a consumer that is an hour behind: %+v", m)
	}
	if m := all["innkeep.feed.parked.waiting"]; m.Total != 3 {
		t.Errorf("%+v", m)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
