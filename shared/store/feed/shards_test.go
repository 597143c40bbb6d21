package feed_test

import (
	"testing"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/store/feed"
)

// Every shard has its turn in each sweep, and each is the first of some.
func TestShards(t *testing.T) {
	t.Parallel()
	begun := map[int64]bool{}
	for range 1000 {
		turns := map[int64]int{}
		for n := range feed.Shards() {
			if len(turns) == 0 {
				begun[n] = true
			}
			turns[n]++
		}
		for n := range int64(tenant.Shards) {
			if turns[n] != 1 || len(turns) != tenant.Shards {
				t.Fatalf("turns by shard: %v", turns)
			}
		}
	}
	if len(begun) != tenant.Shards {
		t.Errorf("only %v were the first of a sweep", begun)
	}
}
