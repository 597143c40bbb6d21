package cache

import (
	"container/list"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maypok86/otter/v2"
)

// first is a first level as the trace needs it: when an answer was verified and, below that, as of when it
// was made.
type first interface {
	get(key uint32) (verified time.Duration, there bool)
	set(key uint32, verified time.Duration)
}

// lru drops what was asked for the longest ago.
type lru struct {
	size  int
	order *list.List
	kept  map[uint32]*list.Element
}

type lruEntry struct {
	key      uint32
	verified time.Duration
}

func newLRU(size int) first { return &lru{size, list.New(), map[uint32]*list.Element{}} }

func (l *lru) get(key uint32) (time.Duration, bool) {
	e, there := l.kept[key]
	if !there {
		return 0, false
	}
	l.order.MoveToFront(e)
	return e.Value.(lruEntry).verified, true
}

func (l *lru) set(key uint32, verified time.Duration) {
	if e, there := l.kept[key]; there {
		l.order.MoveToFront(e)
		e.Value = lruEntry{key, verified}
		return
	}
	l.kept[key] = l.order.PushFront(lruEntry{key, verified})
	if len(l.kept) > l.size {
		last := l.order.Remove(l.order.Back()).(lruEntry)
		delete(l.kept, last.key)
	}
}

// tiny is otter's policy, W-TinyLFU, that also drops what is too old.
type tiny struct {
	*otter.Cache[uint32, time.Duration]
}

func newTiny(size int) first {
	return tiny{otter.Must(&otter.Options[uint32, time.Duration]{MaximumSize: size})}
}

func (t tiny) get(key uint32) (time.Duration, bool)   { return t.GetIfPresent(key) }
func (t tiny) set(key uint32, verified time.Duration) { t.Set(key, verified) }

// rate is the part of the requests from a place on that the levels answer, in hundredths of a percent; second
// is whether there is the second level, which forgets nothing within the trace; scanned is whether, with each
// second request, the instance also keeps a report that nobody asks for again: what warms the cache, and files.
func rate(all []request, routes []uint8, instances, from int, second, scanned bool, newFirst func(int) first) int {
	firsts := make([]first, instances)
	for i := range firsts {
		firsts[i] = newFirst(firstSize)
	}
	stamps := map[uint32]time.Duration{} // the second level
	hits := 0
	for i, r := range all {
		l1 := firsts[routes[i]]
		verified, there := l1.get(r.key)
		hit := there && r.at-verified <= r.oldest()
		if !hit && second {
			stamp, kept := stamps[r.key]
			if hit = kept && (stamp >= r.changed || r.changed > r.at-watermarkLag); hit {
				l1.set(r.key, max(stamp, r.at-watermarkLag))
			}
		}
		if !hit {
			l1.set(r.key, r.at)
			stamps[r.key] = r.at
		}
		if scanned && i%2 == 0 {
			l1.set(math.MaxUint32-uint32(i), r.at)
		}
		if hit && i >= from {
			hits++
		}
	}
	return hits * 10_000 / (len(all) - from)
}

// compulsory is what two levels answer at best: all but the first request for what is new.
func compulsory(all []request, from int) int {
	type state struct {
		key     uint32
		changed time.Duration
	}
	seen, hits := map[state]bool{}, 0
	for i, r := range all {
		s := state{r.key, r.changed}
		if seen[s] && i >= from {
			hits++
		}
		seen[s] = true
	}
	return hits * 10_000 / (len(all) - from)
}

func percent(basisPoints int) string { return fmt.Sprintf("%d.%02d", basisPoints/100, basisPoints%100) }

// TestHitRates compares the levels on fixed traces. INNKEEP_CACHE_TRACE is how many requests each has; the
// first half warms the caches and is not counted.
func TestHitRates(t *testing.T) {
	t.Parallel()
	n, all := 60_000, false
	if given, err := strconv.Atoi(os.Getenv("INNKEEP_CACHE_TRACE")); err == nil {
		n, all = given, true
	}
	var table strings.Builder
	table.WriteString("\n| Zipf | instances | L1 LRU | L1 W-TinyLFU | scanned LRU | scanned W-TinyLFU | L1 Belady | L1 + L2 | its bound |\n|---|---|---|---|---|---|---|---|---|")
	for _, s := range []float64{0.8, 0.99, 1.1} {
		requests := trace(n, s)
		best := compulsory(requests, n/2)
		for _, instances := range []int{1, 4, 16, 64} {
			if !all && instances != 4 {
				continue
			}
			routes, r := make([]uint8, n), rand.New(rand.NewPCG(7, uint64(instances)))
			for i := range routes {
				routes[i] = uint8(r.IntN(instances))
			}
			first := func(scanned bool, newFirst func(int) first) int {
				return rate(requests, routes, instances, n/2, false, scanned, newFirst)
			}
			old, tiny := first(false, newLRU), first(false, newTiny)
			belady := bound(requests, routes, instances, n/2, firstSize) * 10_000 / (n - n/2)
			both := rate(requests, routes, instances, n/2, true, false, newLRU)
			fmt.Fprintf(&table, "\n| %.2f | %d | %s | %s | %s | %s | %s | %s | %s |", s, instances, percent(old), percent(tiny),
				percent(first(true, newLRU)), percent(first(true, newTiny)), percent(belady), percent(both), percent(best))
			if max(old, tiny) > belady || both > best+50 || both < best-100 {
				t.Errorf("Zipf %.2f, %d instances: a level that answers more than it can, or the second less than it should", s, instances)
			}
		}
	}
	t.Log(table.String())
}
