package cache

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

// world is the books, the invalidator, Firestore and some instances, in one thread and by one clock that
// stands still but for its steps. What goes on at the same time is done within one another: while an
// instance waits, the others go on.
type world struct {
	*rand.Rand
	flaw      flaw
	at        atomic.Int64 // nanoseconds since 1970
	depth     int
	first     bizdate.Date // the world's first day
	books     []*book
	shards    map[int64]*shard
	entries   map[string]cachedoc.Entry
	heads     map[tenant.Book]map[string]int64
	marks     map[int64]cachedoc.Mark
	late      []func() // moves that come again, later
	instances []*instance
	down      bool // Firestore
	tally     tally
}

type instance struct {
	*Cache
	busy bool
}

// book is a property's, or an organisation's own: when which dates were changed.
type book struct {
	tenant.Book
	changes map[bizdate.Date][]int64 // in order; the old ones but the last are dropped
}

// shard is the invalidator's: what was recorded, how far it has come, whether it runs.
type shard struct {
	events []change
	cursor int64
	dead   bool
}

type change struct {
	at    int64
	book  *book
	dates []bizdate.Date
}

type tally struct {
	reads, l1, l2, shared, made, tokens, posts, moves, failed int
	wrong                                                     map[string]int
}

const (
	day     = 20 * time.Minute // how long a business date lasts here
	oldDays = 12               // how many dates back questions and changes go
	stale   = 10 * time.Second // how far back reads over several properties are
)

func newWorld(seed uint64, f flaw) *world {
	w := &world{
		Rand: rand.New(rand.NewPCG(seed, 1)), flaw: f, first: bizdate.MustParse("2025-01-31"),
		shards: map[int64]*shard{}, entries: map[string]cachedoc.Entry{}, heads: map[tenant.Book]map[string]int64{}, marks: map[int64]cachedoc.Mark{},
	}
	w.tally.wrong = map[string]int{}
	w.at.Store(w.first.Time().UnixNano())
	for _, org := range []tenant.OrgID{"a", "b", "c"} {
		for _, p := range []tenant.PropertyID{tenant.Setup, "1", "2", "3"} {
			b := &book{Book: tenant.Book{Org: org, Property: p}, changes: map[bizdate.Date][]int64{}}
			w.books = append(w.books, b)
			w.shards[b.Shard()] = &shard{cursor: w.at.Load()}
		}
	}
	for range 4 {
		w.instances = append(w.instances, w.newInstance())
	}
	return w
}

func (w *world) newInstance() *instance {
	i := &instance{Cache: New(level{w}, w.now)}
	i.random = w.Float64
	return i
}

func (w *world) now() time.Time        { return time.Unix(0, w.at.Load()).UTC() }
func (w *world) pass(d time.Duration)  { w.at.Add(1 + w.Int64N(int64(d))) }
func (w *world) today() bizdate.Date   { return w.first.AddDays(int(w.now().Sub(w.first.Time()) / day)) }
func (w *world) chance(oneIn int) bool { return w.IntN(oneIn) == 0 }
func (w *world) date() bizdate.Date    { return w.today().AddDays(-w.IntN(oldDays)) }

