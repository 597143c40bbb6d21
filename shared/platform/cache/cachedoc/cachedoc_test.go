package cachedoc_test

import (
	"math"
	"testing"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

func TestNames(t *testing.T) {
	t.Parallel()
	date := bizdate.MustParse("2026-03-05")
	for got, want := range map[string]string{
		cachedoc.HeadID(tenant.Book{Org: "a", Property: "p"}):          "h.a.p",
		cachedoc.HeadID(tenant.Book{Org: "a", Property: tenant.Setup}): "h.a.-",
		cachedoc.MarkID(7):                "shard-07",
		cachedoc.DateField(date):          "d20260305",
		cachedoc.MonthField(date.Month()): "m202603",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A value depends on all that does not begin after its last date.
func TestChanged(t *testing.T) {
	t.Parallel()
	head := cachedoc.Head{At: map[string]int64{
		"d20260301": 10, "d20260305": 20, "d20260306": 30, "m202602": 15, "m202604": 40,
	}}
	for date, want := range map[string]int64{
		"2026-01-31": math.MinInt64, "2026-02-01": 15, "2026-02-28": 15, "2026-03-04": 15, "2026-03-05": 20,
		"2026-03-06": 30, "2026-04-01": 40, "2027-01-01": 40,
	} {
		if got := head.Changed(bizdate.MustParse(date)); got != want {
			t.Errorf("%s: %d, want %d", date, got, want)
		}
	}
	for _, field := range []string{cachedoc.Floor, "", "d2026030", "m20260", "dx0260305", "m2026031", "other"} {
		odd := cachedoc.Head{At: map[string]int64{field: 5}}
		if got := odd.Changed(bizdate.MustParse("1900-01-01")); got != 5 {
			t.Errorf("%q does not count: %d", field, got)
		}
	}
}
