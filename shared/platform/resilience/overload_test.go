package resilience_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"innkeep.internal/shared/platform/resilience"
	"innkeep.internal/shared/platform/resilience/bulkhead"
	"innkeep.internal/shared/platform/resilience/priority"
)

// The overload of the whole, in model time: functions, each behind a bulkhead as the door has one for it,
// each on a backend of so many workers, first come first served, which do not know of classes. What is real
// is the policies and the machines; what is modelled is how long work takes.

// backend is what a function works on.
type backend struct {
	free chan struct{}
	mu   sync.Mutex
	r    *rand.Rand
}

func newBackend(workers int) *backend {
	return &backend{free: make(chan struct{}, workers), r: rand.New(rand.NewPCG(1, 2))}
}

// work takes a worker for half to one and a half of the time.
func (b *backend) work(ctx context.Context, took time.Duration) error {
	select {
	case b.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	b.mu.Lock()
	d := took/2 + time.Duration(b.r.Int64N(int64(took)))
	b.mu.Unlock()
	<-time.After(d)
	<-b.free
	return ctx.Err()
}

// stage is a function of the model.
type stage struct {
	policy  resilience.Policy
	guard   *bulkhead.Bulkhead // nil: unprotected, for comparison
	backend *backend
	took    time.Duration
}

// kind is a kind of call: where it goes, and how many there are a second at capacity.
type kind struct {
	name   string
	class  priority.Class
	stage  *stage
	rate   float64 // a second, of the capacity of what it works on
	scaled bool    // by the overload; posts and closes are not
}

// outcome is what came of one call.
type outcome struct {
	kind string
	at   time.Time // of its beginning
	took time.Duration
	ok   bool
}

// world is the model.
type world struct {
	kinds []kind

	mu  sync.Mutex
	all []outcome
}

// newWorld is two finance functions that can do 200 calls a second each, 80 reports and 8 exports a
// second: the backend of each does as many calls at once as its bulkhead lets through.
func newWorld(protected bool) *world {
	guard := func(p resilience.Policy, name string) *bulkhead.Bulkhead {
		if !protected {
			return nil
		}
		return p.Bulkhead(name)
	}
	finance := &stage{resilience.Finance, guard(resilience.Finance, "revenues"), newBackend(50), 250 * time.Millisecond}
	days := &stage{resilience.Finance, guard(resilience.Finance, "days"), newBackend(50), 250 * time.Millisecond}
	reports := &stage{resilience.Reports, guard(resilience.Reports, "daily-report"), newBackend(20), 250 * time.Millisecond}
	exports := &stage{resilience.Reports, guard(resilience.Reports, "export"), newBackend(20), 2500 * time.Millisecond}
	return &world{kinds: []kind{
		{"post", priority.Post, finance, 100, false}, // half of what it can do
		{"close", priority.Post, days, 100, false},   // likewise
		{"read", priority.Read, finance, 100, true},  // the other half at 1
		{"list", priority.Read, days, 100, true},     // likewise
		{"report", priority.Report, reports, 80, true},
		{"export", priority.Rebuild, exports, 8, true},
	}}
}

// call is one.
func (w *world) call(ctx context.Context, k kind) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, k.stage.policy.Timeout)
	defer cancel()
	err := through(ctx, k.stage.guard, k.class, func() error { return k.stage.backend.work(ctx, k.stage.took) })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, outcome{k.name, began, time.Since(began), err == nil})
}

func through(ctx context.Context, b *bulkhead.Bulkhead, c priority.Class, work func() error) error {
	if b == nil {
		return work()
	}
	if err := b.Enter(ctx, c); err != nil {
		return err
	}
	defer b.Leave()
	return work()
}

// run offers every kind at its rate, those that are scaled at load times as much, for a time.
func (w *world) run(ctx context.Context, load float64, d time.Duration) {
	var all sync.WaitGroup
	r := rand.New(rand.NewPCG(3, 4))
	end := time.Now().Add(d)
	for _, k := range w.kinds {
		rate := k.rate
		if k.scaled {
			rate *= load
		}
		if rate == 0 {
			continue
		}
		seed := r.Uint64()
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for time.Now().Before(end) {
				<-time.After(time.Duration(r.ExpFloat64() / rate * float64(time.Second)))
				go w.call(ctx, k)
			}
		})
	}
	all.Wait()
}

// between is the calls that began in a span, of the kinds, all when none is named.
func (w *world) between(from time.Time, d time.Duration, kinds ...string) (some []outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.all {
		if !o.at.Before(from) && o.at.Before(from.Add(d)) && (len(kinds) == 0 || slices.Contains(kinds, o.kind)) {
			some = append(some, o)
		}
	}
	return some
}

