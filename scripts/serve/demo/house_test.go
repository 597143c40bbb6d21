package demo

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
)

var goLive = bizdate.MustParse("2026-02-15")

// What a date brings hangs on the date, not on when the books began or how often it is asked.
func TestTradesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	for _, h := range houses() {
		on := goLive.AddDays(10)
		first, second := h.trades("p", on, goLive), h.trades("p", on, goLive.AddDays(-5))
		if diff := cmp.Diff(first.revenues, second.revenues); diff != "" {
			t.Errorf("%s: revenues\n%s", h.code, diff)
		}
		if diff := cmp.Diff(first.movements, second.movements); diff != "" {
			t.Errorf("%s: movements\n%s", h.code, diff)
		}
	}
}

func TestTradesAreOfAllKinds(t *testing.T) {
	t.Parallel()
	for _, h := range houses() {
		var all trade
		keys := map[string]bool{}
		drawer := h.openingMinor
		note := func(key string, minor, sign int64, mode string) {
			if keys[key] || minor < 1 {
				t.Errorf("%s: %d, or twice", key, minor)
			}
			keys[key] = true
			if mode == "CASH" {
				drawer += sign * minor
			}
		}
		for on := goLive; on <= goLive.AddDays(daysBack); on = on.AddDays(1) {
			day := h.trades("p", on, goLive)
			all.petty = append(all.petty, day.petty...)
			for _, r := range day.revenues {
				note(r.Key, r.AmountMinor, 1, r.PaymentMode)
				if tax := r.TaxLines[0].AmountMinor; tax < 1 || tax > r.AmountMinor/5 {
					t.Errorf("%s: tax %d of %d", r.Key, tax, r.AmountMinor)
				}
			}
			for _, e := range append(day.expenses, day.petty...) {
				note(e.Key, e.AmountMinor, -1, e.PaymentMode)
			}
			for _, m := range day.movements {
				sign := int64(-1)
				if m.Kind == "FLOAT_IN" {
					sign = 1
				}
				note(m.Key, m.AmountMinor, sign, "CASH")
			}
			if drawer < 0 {
				t.Errorf("%s: the drawer holds %d after %s", h.code, drawer, on)
			}
		}
		if len(keys) < 200 || len(all.petty) < daysBack {
			t.Errorf("%s: %d lines, %d of the front desk's", h.code, len(keys), len(all.petty))
		}
	}
}
