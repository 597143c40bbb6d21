package cache

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"math/rand/v2"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache/cachedoc"
)

const (
	// firstSize is how many answers an instance keeps (DOMAIN.md), firstBytes what they take together:
	// an eighth of the smallest instance's memory.
	firstSize  = 10_000
	firstBytes = 64 << 20
	// firstAge is when an answer that nobody can take any more is dropped: no question's Oldest is longer.
	firstAge = 20 * time.Minute
)

// Key is a digest of everything that an answer depends on, but for the state of the books.
type Key [sha256.Size]byte

// id is the key as the name of a document.
func (k Key) id() string { return base64.RawURLEncoding.EncodeToString(k[:]) }

// Question is what is asked for.
type Question struct {
	Key Key
	// Books are those whose changes change the answer; none: the second level is not asked.
	Books []tenant.Book
	// Oldest is how old an answer may be: what was recorded longer ago than that is in it.
	Oldest time.Duration
	// Since is the moment that an answer must not be older than, however young; zero for none.
	Since time.Time
	// Fresh asks for an answer that is made now.
	Fresh bool
}

// Value is an answer as it is made.
type Value struct {
	Bytes []byte
	Stamp time.Time // of the database: everything recorded up to it is in the answer
	// Through is the last date that the answer depends on; zero: what happens to any date may change it.
	Through bizdate.Date
}

// Source is where an answer comes from.
type Source int

// The sources.
const (
	Made   Source = iota // it was made for this call
	Shared               // it was made for another call meanwhile
	First                // the instance's memory
	Second               // the level that instances share
)

// Answer is an answer as it is given.
type Answer struct {
	Value
	Source Source
	// Stale says that a first level had an answer which was too old.
	Stale bool
	// Verified is the moment up to which nothing was recorded that would change the answer: Stamp or later.
	Verified time.Time
	// Age is how long ago that was, TTL how long the answer will still be given.
	Age, TTL time.Duration
}

// Level is documents that all instances share.
type Level interface {
	// Look reads an entry, the heads of the books and the marks of their shards, as they stand at one moment.
	Look(ctx context.Context, id string, books []tenant.Book) (cachedoc.Found, error)
	// Put writes an entry.
	Put(ctx context.Context, id string, e cachedoc.Entry) error
}

// Cache keeps answers on two levels. It is safe for concurrent use.
type Cache struct {
	memo   *Memo[Key, kept]
	second Level // nil for none
	now    func() time.Time
	random func() float64 // in [0, 1)
}

// kept is an answer as the first level has it.
type kept struct {
	Value
	verified time.Time
	made     time.Duration // how long it took to find
	source   Source        // Made or Second
}

// New makes an empty cache; second may be nil.
func New(second Level, now func() time.Time) *Cache {
	memo := NewMemo(Options[Key, kept]{
		Size: firstSize, TTL: firstAge, Now: now, MaxBytes: firstBytes, Bytes: func(k kept) int { return len(k.Bytes) },
	})
	return &Cache{memo: memo, second: second, now: now, random: rand.Float64}
}

// Get is the answer to a question: one that counts, or what make gives, which is then kept. Calls of one
// key share one make at a time. A level that fails is one that has nothing; errors are make's own.
func (c *Cache) Get(ctx context.Context, q Question, load func(context.Context) (Value, error)) (Answer, error) {
	if q.Fresh {
		k, err := c.load(ctx, q, load, true)
		if err != nil {
			return Answer{}, err
		}
		c.memo.Put(q.Key, k)
		return c.answer(ctx, q, k, Made, false), nil
	}
	stale, oldest := false, q.Oldest
	want := Want[kept]{
		Good: func(k kept) bool {
			good := c.good(q, k.verified, q.Oldest)
			stale = stale || !good
			return good
		},
		Due: func(k kept) bool {
			due := c.due(q, k)
			if due { // what comes in its place should last
				oldest = q.Oldest / 2
			}
			return due
		},
	}
	k, how, err := c.memo.Find(ctx, q.Key, want, func(ctx context.Context) (kept, error) { return c.fill(ctx, q, oldest, load) })
	if err != nil {
		return Answer{}, err
	}
	source := map[How]Source{Kept: First, Joined: Shared, Loaded: k.source}[how]
	return c.answer(ctx, q, k, source, stale), nil
}

// good reports whether an answer that was verified at a moment may be given.
func (c *Cache) good(q Question, verified time.Time, oldest time.Duration) bool {
	return !verified.Before(q.Since) && c.now().Sub(verified) <= oldest
}

// due makes an answer that many ask for new before it is too old: the more often it is asked for and the
// longer it takes to make, the earlier. Where r calls a second come, the first of them whose random share
// of the making time reaches the end of the age is the one (Vattani, Chierichetti, Lowenstein 2015).
func (c *Cache) due(q Question, k kept) bool {
	ahead := time.Duration(float64(k.made) * -math.Log(1-c.random()))
	return c.now().Sub(k.verified)+ahead > q.Oldest
}

// fill finds an answer below the first level.
func (c *Cache) fill(ctx context.Context, q Question, oldest time.Duration, load func(context.Context) (Value, error)) (kept, error) {
	begin := c.now()
	v, verified, found, err := c.look(ctx, q, oldest)
	if found {
		return kept{Value: v, verified: verified, made: c.now().Sub(begin), source: Second}, nil
	}
	return c.load(ctx, q, load, err == nil) // a level that has just failed is not waited for twice
}

// load makes an answer, and gives it to the second level where that is there.
func (c *Cache) load(ctx context.Context, q Question, load func(context.Context) (Value, error), there bool) (kept, error) {
	begin := c.now()
	v, err := load(ctx)
	took := c.now().Sub(begin)
	if err != nil {
		return kept{}, err
	}
	fillTime.Record(ctx, took.Seconds())
	if there {
		c.put(ctx, q, v)
	}
	return kept{Value: v, verified: v.Stamp, made: took, source: Made}, nil
}

func (c *Cache) answer(ctx context.Context, q Question, k kept, source Source, stale bool) Answer {
	age := max(c.now().Sub(k.verified), 0)
	a := Answer{Value: k.Value, Source: source, Stale: stale, Verified: k.verified, Age: age, TTL: max(q.Oldest-age, 0)}
	served(ctx, a)
	return a
}
