package drive

import (
	"sync"
	"time"

	"innkeep.internal/shared/core/tenant"
)

// staleness is how old an answer may be at most that misses what was recorded since: that of today's
// reports, the strictest.
const staleness = 5 * time.Second

// ideal is a cache of any size that knows of every commit at once: how many of a drive's reports could
// have been served from memory at all. A report of an earlier date is as good as one of today here, which
// makes it a little worse than what could be.
type ideal struct {
	mu      sync.Mutex
	made    map[string]time.Time        // when a report's answer was made, by path
	commits map[tenant.Book][]time.Time // of each property, in their order
}

func newIdeal() *ideal {
	return &ideal{made: map[string]time.Time{}, commits: map[tenant.Book][]time.Time{}}
}

func (i *ideal) committed(b tenant.Book, at time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.commits[b] = append(i.commits[b], at)
}

// hit reports whether an answer is there that may be given at a moment; where none is, one is made.
func (i *ideal) hit(b tenant.Book, path string, at time.Time) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	made, found := i.made[path]
	if found {
		for _, c := range i.commits[b] {
			if c.After(made) {
				found = at.Sub(c) < staleness
				break
			}
		}
	}
	if !found {
		i.made[path] = at
	}
	return found
}
