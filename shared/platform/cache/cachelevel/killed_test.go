package cachelevel_test

import (
	"context"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/cache"
	"innkeep.internal/shared/platform/cache/cachelevel"
	"innkeep.internal/shared/platform/emulator"
	"innkeep.internal/shared/platform/resilience/breaker"
)

// door is an address that stays while the emulator behind it changes.
type door struct {
	net.Listener
	behind atomic.Value // string: where it leads
}

func newDoor(t *testing.T) *door {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go d.pass(from)
		}
	}()
	return d
}

func (d *door) pass(from net.Conn) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("tcp", d.behind.Load().(string))
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	go func() {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
}

func (d *door) start(t *testing.T) *emulator.Process {
	t.Helper()
	p, err := emulator.Start(t.Context(), emulator.Firestore)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	d.behind.Store(p.Addr)
	return p
}

// load is callers who ask without a pause, and how long they waited.
type load struct {
	level  cache.Level
	making time.Duration // how long a report takes to be made
	errors atomic.Int64
	next   atomic.Int64
	mu     sync.Mutex
	took   []time.Duration
	second int // answers of the second level
}

func (l *load) ask(ctx context.Context) {
	key := cache.Key{byte(l.next.Add(1))}
	begin := time.Now()
	c := cache.New(l.level, time.Now) // an instance that has just started asks the second level
	a, err := c.Get(ctx, cache.Question{Key: key, Books: []tenant.Book{house}, Oldest: time.Hour}, func(context.Context) (cache.Value, error) {
		<-time.After(l.making)
		return cache.Value{Bytes: make([]byte, 2000), Stamp: time.Now(), Through: bizdate.MustParse("2026-03-05")}, nil
	})
	if err != nil {
		l.errors.Add(1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, time.Since(begin))
	if a.Source == cache.Second {
		l.second++
	}
}

// until asks from some callers at once until done, and gives the median and the 99th percentile.
func (l *load) until(t *testing.T, what string, done func(asked, second int) bool) {
	t.Helper()
	l.took, l.second = nil, 0
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	enough := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return done(len(l.took), l.second)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !enough() && ctx.Err() == nil {
				l.ask(ctx)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		t.Errorf("%s: it did not come to that", what)
	}
	slices.Sort(l.took)
	n := len(l.took)
	t.Logf("%-34s %5d answers, %5d of the second level; median %8s, p99 %8s", what, n, l.second,
		l.took[n/2].Round(10*time.Microsecond), l.took[n*99/100].Round(10*time.Microsecond))
}

// TestFirestoreIsKilled: no answer fails, and none waits once the breaker knows. INNKEEP_KILLED_ANSWERS is
// how many answers each part is measured by.
func TestFirestoreIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the Firestore emulator takes 3 s to start, twice")
	}
	answers := 50
	if n, err := strconv.Atoi(os.Getenv("INNKEEP_KILLED_ANSWERS")); err == nil {
		answers = n
	}
	d := newDoor(t)
	process := d.start(t)
	// A connection wins over the emulator that the environment may name.
	conn, err := grpc.NewClient(d.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	client, err := firestore.NewClient(t.Context(), "killed", option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	b := breaker.New(breaker.Options{Name: "test", Failures: 10, Reset: 200 * time.Millisecond, Patience: cachelevel.Timeout / 10})
	l := &load{level: cachelevel.New(client, b.Do), making: 20 * time.Millisecond}

	uncached := &load{making: l.making}
	uncached.until(t, "without a second level", func(asked, _ int) bool { return asked >= answers })
	l.until(t, "until Firestore is warm", func(_, second int) bool { return second >= answers })
	l.until(t, "Firestore is there", func(asked, _ int) bool { return asked >= answers })
	process.Stop() // SIGKILL
	l.until(t, "killed, until the breaker opens", func(int, int) bool { return b.State().Mode == breaker.Open })
	l.until(t, "killed", func(asked, _ int) bool { return asked >= answers })
	d.start(t)
	l.until(t, "until Firestore is warm again", func(_, second int) bool { return second >= answers })
	l.until(t, "Firestore is back", func(asked, _ int) bool { return asked >= answers })
	if n := l.errors.Load(); n > 0 {
		t.Errorf("%d answers failed", n)
	}
}
