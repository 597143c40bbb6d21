package otlp

import (
	"context"
	"os"
	"sync"
	"testing"

	"innkeep.internal/shared/platform/telemetry"
)

// process is the collector of this process: its instruments belong to the exports that it starts first.
var process = sync.OnceValues(func() (*Collector, error) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	c, _ := start()
	if err := os.Setenv(endpoint, c.URL); err != nil {
		return nil, err
	}
	defer func() { _ = os.Unsetenv(endpoint) }()
	_, err := telemetry.Start(context.Background())
	return c, err
})

// Moved says that what do provokes is measured: each of the metrics leaves by OTLP, with a unit, and with a
// greater total after do than before. What has left by then is given. The test is not to be parallel, since others of its process may measure
// the same.
//
// A metric of terraform/ that a run of the local server does not move has its Moved beside the code;
// scripts/serve asks for it by name.
func Moved(t *testing.T, do func(), names ...string) (after map[string]Metric) {
	t.Helper()
	c, err := process()
	if err != nil {
		t.Fatal(err)
	}
	flushed := func() map[string]Metric {
		if err := telemetry.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c.Metrics()
	}
	before := flushed()
	do()
	after = flushed()
	for _, name := range names {
		switch m, ok := after[name]; {
		case !ok:
			t.Errorf("%s has not left", name)
		case m.Total <= before[name].Total:
			t.Errorf("%s stands at %v and was at %v", name, m.Total, before[name].Total)
		case m.Unit == "":
			t.Errorf("%s has no unit", name)
		}
	}
	return after
}
