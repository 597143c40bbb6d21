package drive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/tenant"
)

const (
	// senders is how many calls may be under way at a time.
	senders = 512
	// queue is how many more may wait for a sender: what comes beyond counts as failed.
	queue = 20_000
	// readySessions is how many sessions are made ahead.
	readySessions = 32
)

// Plan is a drive.
type Plan struct {
	URL              string
	World            world.World
	Run              string  // a name of its own, in keys and descriptions
	Rate             float64 // calls a second
	Warmup, Duration time.Duration
	Door             Door
	// Committed is told of every commit that is in the sums: not of entries that wait for their approval, of
	// which nothing becomes visible in them.
	Committed func(shard int64, at time.Time)
	// Begun is told when the measured time begins and ends, before the calls come.
	Begun func(from, to time.Time)
}

// Result is what came of it.
type Result struct {
	*Record
	Ledger   *Ledger
	Sessions int // at a time
	Settled  int // writes whose outcome was asked for again
}

// Run makes the sessions, drives, and waits for the last answer.
func Run(ctx context.Context, p Plan) (Result, error) {
	m, work, err := prepare(ctx, p)
	if err != nil {
		return Result{}, fmt.Errorf("sessions: %w", err)
	}
	client := NewClient(senders)
	begin := time.Now().Add(100 * time.Millisecond)
	from := begin.Add(p.Warmup)
	to := from.Add(p.Duration)
	p.Begun(from, to)
	record, ledger, perfect := newRecord(from, to), newLedger(), newIdeal()
	calls := make(chan call, queue)
	background, stop := context.WithCancel(ctx)
	defer stop()
	var ready errgroup.Group
	for _, f := range work {
		ready.Go(func() error { return f(background) })
	}
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			for c := range calls {
				sent := time.Now()
				hit := c.kind.Reads() && perfect.hit(c.book, c.path, sent)
				a := send(ctx, client, p.URL, c)
				record.answered(c, a, sent, time.Now(), hit)
				p.took(m, ledger, c, a)
				if !a.at.IsZero() {
					perfect.committed(c.book, a.at)
				}
			}
		})
	}
	Schedule(ctx, p.World.Random("schedule"), p.Rate, begin, to, func(intended time.Time) {
		c := m.next(intended)
		record.offered(c)
		select {
		case calls <- c:
		default:
			record.unsent(c)
		}
	})
	close(calls)
	sending.Wait()
	stop()
	if err := ready.Wait(); err != nil && ctx.Err() == nil {
		return Result{}, fmt.Errorf("sessions: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	out := Result{Record: record, Ledger: ledger, Sessions: m.sessions()}
	out.Settled, err = ledger.settle(ctx, client, p.URL)
	return out, err
}

// sessions is how many go on at a time.
func (m *maker) sessions() int {
	n := len(m.writers.active)
	for _, p := range m.screens {
		n += len(p.active)
	}
	return n
}

// Schedule calls due at each intended moment between two times, whatever has become of the calls before.
// The moments follow from the generator alone; one that has passed comes at once, with its own time.
func Schedule(ctx context.Context, r *rand.Rand, rate float64, from, to time.Time, due func(intended time.Time)) {
	for next := from.Add(Gap(r, rate)); next.Before(to); next = next.Add(Gap(r, rate)) {
		if d := time.Until(next); d > 0 {
			select {
			case <-time.After(d):
			case <-ctx.Done():
				return
			}
		} else if ctx.Err() != nil {
			return
		}
		due(next)
	}
}

// took keeps what an answer says for later calls.
func (p Plan) took(m *maker, l *Ledger, c call, a answer) {
	if !c.kind.Reads() {
		l.note(c, a)
	}
	if !a.at.IsZero() && !c.desk && p.Committed != nil {
		p.Committed(tenant.ShardOf(c.book.Org, c.book.Property), a.at)
	}
	if c.desk && a.entry != "" {
		m.pending.add(waiting{book: c.book, owner: c.owner, entries: []string{a.entry}})
	}
}

// prepare makes the sessions that go on from the first moment, and gives what makes the later ones.
func prepare(ctx context.Context, p Plan) (*maker, []func(context.Context) error, error) {
	if p.Rate <= 0 || p.Duration <= 0 || p.Run == "" {
		return nil, nil, errors.New("a drive has a rate, a duration and a name")
	}
	z := world.NewZipf(p.World.Organisations)
	m := &maker{world: p.World, run: p.Run, random: p.World.Random("calls"), pending: &pending{}}
	m.screens = map[Kind]*pool{}
	var work []func(context.Context) error
	begin := func(name string, share float64) (*pool, error) {
		u := newUsher(p.World, z, p.Door, name)
		active, err := u.sessions(ctx, max(1, int(p.Rate*share*refresh.Seconds())))
		q := &pool{active: active, ready: make(chan *session, readySessions), random: p.World.Random("pool/" + name)}
		work = append(work, func(ctx context.Context) error { return u.keepReady(ctx, q.ready) })
		return q, err
	}
	writes := 0.0
	for _, k := range Kinds {
		var err error
		if !k.Reads() {
			writes += Share(k)
		} else if m.screens[k], err = begin(string(k), Share(k)); err != nil {
			return nil, nil, err
		}
	}
	var err error
	m.writers, err = begin("writers", writes)
	return m, work, err
}
