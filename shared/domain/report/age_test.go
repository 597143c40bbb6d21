package report_test

import (
	"testing"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/report"
)

func TestAge(t *testing.T) {
	t.Parallel()
	today := bizdate.MustParse("2026-03-02")
	for date, want := range map[string]time.Duration{
		"2026-12-31": 5 * time.Second, "2026-03-02": 5 * time.Second, "2026-03-01": 10 * time.Second,
		"2026-02-28": 30 * time.Second, "2026-02-27": 30 * time.Second, "2026-02-26": 2 * time.Minute, "2026-02-23": 2 * time.Minute,
		"2026-02-22": 5 * time.Minute, "2026-01-31": 5 * time.Minute, "2026-01-30": 15 * time.Minute, "1999-01-01": 15 * time.Minute,
	} {
		if got := report.Age(bizdate.MustParse(date), today); got != want {
			t.Errorf("%s: %s, want %s", date, got, want)
		}
	}
}
