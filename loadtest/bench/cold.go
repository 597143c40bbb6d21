package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/loadtest/bench/coldstart"
	"innkeep.internal/loadtest/bench/figures"
	"innkeep.internal/loadtest/bench/house"
	"innkeep.internal/scripts/stage/staging"
)

// coldStarts is how often the function is started.
const coldStarts = 15

// coldFunction is the one that is started: the most called of those that write.
const coldFunction = "revenues"

// cold is what a function that is started finds around it.
type cold struct {
	house   *house.House
	spanner *coldstart.Proxy
	others  *coldstart.Proxy // Pub/Sub and Firestore, which are not there: a post goes on without them
	keys    *http.Server
	keysURL string
	fetched atomic.Int64 // times that the issuer's keys were asked for
	posts   int
}

func measureCold(ctx context.Context) ([]figures.Figure, error) {
	program, size, remove, err := staged(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	place, err := house.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	c, err := newCold(ctx, place)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.starts(ctx, c.program(program, place.DB.Name()), size)
}

// staged builds the function as it is deployed, and gives the program's path and its size.
func staged(ctx context.Context) (program string, size int64, remove func(), err error) {
	all, err := functions.Load()
	if err != nil {
		return "", 0, nil, err
	}
	s, err := staging.New(ctx, ".", all)
	if err != nil {
		return "", 0, nil, err
	}
	upload, err := s.Zip(coldFunction)
	if err != nil {
		return "", 0, nil, err
	}
	folder, err := os.MkdirTemp("", "bench-cold-")
	if err != nil {
		return "", 0, nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) } // a folder for what is passing
	if program, err = staging.Program(ctx, ".", folder, upload); err == nil {
		var info os.FileInfo
		if info, err = os.Stat(program); err == nil {
			return program, info.Size(), remove, nil
		}
	}
	remove()
	return "", 0, nil, err
}

func newCold(ctx context.Context, place *house.Place) (c *cold, err error) {
	c = &cold{}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if c.house, err = house.New(ctx, place.DB, time.Now); err != nil {
		return nil, err
	}
	if _, err = c.house.Must(ctx, http.StatusCreated, c.house.Post(c.house.Property, "before")); err != nil {
		return nil, err
	}
	if c.spanner, err = coldstart.Forward(ctx, place.Addr()); err != nil {
		return nil, err
	}
	if c.others, err = coldstart.Forward(ctx, ""); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.keysURL = "http://" + l.Addr().String()
	issuer := c.house.Issuer.Handler()
	keys := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.fetched.Add(1)
		issuer.ServeHTTP(w, r)
	})}
	go func() { _ = keys.Serve(l) }() // it ends with close
	c.keys = keys
	return c, nil
}

func (c *cold) close() {
	for _, p := range []*coldstart.Proxy{c.spanner, c.others} {
		if p != nil {
			p.Close()
		}
	}
	if c.keys != nil {
		_ = c.keys.Close()
	}
}

// program is the function with its environment, and a post as its call.
func (c *cold) program(path, database string) coldstart.Program {
	return coldstart.Program{
		Path: path, Target: "Revenues", Status: http.StatusCreated,
		Env: []string{
			"SPANNER_EMULATOR_HOST=" + c.spanner.Addr, "PUBSUB_EMULATOR_HOST=" + c.others.Addr, "FIRESTORE_EMULATOR_HOST=" + c.others.Addr,
			"INNKEEP_SPANNER_DATABASE=" + database, "INNKEEP_PROJECT=innkeep-bench",
			"INNKEEP_OIDC_ISSUER=" + house.IssuerURL, "INNKEEP_OIDC_AUDIENCE=" + house.Audience,
			"INNKEEP_OIDC_KEYS_URL=" + c.keysURL + "/.well-known/jwks.json",
		},
		Request: func(ctx context.Context, base string) (*http.Request, error) {
			c.posts++
			call := c.house.Post(c.house.Property, fmt.Sprint("cold-", c.posts))
			r, err := http.NewRequestWithContext(ctx, call.Method, base+call.Path, strings.NewReader(call.Body))
			if err == nil {
				r.Header = call.Request(ctx).Header
			}
			return r, err
		},
	}
}

// starts starts the program again and again. The machine has its file in memory: what a platform fetches
// before it starts a program is not in the times.
func (c *cold) starts(ctx context.Context, p coldstart.Program, size int64) ([]figures.Figure, error) {
	var listening, first, second, memory []float64
	var rpcs, others int
	var note string
	for i := range coldStarts + 1 {
		c.spanner.Calls()
		c.others.Calls()
		c.fetched.Store(0)
		t, err := p.Start(ctx, func() {
			calls := c.spanner.Calls()
			rpcs, note = total(calls), listed(calls)
			others = total(c.others.Calls())
		})
		if err != nil {
			return nil, err
		}
		if c.fetched.Load() == 0 {
			return nil, errors.New("the function has taken a token without the issuer's keys")
		}
		if i == 0 {
			continue // it reads the program from the disk
		}
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		listening, first, second = append(listening, ms(t.Listening)), append(first, ms(t.First)), append(second, ms(t.Second))
		memory = append(memory, float64(t.Memory))
	}
	again := figures.Of("cold/second-answer", "ms", second)
	again.Note += "; a write waits up to 20 ms for its nudge, which nobody takes here"
	return []figures.Figure{
		figures.Of("cold/listening", "ms", listening), figures.Of("cold/first-answer", "ms", first), again,
		{Name: "cold/spanner-rpcs", Value: float64(rpcs), Unit: "RPC", Note: "to the first answer: " + note},
		{Name: "cold/other-rpcs", Value: float64(others), Unit: "RPC", Note: "to the first answer, to Pub/Sub and Firestore"},
		{Name: "cold/key-fetches", Value: float64(c.fetched.Load()), Unit: "request"},
		{Name: "cold/binary", Value: float64(size), Unit: "B"}, figures.Of("cold/memory", "B", memory),
	}, nil
}

func total(calls map[string]int) (n int) {
	for _, c := range calls {
		n += c
	}
	return n
}
