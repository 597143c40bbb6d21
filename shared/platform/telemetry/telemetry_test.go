package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"innkeep.internal/shared/platform/telemetry"
)

const (
	trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	span  = "00f067aa0ba902b7"
)

func TestHandler(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(telemetry.NewHandler(&out, "proj", slog.LevelInfo)).With("a", 1)
	ctx := telemetry.With(t.Context(), telemetry.Request{ID: "r1", TraceID: trace, SpanID: span, Sampled: true})
	log.DebugContext(ctx, "not written")
	log.WarnContext(ctx, "hello", slog.Group("g", slog.String("level", "kept")))
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339Nano, got["time"].(string)); err != nil {
		t.Error(err)
	}
	delete(got, "time")
	want := map[string]any{
		"severity": "WARNING", "message": "hello", "a": 1.0, "requestId": "r1", "g": map[string]any{"level": "kept"},
		"logging.googleapis.com/trace":         "projects/proj/traces/" + trace,
		"logging.googleapis.com/spanId":        span,
		"logging.googleapis.com/trace_sampled": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseTraceparent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		good         bool
	}{
		{"good", "00-" + trace + "-" + span + "-01", true},
		{"later version", "01-" + trace + "-" + span + "-01-more", true},
		{"more than version 00 has", "00-" + trace + "-" + span + "-01-more", false},
		{"version ff", "ff-" + trace + "-" + span + "-01", false},
		{"upper case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01", false},
		{"zero trace", "00-00000000000000000000000000000000-" + span + "-01", false},
		{"zero span", "00-" + trace + "-0000000000000000-01", false},
		{"short", "00-" + trace, false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			gotTrace, gotSpan, sampled := telemetry.ParseTraceparent(tt.header)
			if tt.good != (gotTrace == trace) || tt.good != (gotSpan == span) || tt.good != sampled {
				t.Error(gotTrace, gotSpan, sampled)
			}
		})
	}
}
