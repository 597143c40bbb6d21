package telemetry_test

import (
	"encoding/hex"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"innkeep.internal/shared/platform/telemetry"
	"innkeep.internal/shared/testkit/otlp"
)

// begin starts exports to a collector, with every request traced.
func begin(t *testing.T, interval string) (*otlp.Collector, *telemetry.Exports) {
	t.Helper()
	c := otlp.New(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", interval)
	t.Setenv("OTEL_TRACES_SAMPLER", "always_on")
	t.Setenv("OTEL_SERVICE_NAME", "days")
	e, err := telemetry.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, e
}

// alone says that a process runs one test: a package's instruments belong to the exports that a process
// starts first, and other tests start some, too.
const alone = "INNKEEP_TEST_ALONE"

// What is measured has left before the request that follows it has ended; what the last request measures
// leaves with the end. The span of a request stands below its caller's, and the log tells its id.
func TestExports(t *testing.T) {
	if os.Getenv(alone) == "" {
		run := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestExports$")
		run.Env = append(os.Environ(), alone+"=1")
		if out, err := run.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	c, e := begin(t, "1")
	counter, _ := otel.Meter("test").Int64Counter("innkeep.test", metric.WithUnit("{thing}"))
	var own string
	n := 0
	// The first request begins less than an interval after the start; one that follows lets out what was
	// measured before it, and has ended only when that has left.
	for ; c.Exports() == 0; n++ {
		if n > 10_000_000 {
			t.Fatal("no request lets anything out")
		}
		counter.Add(t.Context(), 1)
		ctx, call := telemetry.Begin(t.Context(), "r", "00-"+trace+"-"+span+"-01")
		own = telemetry.From(ctx).SpanID
		if got := telemetry.From(ctx); got.TraceID != trace || got.SpanID == span || !got.Sampled || got.ID != "r" {
			t.Errorf("%+v", got)
		}
		call.End(ctx, http.MethodGet, "/v1/things/{id}", http.StatusOK)
	}
	if m := c.Metrics()["innkeep.test"]; m.Total != float64(n) {
		t.Errorf("after %d requests: %+v", n, m)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := c.Metrics()
	if m := all["innkeep.test"]; m.Total != float64(n) || m.Unit != "{thing}" {
		t.Errorf("%+v", m)
	}
	if m := all["innkeep.function.duration"]; m.Total != float64(n) || m.Unit != "s" || len(m.Attributes) != 3 {
		t.Errorf("%+v", m)
	}
	spans := c.Spans()
	if len(spans) == 0 {
		t.Fatal("no spans")
	}
	last := spans[len(spans)-1]
	if last.GetName() != "GET /v1/things/{id}" || hex.EncodeToString(last.GetParentSpanId()) != span || hex.EncodeToString(last.GetSpanId()) != own {
		t.Errorf("%v", last)
	}
}

// Requests between two exports export nothing.
func TestIntervalIsKept(t *testing.T) {
	c, e := begin(t, "3600000")
	for range 10 {
		ctx, call := telemetry.Begin(t.Context(), "r", "")
		call.End(ctx, http.MethodGet, "", http.StatusOK)
	}
	if n := c.Exports(); n != 0 {
		t.Errorf("%d exports", n)
	}
	if err := telemetry.Flush(t.Context()); err != nil || c.Exports() != 1 {
		t.Errorf("%d exports, %v", c.Exports(), err)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A collector that is away costs requests nothing but the wait that is bounded.
func TestCollectorAway(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "1")
	e, err := telemetry.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, call := telemetry.Begin(t.Context(), "r", "")
	call.End(ctx, http.MethodGet, "", http.StatusOK)
	_ = e.Close(t.Context()) // it says that the last metrics did not leave
}

func TestOffWithoutEndpoint(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	if e, err := telemetry.Start(t.Context()); e != nil || err != nil {
		t.Error(e, err)
	}
	if err := telemetry.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "soon")
	if _, err := telemetry.Start(t.Context()); err == nil {
		t.Error("an interval was taken that is none")
	}
}

// BenchmarkOff is what a request costs where nothing is exported.
func BenchmarkOff(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ctx, call := telemetry.Begin(b.Context(), "r", "00-"+trace+"-"+span+"-01")
		call.End(ctx, http.MethodGet, "/v1/things/{id}", http.StatusOK)
	}
}
