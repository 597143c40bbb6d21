package feed

import (
	"iter"
	"math/rand/v2"
)

// Shards yields every shard once, beginning anywhere: a sweep that a long backlog ends early is not
// always at the same ones' cost.
func Shards() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		first := rand.Int64N(shards) //nolint:gosec // G404: a turn is no secret
		for n := range int64(shards) {
			if !yield((first + n) % shards) {
				return
			}
		}
	}
}
