package moves

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// book plays Firestore: what it was asked for, and when.
type book struct {
	t     *testing.T
	delay func() time.Duration
	fail  func(head string) error

	mu      sync.Mutex
	heads   map[string]map[string]int64
	ended   map[string]time.Time // answer to a head's last move
	busy    map[string]bool
	flights int
	moves   int
	batches [][]News
}

func newBook(t *testing.T) *book {
	t.Helper()
	return &book{
		t: t, delay: func() time.Duration { return 30 * time.Millisecond }, fail: func(string) error { return nil },
		heads: map[string]map[string]int64{}, ended: map[string]time.Time{}, busy: map[string]bool{},
	}
}

// write asks what holds of every flush: 100 heads at most, four at a time, each head once in a second.
func (b *book) write(ctx context.Context, all []News) []error {
	b.mu.Lock()
	b.flights++
	b.batches = append(b.batches, all)
	if b.flights > 4 || len(all) == 0 || len(all) > 100 {
		b.t.Errorf("%d flushes at a time, one of %d heads", b.flights, len(all))
	}
	for _, n := range all {
		if last, ok := b.ended[n.Head]; b.busy[n.Head] || ok && time.Since(last) < time.Second {
			b.t.Errorf("%s is moved %v after its last move, or in it: %v", n.Head, time.Since(last), b.busy[n.Head])
		}
		b.busy[n.Head] = true
	}
	b.mu.Unlock()
	pause := time.NewTimer(b.delay())
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flights--
	errs := make([]error, len(all))
	for i, n := range all {
		b.busy[n.Head], b.ended[n.Head] = false, time.Now()
		b.moves++
		if errs[i] = ctx.Err(); errs[i] == nil {
			errs[i] = b.fail(n.Head)
		}
		if errs[i] == nil {
			raise(b.heads, n)
		}
	}
	return errs
}

// made is how many moves were tried.
func (b *book) made() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moves
}

func raise(heads map[string]map[string]int64, n News) {
	if heads[n.Head] == nil {
		heads[n.Head] = map[string]int64{}
	}
	for field, at := range n.At {
		heads[n.Head][field] = max(heads[n.Head][field], at)
	}
}

func one(head string, u Urgency) News {
	at := time.Now()
	return News{Head: head, At: map[string]int64{"d20260301": at.UnixNano()}, Urgency: u, Events: 1, Oldest: at}
}

var errAway = status.Error(codes.Unavailable, "away")

// Callers tell of many heads at once, in any order, while writes are slow and fail: no head is moved more
// than once a second, none is lost, and each caller hears of it when his news are written.
func TestAMoveASecond(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) {
			b, random := newBook(t), rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			lot := func(n int) int { mu.Lock(); defer mu.Unlock(); return random.IntN(n) }
			streak := map[string]int{}
			b.delay = func() time.Duration { return time.Duration(lot(400)) * time.Millisecond }
			b.fail = func(head string) error {
				if streak[head]++; streak[head]%4 != 0 && lot(3) == 0 { // three in a row at most
					return errAway
				}
				streak[head] = 0
				return nil
			}
			q := NewQueue(b.write)
			want := map[string]map[string]int64{}
			var callers sync.WaitGroup
			told := 0
			for range 8 {
				callers.Go(func() {
					for range 40 {
						time.Sleep(time.Duration(lot(300)) * time.Millisecond) //nolint:forbidigo // time stands still in synctest but for this
						var all []News
						mu.Lock()
						for range 1 + random.IntN(60) {
							n := one(fmt.Sprint(random.IntN(300)), Urgency(random.IntN(3)))
							n.At = map[string]int64{fmt.Sprintf("d2026030%d", random.IntN(4)): int64(1 + random.IntN(1e9))}
							raise(want, n)
							all = append(all, n)
							told++
						}
						mu.Unlock()
						if err := q.Move(t.Context(), all); err != nil {
							t.Error(err)
						}
						b.mu.Lock()
						for _, n := range all {
							for field, at := range n.At {
								if b.heads[n.Head][field] < at {
									t.Errorf("%s stands at %d and was to be %d", n.Head, b.heads[n.Head][field], at)
								}
							}
						}
						b.mu.Unlock()
					}
				})
			}
			callers.Wait()
			for head := range want {
				if !maps.Equal(want[head], b.heads[head]) {
					t.Errorf("%s: %v, want %v", head, b.heads[head], want[head])
				}
			}
			if seed == 0 {
				t.Logf("%d news, %d moves in %d flushes", told, b.moves, len(b.batches))
			}
		})
	}
}

