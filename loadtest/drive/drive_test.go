package drive

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
)

var here = world.World{Seed: 3, Organisations: 300, Today: bizdate.MustParse("2026-11-29")}

// Calls are due at moments that follow from the seed alone: a call that holds up the schedule moves none.
func TestScheduleIsOpen(t *testing.T) {
	t.Parallel()
	moments := func(hold time.Duration) (all []time.Duration, late int) {
		synctest.Test(t, func(t *testing.T) {
			from := time.Now()
			Schedule(t.Context(), here.Random("schedule"), 50, from, from.Add(4*time.Second), func(intended time.Time) {
				all = append(all, intended.Sub(from))
				if time.Since(intended) > 0 {
					late++
				}
				<-time.After(hold)
			})
		})
		return all, late
	}
	free, none := moments(0)
	held, late := moments(30 * time.Millisecond) // slower than the calls come
	if none != 0 || late == 0 {
		t.Errorf("late: %d of a free schedule, %d of one that is held up", none, late)
	}
	if len(free) != len(held) || len(free) < 150 || len(free) > 250 {
		t.Fatalf("%d and %d calls in 4 s at 50 a second", len(free), len(held))
	}
	for i := range free {
		if free[i] != held[i] {
			t.Fatalf("call %d is due at %v, and at %v when others are slow", i, free[i], held[i])
		}
	}
}

func TestMix(t *testing.T) {
	t.Parallel()
	sum, r, got := 0, here.Random("mix"), map[Kind]float64{}
	const draws = 100_000
	for range draws {
		got[pick(r)]++
	}
	for _, k := range Kinds {
		sum += mix[k]
		p := Share(k)
		if off := 4 * math.Sqrt(p*(1-p)*draws); math.Abs(got[k]-p*draws) > off {
			t.Errorf("%s: %v of %d, want %v", k, got[k], draws, p)
		}
	}
	if sum != 100 || mix[Post]+mix[Bulk] != 60 || mix[Approve] != 5 || mix[Daily] != 25 || mix[Monthly] != 8 || mix[Export] != 2 {
		t.Errorf("the mix is %v", mix)
	}
}

// open is a door that lets everybody in.
type open struct {
	mu    sync.Mutex
	woken map[int]bool
}

func (o *open) Token(_ context.Context, org tenant.OrgID, subject string) (string, error) {
	return string(org) + "/" + subject, nil
}

func (o *open) Wake(_ context.Context, numbers []int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, n := range numbers {
		o.woken[n] = true
	}
	return nil
}

// books is a server that takes entries once by their keys, and loses some answers after it has taken them.
type books struct {
	mu      sync.Mutex
	entries map[string]string // property, by key
	pending map[string]bool
	lost    int
	calls   map[string]int
}

