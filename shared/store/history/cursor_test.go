package history_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
)

const someID = "0197f4a2-6f0e-4c53-9f0e-3b1f3f0a9c11"

var places = []eventlog.Position{
	{},
	eventlog.End(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
	eventlog.End(time.Date(2026, 3, 1, 12, 0, 0, 1, time.FixedZone("", 3600))),
	{At: time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC), Org: "org", Property: someID, Stream: "2026-03-01", Version: 12},
	{At: time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC), Org: "org", Property: "-", Stream: "setup", Version: 1},
}

func TestCursorsComeBack(t *testing.T) {
	t.Parallel()
	for _, p := range places {
		if got, err := history.ParseCursor("org", history.Cursor(p)); err != nil || got != p {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	if got, err := history.ParseCursor("other", history.Cursor(places[3])); err != nil || got.Org != "other" {
		t.Errorf("in another organisation: %v, %v", got, err)
	}
}

func TestOtherTextsAreNoCursors(t *testing.T) {
	t.Parallel()
	const at = "1|2026-03-01T12:00:00Z"
	for _, text := range []string{
		"", "1", "2|2026-03-01T12:00:00Z", at + "|", "1|yesterday", "1|0000-03-01T12:00:00Z", "1|2026-03-01T12:00:00+01:00", "1|2026-03-01T12:00:00.10Z",
		at + "|" + someID + "|2026-03-01", at + "|" + someID + "|2026-03-01|0", at + "|" + someID + "|2026-03-01|01", at + "|" + someID + "|2026-03-01|x",
		at + "|" + someID + "||1", at + "|" + someID + "|2026-03-01x|1", at + "|" + someID + "|\x00|1", at + "|x|2026-03-01|1", at + "||2026-03-01|1",
		at + "|" + someID + "|2026-03-01|1|1", at + "|" + someID + "|2026-03-01|99999999999999999999",
	} {
		if p, err := history.ParseCursor("org", base64.RawURLEncoding.EncodeToString([]byte(text))); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
	for _, text := range []string{"?", "MXw=", history.Cursor(places[1]) + "\n", strings.Repeat("A", 300)} {
		if p, err := history.ParseCursor("org", text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}

// Whatever a caller sends: a place that Cursor writes as it came, or an error.
func FuzzParseCursor(f *testing.F) {
	for _, p := range places {
		f.Add(history.Cursor(p))
	}
	f.Add("MXw")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := history.ParseCursor("org", text)
		if err == nil && history.Cursor(p) != text {
			t.Errorf("%q is %v, which is %q", text, p, history.Cursor(p))
		}
	})
}