// meanwhile lets the others go on while an instance or the invalidator waits.
func (w *world) meanwhile() {
	if w.depth >= 3 {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	for range w.IntN(3) {
		w.step()
	}
	if w.chance(2000) { // somebody was stopped for minutes
		w.pass(3 * time.Minute)
		w.invalidate(w.anyShard())
	}
}

func (w *world) anyShard() *shard {
	keys := slices.Sorted(maps.Keys(w.shards))
	return w.shards[keys[w.IntN(len(keys))]]
}

func (w *world) step() {
	w.pass(200 * time.Millisecond)
	switch n := w.IntN(100); {
	case n < 60:
		w.ask()
	case n < 75:
		w.post()
	case n < 96:
		w.invalidate(w.anyShard())
	case n < 98 && len(w.late) > 0:
		i := w.IntN(len(w.late))
		w.late[i]()
		w.late = slices.Delete(w.late, i, i+1)
	default:
		w.mishap()
	}
}

// mishap is what seldom happens.
func (w *world) mishap() {
	switch w.IntN(60) {
	case 0:
		w.instances[w.IntN(len(w.instances))] = w.newInstance()
	case 1:
		w.down = !w.down
	case 2, 3:
		w.down = false
	case 4:
		s := w.anyShard()
		s.dead = !s.dead
	case 5, 6:
		w.anyShard().dead = false
	case 7: // the invalidator begins anew, at the present
		for id, s := range w.shards {
			s.cursor = w.at.Load()
			m := w.marks[id]
			if w.flaw != floorForgotten {
				m.Floor = s.cursor
			}
			m.Watermark = s.cursor
			w.marks[id] = m
		}
	default:
		for id := range w.entries { // expired, or deleted
			if w.chance(3) {
				delete(w.entries, id)
			}
			break
		}
	}
}

// post records a change of a date, of the present one as well where it is late.
func (w *world) post() {
	b := w.books[w.IntN(len(w.books))]
	c := change{at: w.at.Load(), book: b, dates: []bizdate.Date{w.today()}}
	if w.chance(2) {
		c.dates = append(c.dates, w.date())
	}
	for _, d := range c.dates {
		times := append(b.changes[d], c.at)
		for len(times) > 1 && times[1] < c.at-int64(time.Hour) {
			times = times[1:]
		}
		b.changes[d] = times
	}
	for d, times := range b.changes { // nobody asks for dates so old: what is later includes them
		if d > w.first && d < w.today().AddDays(-2*oldDays) {
			b.changes[w.first] = []int64{max(times[len(times)-1], slices.Max(append(b.changes[w.first], 0)))}
			delete(b.changes, d)
		}
	}
	s := w.shards[b.Shard()]
	s.events = append(s.events, c)
	w.tally.posts++
}

// invalidate is one run of a shard: heads first, then the mark. It may end anywhere.
func (w *world) invalidate(s *shard) {
	if s.dead || w.down {
		return
	}
	upto := w.at.Load() - w.Int64N(int64(2*time.Second))
	if w.flaw == watermarkAhead {
		w.mark(s, w.at.Load())
		w.meanwhile()
	}
	var moves []func()
	for _, c := range s.events {
		if c.at > s.cursor && c.at <= upto && (w.flaw != moveLost || !w.chance(20)) {
			moves = append(moves, func() { w.move(c) })
		}
	}
	w.Shuffle(len(moves), func(i, j int) { moves[i], moves[j] = moves[j], moves[i] })
	for _, move := range moves {
		move()
		if w.chance(4) {
			w.late = append(w.late, move)
		}
		if w.chance(20) {
			w.meanwhile()
		}
		if w.chance(200) {
			return // killed before the mark
		}
	}
	s.cursor = max(s.cursor, upto) // another run may have come further meanwhile
	s.events = slices.DeleteFunc(s.events, func(c change) bool { return c.at <= s.cursor })
	w.mark(s, upto)
}

func (w *world) mark(s *shard, at int64) {
	for id, own := range w.shards {
		if own == s {
			m := w.marks[id]
			m.Watermark = max(m.Watermark, at)
			w.marks[id] = m
		}
	}
}

// move moves the head of a change's book: the dates that are a week old are closed, and stand in their months.
func (w *world) move(c change) {
	w.tally.moves++
	at := w.heads[c.book.Book]
	if at == nil {
		at = map[string]int64{}
		w.heads[c.book.Book] = at
	}
	set := func(field string, t int64) {
		if w.flaw != headsSet {
			t = max(t, at[field])
		}
		at[field] = t
	}
	for _, d := range c.dates {
		set(cachedoc.DateField(d), c.at)
	}
	open := cachedoc.DateField(w.today().AddDays(-7))
	for _, field := range slices.Sorted(maps.Keys(at)) {
		if field[0] == 'd' && field < open {
			if w.flaw != dateDropped {
				set("m"+field[1:7], at[field])
			}
			delete(at, field)
		}
	}
}
