package pushfn_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"innkeep.internal/shared/core/fault"
)

// count is the counter of outcomes, by trigger and outcome.
func count(t *testing.T, reader sdkmetric.Reader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if m.Name != "innkeep.push.messages" || !ok {
				continue
			}
			for _, p := range sum.DataPoints {
				name := ""
				for _, key := range []attribute.Key{"innkeep.function", "innkeep.trigger", "innkeep.outcome"} {
					v, _ := p.Attributes.Value(key)
					name += v.AsString() + " "
				}
				counts[strings.TrimSpace(name)] = p.Value
			}
		}
	}
	return counts
}

func TestMetrics(t *testing.T) { // it sets the meter provider, so it is alone
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	before := count(t, reader)
	post(t, pusher(nil), pushed)
	post(t, pusher(nil), pushed)
	post(t, pusher(fault.New(fault.Conflict, "taken", "another one is at it")), pushed)
	post(t, pusher(nil), `{"sweep":true}`)
	post(t, pusher(nil), `{}`)
	got := count(t, reader)
	for name := range got {
		if got[name] -= before[name]; got[name] == 0 {
			delete(got, name)
		}
	}
	want := map[string]int64{"relay push done": 2, "relay push busy": 1, "relay sweep refused": 1, "relay unknown refused": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One line says why a push was not done, and which; it stands beside the access log.
func TestLog(t *testing.T) { // it sets the default logger, so it is alone
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	defer slog.SetDefault(before)
	post(t, pusher(nil), pushed)
	post(t, pusher(fault.New(fault.Unavailable, "shard_away", "the shard is away")), pushed)
	var lines []map[string]any
	for d := json.NewDecoder(&out); ; {
		var line map[string]any
		if err := d.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if line["msg"] != "request" {
			delete(line, "time")
			lines = append(lines, line)
		}
	}
	want := []map[string]any{{
		"level": "WARN", "msg": "push not done", "function": "relay", "trigger": "push", "outcome": "unavailable", "status": 503.0,
		"error": "shard_away: the shard is away", "messageId": "42", "attempt": 5.0, "subscription": "projects/p/subscriptions/s", "shard": "7",
	}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
