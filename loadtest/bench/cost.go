package main

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"syscall"
	"time"

	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/loadtest/bench/wire"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/platform/spannerdb"
)

const (
	costRounds   = 25
	costCommands = 200 // of a round; of bulk calls a tenth
)

// costly is a way into the write path whose cost is measured.
type costly struct {
	name    string
	handler http.Handler
	call    func(key string) house.Call
	unwrap  bool // the handler checks no token: the claims are in the context already
}

// bench is the product with its database's answers on tape.
type bench struct {
	house  *house.House
	tape   *wire.Tape
	claims auth.Claims
	ways   []costly
}

// newBench records what the database answers to each command, and plays it from then on. The house's
// clock stands, so that nothing that it remembers expires.
func newBench(ctx context.Context, db *spannerdb.DB, tape *wire.Tape) (*bench, error) {
	at := time.Now()
	h, err := house.New(ctx, db, func() time.Time { return at })
	if err != nil {
		return nil, err
	}
	b := &bench{house: h, tape: tape}
	if b.claims, err = h.Verifier.Verify(ctx, h.Owner); err != nil {
		return nil, err
	}
	if err := warmed(ctx, h); err != nil {
		return nil, err
	}
	waiting, err := h.Waiting(ctx, "taped")
	if err != nil {
		return nil, err
	}
	bare := httpfn.New("Revenues", httpfn.Options{Timeout: api.FinanceTimeout, Guard: api.Finance(priority.Post).Guard("Bench")})
	entryapi.Register[entryapi.Revenue, entryapi.RevenueLine](bare, h.Source, ledger.Revenue, "revenues")
	post := func(key string) house.Call { return h.Post(h.Property, key) }
	bulk := func(key string) house.Call { return h.Bulk(h.Property, key, bulkLines) }
	b.ways = []costly{
		{"approve", h.Handler("approvals"), func(key string) house.Call { return h.Approve(key, waiting) }, false},
		{"post", bare, post, true},
		{"post-with-token", h.Handler("revenues"), post, false},
		{"bulk", bare, bulk, true},
	}
	tape.Record()
	for _, w := range b.ways { // the approval first: what it reads waits
		if err := b.run(ctx, w, []*http.Request{b.request(ctx, w, "taped-"+w.name)}); err != nil {
			return nil, err
		}
	}
	tape.Play()
	return b, nil
}

// request is a call of a way, ready to be served.
func (b *bench) request(ctx context.Context, w costly, key string) *http.Request {
	if w.unwrap {
		ctx = auth.With(ctx, b.claims)
	}
	return w.call(key).Request(ctx)
}

// run serves requests, each of which succeeds.
func (b *bench) run(_ context.Context, w costly, requests []*http.Request) error {
	for _, r := range requests {
		var a house.Answer
		w.handler.ServeHTTP(&a, r)
		if a.Status >= http.StatusMultipleChoices {
			return fmt.Errorf("%s was answered %d: %s", w.name, a.Status, a.Body)
		}
	}
	return nil
}

func measureCost(ctx context.Context) ([]figures.Figure, error) {
	tape := &wire.Tape{}
	p, err := house.Start(ctx, tape.Options()...)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	b, err := newBench(ctx, p.DB, tape)
	if err != nil {
		return nil, err
	}
	var all []figures.Figure
	for _, w := range b.ways {
		f, err := b.cost(ctx, w)
		if err != nil {
			return nil, err
		}
		all = append(all, f...)
	}
	return all, nil
}

// cost is what a way takes of this process: the figures are medians of rounds, the garbage collector's part
// among them.
func (b *bench) cost(ctx context.Context, w costly) ([]figures.Figure, error) {
	n := costCommands
	if w.name == "bulk" {
		n /= 10
	}
	var cpu, allocations, size []float64
	for round := range costRounds + 1 {
		requests := make([]*http.Request, n)
		for i := range requests {
			requests[i] = b.request(ctx, w, fmt.Sprint(w.name, "-", round, "-", i))
		}
		runtime.GC() // a round pays for its own garbage
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := processCPU()
		if err := b.run(ctx, w, requests); err != nil {
			return nil, err
		}
		took := processCPU() - began
		runtime.ReadMemStats(&after)
		if round == 0 {
			continue // the first fills pools
		}
		cpu = append(cpu, float64(took.Microseconds())/float64(n))
		allocations = append(allocations, float64(after.Mallocs-before.Mallocs)/float64(n))
		size = append(size, float64(after.TotalAlloc-before.TotalAlloc)/float64(n))
	}
	name := "cost/" + w.name
	return []figures.Figure{
		figures.Of(name+"/cpu", "us", cpu), figures.Of(name+"/allocations", "allocation", allocations), figures.Of(name+"/allocated", "B", size),
	}, nil
}

// processCPU is the processor time of this process, its system time included.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
