// Package events_test kills the consumers of the feed, all in one process as the local server has
// them, and looks at what is left.
package events_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"innkeep.internal/functions/events/relay"
	"innkeep.internal/functions/events/snapshot"
	"innkeep.internal/shared/platform/publish"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/store/webhookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// The environment of a process that is to be killed: its database, its project, its lot.
const (
	envDatabase = "INNKEEP_KILLED_DATABASE"
	envProject  = "INNKEEP_KILLED_PROJECT"
	envLot      = "INNKEEP_KILLED_LOT"
	// envKills is how many processes a run kills; a quick one by default.
	envKills = "INNKEEP_KILLS"
)

const (
	defaultKills = 6
	// longestLife is how many points a process passes at most before it ends at one.
	longestLife = 40
	// perKill is how many events come in beside each process at least; leastEvents is enough for
	// snapshots in the quickest run.
	perKill     = 20
	leastEvents = 360
	childTime   = time.Minute
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if os.Getenv(envDatabase) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// drainer is one consumer.
type drainer interface{ Sweep(context.Context) error }

// consumers are all that live off the feed, with a probe that hears of every point.
func consumers(db *spannerdb.DB, topics *publish.Client, probe func(consumer string) func(feed.Point)) []drainer {
	hooks := webhookstore.New(db, webhookstore.Options{Now: events.Now, Check: func(context.Context, string) error { return nil }})
	ds := []drainer{accounttotals.New(db, events.Now, probe(accounttotals.Name))}
	for _, c := range []feed.Consumer{
		relay.Consumer(topics, nil), snapshot.Consumer(db), hooks.Consumer(func(int64, webhookstore.Target) {}),
	} {
		c.Probe = probe(c.Name)
		ds = append(ds, feed.New(db, c, events.Now))
	}
	return ds
}

// child runs the consumers until its lot is reached: then it ends itself as the kernel's
// out-of-memory killer would, at a point that it names first.
func child() int {
	ctx, cancel := context.WithTimeout(context.Background(), childTime)
	defer cancel()
	lot, err := strconv.ParseUint(os.Getenv(envLot), 10, 64)
	if err != nil {
		return 2
	}
	db, err := spannerdb.Open(ctx, os.Getenv(envDatabase))
	if err != nil {
		return 2
	}
	topics, err := publish.Open(ctx, os.Getenv(envProject))
	if err != nil {
		return 2
	}
	var left atomic.Int64
	left.Store(1 + rand.New(rand.NewPCG(lot, 1)).Int64N(longestLife))
	ds := consumers(db, topics, func(consumer string) func(feed.Point) {
		return func(p feed.Point) {
			if left.Add(-1) == 0 {
				fmt.Fprintf(os.Stdout, "%s %s\n", consumer, p)
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			if left.Load() < 0 {
				select {} // the process is ending
			}
		}
	})
	var wg sync.WaitGroup
	for _, d := range ds {
		wg.Go(func() {
			for ctx.Err() == nil {
				_ = d.Sweep(ctx) // busy shards, transactions that end each other: the next sweep comes
			}
		})
	}
	wg.Wait()
	return 3
}

// TestKilledAnywhere: processes die at every point between two steps while events come in. What
// there is in the end is what one process makes of the same events that never dies (I9).
func TestKilledAnywhere(t *testing.T) {
	h := newHouse(t)
	kills := defaultKills
	if s := os.Getenv(envKills); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	tally := map[string]int{}
	for i := range kills {
		var writing sync.WaitGroup
		writing.Go(func() { h.write(max(perKill, leastEvents/kills)) })
		tally[h.kill(uint64(i))]++
		writing.Wait()
	}
	t.Logf("%d processes were killed while %d events came in: %v", kills, h.written, tally)

	h.settle()
	h.published()
	killed := h.state()
	h.wipe()
	h.settle()
	if alive := h.state(); alive != killed {
		t.Errorf("with kills: %+v\nwithout:    %+v", killed, alive)
	}
	out, err := accounttotals.New(h.db, events.Now, nil).Rebuild(testkit.Context(t), accounttotals.Order{By: "test"})
	if err != nil || out.State != accounttotals.Swapped || out.Differences() > 0 || out.Events() != int64(h.written) {
		t.Errorf("a rebuild of %d events: %v with %d differences, %v", out.Events(), out.State, out.Differences(), err)
	}
}

// kill starts a process of consumers and waits until it has died; it gives the point.
func (h *house) kill(lot uint64) string {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envDatabase+"="+h.db.Name(), envProject+"="+h.project.ID, envLot+"="+strconv.FormatUint(lot, 10))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	point, _ := bufio.NewReader(out).ReadString('\n')
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL || point == "" {
		h.t.Fatalf("the process was not killed at a point, but ended: %v", err)
	}
	return point[:len(point)-1]
}
