package daybook

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// older is a product in which grants have changed twice: of version 1 they said "member", of version
// 2 "who". Nothing else has changed.
func older() codec {
	rename := func(from, to string) upcaster {
		return func(raw string) (string, error) {
			if !strings.Contains(raw, `"`+from+`"`) {
				return "", errors.New("it has no " + from)
			}
			return strings.Replace(raw, `"`+from+`"`, `"`+to+`"`, 1), nil
		}
	}
	return codec{up: map[step]upcaster{
		{TypeDailyGranted, 1}: rename("member", "who"),
		{TypeDailyGranted, 2}: rename("who", "subject"),
	}}
}

func TestOldEventsAreLifted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		of     EventType
		schema int64
		raw    string
		want   Data
		err    error
	}{
		{"the first version", TypeDailyGranted, 1, `{"member":"mia"}`, DailyGranted{Subject: "mia"}, nil},
		{"the second", TypeDailyGranted, 2, `{"who":"mia"}`, DailyGranted{Subject: "mia"}, nil},
		{"the current one", TypeDailyGranted, 3, `{"subject":"mia"}`, DailyGranted{Subject: "mia"}, nil},
		{"a newer one", TypeDailyGranted, 4, `{"subject":"mia"}`, nil, ErrUnknownEvent},
		{"none", TypeDailyGranted, 0, `{"member":"mia"}`, nil, ErrUnknownEvent},
		{"one below all", TypeDailyGranted, -1, `{"member":"mia"}`, nil, ErrUnknownEvent},
		{"the text of another version", TypeDailyGranted, 1, `{"who":"mia"}`, nil, ErrBadEvent},
		{"lifted to what is no JSON", TypeDailyGranted, 1, `{"member":`, nil, ErrBadEvent},
		{"a type that has not changed", TypeDayReopened, 1, `{"reason":"r"}`, DayReopened{Reason: "r"}, nil},
		{"a newer one of it", TypeDayReopened, 2, `{"reason":"r"}`, nil, ErrUnknownEvent},
		{"an unknown type", "DayDreamt", 1, `{}`, nil, ErrUnknownEvent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := older().decode(tt.of, tt.schema, tt.raw)
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is written is of the version that upcasters lead to, so that the two cannot part.
func TestCurrentSchemaFollowsTheUpcasters(t *testing.T) {
	t.Parallel()
	for of, want := range map[EventType]int64{TypeDailyGranted: 3, TypeDayReopened: 1} {
		if got := older().current(of); got != want {
			t.Errorf("%s is written as version %d, want %d", of, got, want)
		}
	}
	if raw, err := older().lift(TypeDailyGranted, 1, `{"member":"mia"}`); err != nil || raw != `{"subject":"mia"}` {
		t.Errorf("%s, %v", raw, err)
	}
}

// TestUpcastersHaveNoGap: an upcaster behind a gap would never run.
func TestUpcastersHaveNoGap(t *testing.T) {
	t.Parallel()
	for at := range stored.up {
		if at.from < SchemaVersion || at.from >= CurrentSchema(at.of) {
			t.Errorf("no version leads to the upcaster of %s from version %d", at.of, at.from)
		}
	}
}
