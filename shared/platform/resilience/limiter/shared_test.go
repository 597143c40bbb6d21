package limiter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/resilience/priority"
)

// memory is a Ledger in memory that takes its time, and may be down.
type memory struct {
	mu      sync.Mutex
	records map[string]Record
	at      map[string]time.Time
	version int64
	took    time.Duration // of each call
	down    bool
	lost    int // of 100 stores the answer of so many is lost
	calls   int
}

func newMemory(took time.Duration) *memory {
	return &memory{records: map[string]Record{}, at: map[string]time.Time{}, took: took}
}

var errDown = errors.New("down")

func (m *memory) begin(ctx context.Context) error {
	select {
	case <-time.After(m.took):
	case <-ctx.Done():
		return ctx.Err()
	}
	m.mu.Lock()
	m.calls++
	if m.down {
		m.mu.Unlock()
		return errDown
	}
	return nil
}

// count is how many calls came so far: rounds that were put off may still come.
func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

func (m *memory) Load(ctx context.Context, key string) (Record, Version, error) {
	if err := m.begin(ctx); err != nil {
		return Record{}, Version{}, err
	}
	defer m.mu.Unlock()
	return m.records[key], Version{m.at[key]}, nil
}

func (m *memory) Store(ctx context.Context, key string, r Record, v Version, _ time.Duration) (Version, error) {
	if err := m.begin(ctx); err != nil {
		return Version{}, err
	}
	defer m.mu.Unlock()
	if !m.at[key].Equal(v.At) {
		return v, ErrMoved
	}
	m.version++
	m.records[key], m.at[key] = r, time.Unix(0, m.version)
	if rand.IntN(100) < m.lost {
		return Version{}, errDown
	}
	return Version{m.at[key]}, nil
}

// log is when calls were let through.
type log struct {
	mu sync.Mutex
	at []time.Time
}

func (l *log) add() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = append(l.at, time.Now())
}

// most is how many stand in any window of a minute. They come in order.
func (l *log) most() (most int) {
	from := 0
	for to, at := range l.at {
		for at.Sub(l.at[from]) >= time.Minute {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// press makes calls at a rate for a time, at n instances, each with callers who do not wait for one
// another.
func press(ctx context.Context, limiters []*Limiter, limit int, perSecond int, d time.Duration, class func() priority.Class) *log {
	l := &log{}
	var all sync.WaitGroup
	end := time.Now().Add(d)
	for time.Now().Before(end) {
		all.Go(func() {
			if limiters[rand.IntN(len(limiters))].Allow(ctx, "org", limit, class()).Allowed {
				l.add()
			}
		})
		<-time.After(time.Second / time.Duration(perSecond))
	}
	all.Wait()
	return l
}

func post() priority.Class { return priority.Post }

func TestInstancesKeepALimitTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ instances, limit, over int }{
		{1, 100, 10}, {2, 100, 2}, {2, 2000, 10}, {5, 500, 3}, {10, 1000, 2}, {10, 100, 5},
	} {
		t.Run(fmt.Sprintf("%d instances, %d a minute, %d times as many", c.instances, c.limit, c.over), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(15 * time.Millisecond)
				limiters := make([]*Limiter, c.instances)
				for i := range limiters {
					limiters[i] = New(Options{Ledger: m})
				}
				const minutes = 5
				l := press(t.Context(), limiters, c.limit, c.limit*c.over/60+1, minutes*time.Minute, post)
				if most := l.most(); most > c.limit {
					t.Errorf("%d in one minute, the limit is %d", most, c.limit)
				}
				if len(l.at)*100 < 90*c.limit*minutes {
					t.Errorf("%d in %d minutes, the limit is %d a minute", len(l.at), minutes, c.limit)
				}
				t.Logf("%d in the worst minute, %d in all, %d calls of the ledger", l.most(), len(l.at), m.count())
				<-time.After(time.Minute)
			})
		})
	}
}

// What is left of a lease is nobody's after its time.
func TestALeaseLapses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Ledger: newMemory(time.Millisecond)})
		ask := func(n int) (let int) {
			for range n {
				if l.Allow(t.Context(), "org", 100, priority.Post).Allowed {
					let++
				}
			}
			return let
		}
		if let := ask(80); let != 80 {
			t.Fatalf("%d of 80 were let through", let)
		}
		<-time.After(time.Second)
		ask(1) // takes a lease of as many as came before
		<-time.After(2 * time.Minute)
		if let := ask(150); let > 100 {
			t.Errorf("%d were let through, the limit is 100", let)
		}
	})
}

