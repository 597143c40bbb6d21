package cache

import (
	"cmp"
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
)

// The trace: screens that stay open, in a million organisations.
const (
	organisations = 1_000_000
	arrivals      = 23.0             // sessions a second: two a day and organisation
	sessionTime   = 20 * time.Minute // on average
	refreshEvery  = 15 * time.Second // on average: a screen asks again
	postEvery     = 10 * time.Minute // on average, of an organisation that somebody looks at
	watermarkLag  = 2 * time.Second  // how far the heads are behind the books
)

// reports are those of a session: it opens them one after the other, and asks again for the first most of all.
var reports = []struct {
	oldest time.Duration // as DOMAIN.md has it, by the report's date
	moves  bool          // with each posting
	again  float64       // its part of the refreshes
}{
	{5 * time.Second, true, 0.70},   // today
	{5 * time.Second, true, 0.10},   // the flash report
	{5 * time.Second, true, 0.08},   // the month so far
	{10 * time.Second, false, 0.06}, // yesterday
	{5 * time.Minute, false, 0.04},  // the last month
	{15 * time.Minute, false, 0.02}, // the last quarter
}

// request is one question of the trace.
type request struct {
	at      time.Duration // since the trace's beginning
	key     uint32        // organisation and report
	changed time.Duration // when what it shows last changed; before the trace where negative
}

func (r request) oldest() time.Duration { return reports[int(r.key)%len(reports)].oldest }

// zipf draws numbers from 0 on, the n-th in proportion to 1 / (n+1)^s.
type zipf struct{ sums []float64 }

func newZipf(n int, s float64) zipf {
	z := zipf{make([]float64, n)}
	sum := 0.0
	for i := range n {
		sum += math.Pow(float64(i+1), -s)
		z.sums[i] = sum
	}
	return z
}

func (z zipf) draw(r *rand.Rand) uint32 {
	return uint32(sort.SearchFloat64s(z.sums, r.Float64()*z.sums[len(z.sums)-1]))
}

// trace is so many requests of sessions of organisations by Zipf's law, in their order.
func trace(n int, s float64) []request {
	r := rand.New(rand.NewPCG(5, 1))
	orgs := newZipf(organisations, s)
	exponential := func(mean time.Duration) time.Duration { return time.Duration(r.ExpFloat64() * float64(mean)) }
	all := make([]request, 0, n+1000)
	for at := time.Duration(0); len(all) < n; at += exponential(time.Second / arrivals) {
		org, end, t := orgs.draw(r), at+exponential(sessionTime), at
		for i := 0; t < end || i < len(reports); i++ {
			report := i
			if i >= len(reports) {
				t += exponential(refreshEvery)
				report = 0
				for x := r.Float64(); x > reports[report].again && report < len(reports)-1; report++ {
					x -= reports[report].again
				}
			} else {
				t += exponential(3 * time.Second)
			}
			all = append(all, request{at: t, key: org*uint32(len(reports)) + uint32(report)})
		}
	}
	slices.SortStableFunc(all, func(a, b request) int { return cmp.Compare(a.at, b.at) })
	posts := map[uint32][2]time.Duration{} // of an organisation: its last posting, and the next
	for i := range all {
		org := all[i].key / uint32(len(reports))
		p, seen := posts[org]
		if !seen {
			p = [2]time.Duration{-1, all[i].at + exponential(postEvery)}
		}
		for p[1] <= all[i].at {
			p = [2]time.Duration{p[1], p[1] + exponential(postEvery)}
		}
		posts[org] = p
		all[i].changed = -1
		if reports[int(all[i].key)%len(reports)].moves {
			all[i].changed = p[0]
		}
	}
	return all[:n]
}

// bound is how many of the requests from a place on, in an order of instances, the best first levels of so
// many entries can answer: those that drop what is asked for again the latest (Belady). An answer that is too
// old is another thing: it is asked for no more.
func bound(all []request, routes []uint8, instances, from, size int) (hits int) {
	type thing struct {
		key      uint32
		instance uint8
		made     time.Duration
	}
	made := map[[2]uint32]time.Duration{}
	things := make([]thing, len(all))
	for i, r := range all {
		id := [2]uint32{r.key, uint32(routes[i])}
		at, there := made[id]
		if !there || r.at-at > r.oldest() {
			at = r.at
			made[id] = at
		}
		things[i] = thing{r.key, routes[i], at}
	}
	next, last := make([]int, len(all)), map[thing]int{}
	for i := len(all) - 1; i >= 0; i-- {
		next[i] = math.MaxInt
		if n, there := last[things[i]]; there {
			next[i] = n
		}
		last[things[i]] = i
	}
	kept := make([]map[thing]int, instances)
	queues := make([]uses, instances)
	for i := range kept {
		kept[i] = map[thing]int{}
	}
	for i, x := range things {
		own, q := kept[x.instance], &queues[x.instance]
		if _, there := own[x]; there && i >= from {
			hits++
		}
		delete(own, x)
		if next[i] == math.MaxInt {
			continue
		}
		own[x] = next[i]
		heap.Push(q, use{next[i], func() bool { return own[x] == next[i] }, func() { delete(own, x) }})
		for len(own) > size {
			if u := heap.Pop(q).(use); u.holds() {
				u.drop()
			}
		}
	}
	return hits
}

// use is when something that is kept is asked for again.
type use struct {
	at    int
	holds func() bool // it is still kept for that
	drop  func()
}

type uses []use

func (u uses) Len() int           { return len(u) }
func (u uses) Less(i, j int) bool { return u[i].at > u[j].at }
func (u uses) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *uses) Push(x any)        { *u = append(*u, x.(use)) }
func (u *uses) Pop() any {
	last := (*u)[len(*u)-1]
	*u = (*u)[:len(*u)-1]
	return last
}
