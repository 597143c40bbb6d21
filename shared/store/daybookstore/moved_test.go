package daybookstore_test

import (
	"slices"
	"testing"

	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/otlp"
)

// Money is counted when it is posted and when it is reversed, by kind and currency and by nothing that tells
// whose it is: not while it waits, and not again with a command that is repeated.
func TestMoneyIsMeasured(t *testing.T) {
	h := newHouse(t, testkit.Spanner(t), "2026-03-01", 0)
	all := otlp.Moved(t, func() {
		first := h.posted(t, "first", todayText, 1_180)
		h.posted(t, "first", todayText, 1_180)
		h.waiting(t, "waits", todayText, 70_000)
		h.do(t, reverse("back", first))
	}, "innkeep.entries", "innkeep.entries.amount")
	m := all["innkeep.entries.amount"]
	slices.Sort(m.Attributes)
	if m.Total != 2*1_180 || m.Unit != "{minor}" || !slices.Equal(m.Attributes, []string{"innkeep.change", "innkeep.currency", "innkeep.kind"}) {
		t.Errorf("%+v", m)
	}
	if m := all["innkeep.entries"]; m.Total != 3 {
		t.Errorf("%+v", m)
	}
}
