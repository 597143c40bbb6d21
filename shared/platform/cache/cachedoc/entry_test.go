package cachedoc_test

import (
	"testing"
	"time"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

// TestVerified: a value counts from its stamp on as far as every shard's mark has come, unless something
// that it shows has changed.
func TestVerified(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 1000)
	entry := func(through int64) *cachedoc.Entry {
		return &cachedoc.Entry{Stamp: 100, Through: through, ExpireAt: now.Add(1)}
	}
	expired := entry(20260305)
	expired.ExpireAt = now
	marks := []cachedoc.Mark{{Watermark: 500}, {Watermark: 400}}
	head := func(field string, at int64) []cachedoc.Head {
		return []cachedoc.Head{{}, {At: map[string]int64{field: at}}}
	}
	for name, c := range map[string]struct {
		found  cachedoc.Found
		want   int64
		counts bool
	}{
		"nothing":                   {cachedoc.Found{Marks: marks}, 0, false},
		"no head and no mark":       {cachedoc.Found{Entry: entry(20260305), Heads: []cachedoc.Head{{}}, Marks: make([]cachedoc.Mark, 1)}, 100, true},
		"the later mark is missing": {cachedoc.Found{Entry: entry(20260305), Marks: []cachedoc.Mark{{Watermark: 500}, {}}}, 100, true},
		"no change":                 {cachedoc.Found{Entry: entry(20260305), Marks: marks}, 400, true},
		"read with the change":      {cachedoc.Found{Entry: entry(20260305), Heads: head("d20260305", 100), Marks: marks}, 400, true},
		"read before the change":    {cachedoc.Found{Entry: entry(20260305), Heads: head("d20260305", 101), Marks: marks}, 0, false},
		"a later date changed":      {cachedoc.Found{Entry: entry(20260305), Heads: head("d20260306", 101), Marks: marks}, 400, true},
		"it depends on all dates":   {cachedoc.Found{Entry: entry(0), Heads: head("d99991231", 101), Marks: marks}, 0, false},
		"the heads know too little": {cachedoc.Found{Entry: entry(20260305), Marks: []cachedoc.Mark{{Watermark: 500}, {Watermark: 500, Floor: 101}}}, 0, false},
		"it has expired":            {cachedoc.Found{Entry: expired, Marks: marks}, 0, false},
	} {
		if got, counts := c.found.Verified(now); got != c.want || counts != c.counts {
			t.Errorf("%s: %d, %v; want %d, %v", name, got, counts, c.want, c.counts)
		}
	}
	own := cachedoc.Found{Entry: entry(20260305), Marks: marks}
	own.AddHead(tenant.Book{Org: "o", Property: tenant.Setup}, cachedoc.Head{At: map[string]int64{"d20260306": 101}})
	if _, counts := own.Verified(now); counts {
		t.Error("a change of the organisation's own does not count")
	}
}