// finished is how many calls came to a good end in a span, whenever they began: what was done in it, also
// of what waited before.
func (w *world) finished(from time.Time, d time.Duration) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.all {
		if end := o.at.Add(o.took); o.ok && !end.Before(from) && end.Before(from.Add(d)) {
			n++
		}
	}
	return n
}

func good(some []outcome) (n int) {
	for _, o := range some {
		if o.ok {
			n++
		}
	}
	return n
}

// p99 is of those that succeeded.
func p99(some []outcome) time.Duration {
	var took []time.Duration
	for _, o := range some {
		if o.ok {
			took = append(took, o.took)
		}
	}
	slices.Sort(took)
	if len(took) == 0 {
		return 0
	}
	return took[len(took)*99/100]
}

const span = 20 * time.Second

// done waits until nobody is under way.
func done() { <-time.After(30 * time.Second) }

func TestOverload(t *testing.T) {
	t.Parallel()
	peak := 0
	for _, load := range []float64{0.8, 1, 2, 5, 10} {
		t.Run(fmt.Sprintf("%v times capacity", load), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(true)
				w.run(t.Context(), load, 5*time.Second)
				from := time.Now()
				w.run(t.Context(), load, span)
				after := time.Now()
				w.run(t.Context(), 0.5, span)
				done()
				all, posts := w.between(from, span), w.between(from, span, "post", "close")
				goodput := w.finished(from, span) / int(span.Seconds())
				peak = max(peak, goodput)
				t.Logf("goodput %d/s of %d/s offered; posts and closes %d of %d, p99 %v", goodput, len(all)/int(span.Seconds()), good(posts), len(posts), p99(posts))
				if goodput*10 < peak*9 {
					t.Errorf("goodput %d/s, its peak is %d/s", goodput, peak)
				}
				if good(posts)*1000 < len(posts)*999 {
					t.Errorf("%d of %d posts and closes succeeded", good(posts), len(posts))
				}
				for s := range 15 {
					some := w.between(after.Add(time.Duration(s)*time.Second), 15*time.Second)
					quick := w.between(after.Add(time.Duration(s)*time.Second), 15*time.Second, "post", "close", "read", "list", "report")
					if good(some) == len(some) && p99(quick) < time.Second {
						t.Logf("recovered after %d s", s)
						if s > 5 {
							t.Errorf("recovered after %d s", s)
						}
						return
					}
				}
				t.Error("not recovered after 15 s")
			})
		})
	}
}

// The same load without bulkheads: what they are for.
func TestOverloadWithoutProtection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(false)
		from := time.Now()
		w.run(t.Context(), 5, span)
		done()
		posts := w.between(from, span, "post", "close")
		if good(posts)*10 > len(posts)*9 {
			t.Errorf("%d of %d posts succeed without protection: the model is no overload", good(posts), len(posts))
		}
		t.Logf("%d of %d posts and closes", good(posts), len(posts))
	})
}

// One organisation at 100 times its share, behind the limits of plans, moves the others' p99 by 10 % at
// most.
func TestOneOrganisationBesideOthers(t *testing.T) {
	t.Parallel()
	const orgs = 50
	measure := func(t *testing.T, times int) (p time.Duration, failed int) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(true)
			limits := resilience.NewLimits(nil)
			read := w.kinds[2]
			r := rand.New(rand.NewPCG(5, 6))
			call := func(org string) {
				if !limits.Allow(t.Context(), org, "standard", read.stage.policy, read.class).Allowed {
					return
				}
				k := read
				k.name = org
				w.call(t.Context(), k)
			}
			// Each makes 2 calls a second, half of what the function can do in all.
			const each = 2
			from := time.Now()
			end := from.Add(2 * time.Minute)
			for org := range orgs {
				name, rate := fmt.Sprintf("org-%d", org), float64(each)
				if org == 0 {
					name, rate = "noisy", float64(each*times)
				}
				seed := r.Uint64()
				go func() {
					r := rand.New(rand.NewPCG(seed, 1))
					for time.Now().Before(end) {
						<-time.After(time.Duration(r.ExpFloat64() / rate * float64(time.Second)))
						go call(name)
					}
				}()
			}
			<-time.After(3 * time.Minute)
			// The minute after the first, in which it uses up its plan.
			var others []outcome
			for _, o := range w.between(from, 2*time.Minute) {
				if o.kind != "noisy" {
					others = append(others, o)
				}
			}
			p, failed = p99(others), len(others)-good(others)
		})
		return p, failed
	}
	before, _ := measure(t, 1)
	after, failed := measure(t, 100)
	t.Logf("the others' p99: %v, beside one at 100 times its share %v", before, after)
	if failed > 0 || after*10 > before*11 {
		t.Errorf("p99 %v became %v, %d failed", before, after, failed)
	}
}