// The dates that people look at go first, whoever told of them; a flush takes a hundred.
func TestTheMostUrgentFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBook(t)
		b.delay = func() time.Duration { return 400 * time.Millisecond }
		q := NewQueue(b.write)
		var callers sync.WaitGroup
		for i, u := range []Urgency{Later, Open, Today} { // the flushes under way take 400 heads
			callers.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond) //nolint:forbidigo // time stands still in synctest but for this
				var all []News
				for n := range 600 {
					all = append(all, one(fmt.Sprintf("%d-%d", u, n), u))
				}
				if err := q.Move(t.Context(), all); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		var order []Urgency
		for _, batch := range b.batches[lanes:] {
			order = append(order, batch[0].Urgency)
		}
		for together := range slices.Chunk(order, lanes) { // flushes that begin at one moment are written in any order
			slices.Sort(together)
		}
		if want := fmt.Sprint([]Urgency{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2}); fmt.Sprint(order) != want || b.moves != 1800 {
			t.Errorf("%d moves, after the first flushes %v, want %s", b.moves, order, want)
		}
	})
}

// A property that posts without a pause costs a move a second; the news of the meantime go with it.
func TestNewsAreCoalesced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBook(t)
		q := NewQueue(b.write)
		var callers sync.WaitGroup
		for range 10_000 { // in 10 s
			time.Sleep(time.Millisecond) //nolint:forbidigo // time stands still in synctest but for this
			n := one("busy", Today)
			callers.Go(func() {
				if err := q.Move(t.Context(), []News{n}); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if b.moves < 9 || b.moves > 11 {
			t.Errorf("%d moves", b.moves)
		}
	})
}

// A head that Firestore never takes is given up after three retries, at once for who comes next, and is
// tried again later. The others are moved.
func TestARefusedHead(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{errAway, status.Error(codes.InvalidArgument, "too large")} {
		synctest.Test(t, func(t *testing.T) {
			b := newBook(t)
			well, tries := false, 0
			b.fail = func(head string) error {
				if head != "bad" {
					return nil
				}
				if tries++; well {
					return nil
				}
				return cause
			}
			q := NewQueue(b.write)
			err := q.Move(t.Context(), []News{one("good", Today), one("bad", Today), one("fine", Later)})
			var refused *RefusedError
			if !errors.As(err, &refused) || refused.Head != "bad" || !errors.Is(err, cause) || errors.Is(err, ErrUnavailable) || tries != 4 {
				t.Errorf("%v after %d tries", err, tries)
			}
			if b.heads["good"] == nil || b.heads["fine"] == nil {
				t.Error("the others were not moved")
			}
			if err := q.Move(t.Context(), []News{one("bad", Today)}); !errors.As(err, &refused) || tries != 4 {
				t.Errorf("again: %v after %d tries", err, tries)
			}
			well = true
			time.Sleep(time.Minute) //nolint:forbidigo // time stands still in synctest but for this
			if err := q.Move(t.Context(), []News{one("bad", Today)}); err != nil || b.heads["bad"] == nil {
				t.Errorf("a minute later: %v", err)
			}
		})
	}
}

// While Firestore is away nothing is refused for itself: the news come again.
func TestFirestoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBook(t)
		b.fail = func(string) error { return errAway }
		q := NewQueue(b.write)
		var refused *RefusedError
		all := []News{one("a", Today), one("b", Open), one("c", Later)}
		if err := q.Move(t.Context(), all); !errors.Is(err, ErrUnavailable) || errors.As(err, &refused) || b.moves != 12 {
			t.Errorf("%v after %d tries", err, b.moves)
		}
		b.fail = func(string) error { return nil }
		if err := q.Move(t.Context(), all); err != nil || len(b.heads) != 3 {
			t.Errorf("%v, %v", err, b.heads)
		}
	})
}

// A caller who gives up leaves his news behind, which are written; and a head that another instance has
// just moved waits for its second.
func TestWhoGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBook(t)
		q := NewQueue(b.write)
		n := one("a", Today)
		n.NotBefore = time.Now().Add(800 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := q.Move(ctx, []News{n}); !errors.Is(err, ErrUnavailable) || time.Since(start) != 500*time.Millisecond || b.made() != 0 {
			t.Errorf("%v after %v, %d moves", err, time.Since(start), b.made())
		}
		time.Sleep(time.Second) //nolint:forbidigo // time stands still in synctest but for this
		synctest.Wait()
		b.mu.Lock()
		defer b.mu.Unlock()
		if !maps.Equal(b.heads["a"], n.At) {
			t.Errorf("the head: %v", b.heads["a"])
		}
	})
}