// Far from its limit a key costs its callers no waiting, and the ledger one write a second and instance.
func TestNobodyWaitsFarFromTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(20 * time.Millisecond)
		l := New(Options{Ledger: m})
		for range 600 {
			began := time.Now()
			if d := l.Allow(t.Context(), "org", 2000, priority.Read); !d.Allowed || time.Since(began) != 0 {
				t.Fatalf("%+v after %v", d, time.Since(began))
			}
			<-time.After(100 * time.Millisecond)
		}
		if m.count() > 65 {
			t.Errorf("%d calls of the ledger in a minute", m.count())
		}
		<-time.After(time.Minute)
	})
}

func TestExhaustedCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(20 * time.Millisecond)
		l := New(Options{Ledger: m})
		for l.Allow(t.Context(), "org", 100, priority.Post).Allowed {
		}
		<-time.After(2 * time.Second)
		calls := m.count()
		for range 1000 {
			if d := l.Allow(t.Context(), "org", 100, priority.Post); d.Allowed || d.RetryAfter < 45*time.Second {
				t.Fatalf("%+v", d)
			}
			<-time.After(10 * time.Millisecond)
		}
		if m.count() != calls {
			t.Errorf("%d calls of the ledger for what was known", m.count()-calls)
		}
	})
}

// Without the ledger an instance goes on, on its share; nobody waits for long, and what was let through
// is charged when the ledger is back.
func TestAloneOnAShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(time.Millisecond)
		m.down = true
		l := New(Options{Ledger: m, Instances: 4})
		took := time.Duration(0)
		allowed := 0
		for range 1000 {
			began := time.Now()
			d := l.Allow(t.Context(), "org", 400, priority.Post)
			if took = max(took, time.Since(began)); d.Allowed {
				allowed++
			}
			<-time.After(10 * time.Millisecond)
		}
		if allowed < 100 || allowed > 104 {
			t.Errorf("%d on a share of 100", allowed)
		}
		if took > 100*time.Millisecond {
			t.Errorf("somebody waited %v", took)
		}
		m.mu.Lock()
		m.down = false
		m.mu.Unlock()
		<-time.After(2 * time.Second)
		for range 30 {
			l.Allow(t.Context(), "org", 400, priority.Post)
			<-time.After(100 * time.Millisecond)
		}
		r, _, _ := m.Load(t.Context(), "org")
		if w := read(r, r.Newest); w.sum < allowed || w.sum > allowed+60 {
			t.Errorf("%d are charged of %d and 30", w.sum, allowed)
		}
		if s := l.State(); s.Alone == 0 || s.Failures == 0 {
			t.Errorf("%+v", s)
		}
		<-time.After(time.Minute)
	})
}

// Lost answers are charged twice rather than not at all.
func TestLostAnswersDoNotAdd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10 * time.Millisecond)
		m.lost = 20
		limiters := []*Limiter{New(Options{Ledger: m}), New(Options{Ledger: m})}
		l := press(t.Context(), limiters, 1000, 100, 3*time.Minute, post)
		if most := l.most(); most > 1100 {
			t.Errorf("%d in one minute", most)
		}
		<-time.After(time.Minute)
	})
}

// Posts get through while reads take all that they may, also over instances.
func TestPostsHaveRoomBesideReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(15 * time.Millisecond)
		limiters := []*Limiter{New(Options{Ledger: m}), New(Options{Ledger: m})}
		refused, posts := 0, 0
		var all sync.WaitGroup
		for range 3 * 60 { // 20 posts a minute are half of the room that only they have
			for range 30 {
				all.Go(func() { limiters[rand.IntN(2)].Allow(t.Context(), "org", 1000, priority.Read) })
			}
			<-time.After(time.Second)
			if rand.IntN(3) == 0 {
				posts++
				if !limiters[rand.IntN(2)].Allow(t.Context(), "org", 1000, priority.Post).Allowed {
					refused++
				}
			}
		}
		all.Wait()
		if refused > 0 {
			t.Errorf("%d of %d posts were refused", refused, posts)
		}
		<-time.After(time.Minute)
	})
}