func (b *books) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[r.URL.Path]++
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Consistency-Token", time.Now().UTC().Format(time.RFC3339Nano))
	if r.Method == http.MethodGet {
		w.Header().Set("Cache-Status", "Innkeep; fwd=miss; stored")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	_, again := b.entries[key]
	var body struct {
		PropertyID string
		Items      []struct{ EntryID string }
		Lines      []struct{ Key, PropertyID string }
	}
	if err := json.Unmarshal(text, &body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch {
	case len(body.Items) > 0:
		for _, x := range body.Items {
			if !b.pending[x.EntryID] {
				_, _ = fmt.Fprintf(w, `{"refused":1,"results":[{"problem":{"code":"not_pending"}}]}`)
				return
			}
			delete(b.pending, x.EntryID)
		}
		_, _ = io.WriteString(w, `{"decided":1}`)
		return
	case len(body.Lines) > 0:
		for _, x := range body.Lines {
			b.entries[x.Key] = x.PropertyID
		}
		_, _ = fmt.Fprintf(w, `{"accepted":%d}`, len(body.Lines))
		return
	}
	b.entries[key] = body.PropertyID
	b.pending[key] = strings.HasSuffix(r.URL.Path, "expenses") && strings.HasSuffix(r.Header.Get("Authorization"), world.Desk)
	if len(b.entries)%7 == 0 && !again {
		b.lost++
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"code":"outcome_unknown"}`)
		return
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, `{"id":%q}`, key)
}

// A drive knows of every entry that stands, those whose answers were lost among them, and no other.
func TestDrive(t *testing.T) {
	t.Parallel()
	b := &books{entries: map[string]string{}, pending: map[string]bool{}, calls: map[string]int{}}
	server := httptest.NewServer(b)
	defer server.Close()
	door := &open{woken: map[int]bool{}}
	commits := 0
	var mu sync.Mutex
	got, err := Run(t.Context(), Plan{
		URL: server.URL, World: here, Run: "r", Rate: 400, Duration: time.Second, Warmup: 100 * time.Millisecond, Door: door,
		Committed: func(int64, time.Time) { mu.Lock(); commits++; mu.Unlock() }, Begun: func(time.Time, time.Time) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	stand := map[string]int{}
	for _, property := range b.entries {
		stand[property]++
	}
	for book, n := range got.Ledger.Accepted {
		if stand[string(book.Property)] != n {
			t.Errorf("%s has %d entries, %d were told", book.Property, stand[string(book.Property)], n)
		}
		delete(stand, string(book.Property))
	}
	if len(stand) > 0 || got.Ledger.Total() != len(b.entries) || b.lost == 0 || got.Settled != b.lost {
		t.Errorf("%d entries, %d told; %d answers lost, %d settled; %v", len(b.entries), got.Ledger.Total(), b.lost, got.Settled, stand)
	}
	offered, failed := 0, 0
	for _, k := range Kinds {
		of := got.Kinds[k]
		offered, failed = offered+of.Offered, failed+of.Failed
		if of.Offered == 0 || int(of.Times.TotalCount()) != of.Offered || of.Answered+of.Failed != of.Offered {
			t.Errorf("%s: %d offered, %d answered, %d failed, %d times", k, of.Offered, of.Answered, of.Failed, of.Times.TotalCount())
		}
	}
	summed := b.calls["/v1/finance/revenues"] + b.calls["/v1/finance/revenues:bulk"] + b.calls["/v1/finance/approvals:decide"]
	if commits == 0 || commits > summed || b.calls["/v1/finance/expenses"] == 0 {
		t.Errorf("%d commits were told; %d calls are in the sums, the front desk's are not: %v", commits, summed, b.calls)
	}
	if failed == 0 || failed > b.lost || len(got.Faults) == 0 || got.Cache["miss"] == 0 {
		t.Errorf("%d of %d failed, %d were lost: %v; %d commits, %v", failed, offered, b.lost, got.Faults, commits, got.Cache)
	}
	for n := range door.woken {
		if n < here.Open() {
			t.Errorf("organisation %d was woken, whose books are open", n)
		}
	}
}

// Each organisation has the same calls, in the order of the steps; one whose call fails has no more, and what
// became of it is known.
func TestSame(t *testing.T) {
	t.Parallel()
	b := &books{entries: map[string]string{}, pending: map[string]bool{}, calls: map[string]int{}}
	server := httptest.NewServer(b)
	defer server.Close()
	p := Plan{URL: server.URL, World: here, Run: "r", Door: &open{woken: map[int]bool{}}}
	for _, x := range []struct {
		numbers []int
		steps   int
		failed  int
	}{
		{[]int{250}, len(Steps), 0},          // 13 entries
		{[]int{251}, 1, 1},                   // whose first is the 14th
		{[]int{252, 253}, len(Steps) + 1, 1}, // the 15th to the 27th, and the 28th
	} {
		var steps []int
		l, before := newLedger(), len(b.entries)
		failed, err := p.Same(t.Context(), x.numbers, l, func(step int, do func() error) error {
			steps = append(steps, step)
			return do()
		})
		if err != nil || len(failed) != x.failed || len(steps) != x.steps {
			t.Fatalf("%v: steps %v, failed %q: %v", x.numbers, steps, failed, err)
		}
		if l.Total() != len(b.entries)-before {
			t.Errorf("%v: %d entries, %d told", x.numbers, len(b.entries)-before, l.Total())
		}
	}
	if _, err := p.Same(t.Context(), []int{254}, newLedger(), func(int, func() error) error { return io.EOF }); err == nil {
		t.Error("an error of who looks on is lost")
	}
}

func TestCached(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"Innkeep; hit; ttl=3; detail=l1": "l1", "Innkeep; hit; ttl=0; detail=l2": "l2", "Innkeep; fwd=stale; stored": "miss",
		"Innkeep; fwd=miss; collapsed": "collapsed", "Innkeep; fwd=bypass": "", "": "",
	} {
		if got := cached(status); got != want {
			t.Errorf("%q: %q, want %q", status, got, want)
		}
	}
}

// A perfect cache gives an answer until five seconds after the first commit that it has not seen.
func TestIdeal(t *testing.T) {
	t.Parallel()
	b, i, zero := tenant.Book{Property: "p"}, newIdeal(), time.Unix(0, 0)
	at := func(s int) time.Time { return zero.Add(time.Duration(s) * time.Second) }
	for _, x := range []struct {
		ask, commit int // seconds; one of them
		want        bool
	}{{ask: 1}, {ask: 9, want: true}, {commit: 10}, {commit: 12}, {ask: 14, want: true}, {ask: 15}, {ask: 16, want: true}, {commit: 17}, {ask: 30}} {
		if x.commit > 0 {
			i.committed(b, at(x.commit))
		} else if got := i.hit(b, "/", at(x.ask)); got != x.want {
			t.Errorf("asked at %d s: %v", x.ask, got)
		}
	}
}

func TestGap(t *testing.T) {
	t.Parallel()
	r, sum := rand.New(rand.NewPCG(1, 1)), time.Duration(0)
	for range 10_000 {
		sum += Gap(r, 100)
	}
	if mean := sum / 10_000; mean < 9*time.Millisecond || mean > 11*time.Millisecond {
		t.Errorf("the mean gap at 100 a second is %v", mean)
	}
}
