package invalidate

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"innkeep.internal/shared/platform/cache/moves"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/feed"
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
	defaultKills = 4
	longestLife  = 20 // points that a process passes at most before it ends at one
	childTime    = time.Minute
)

// child invalidates until its lot is reached: then it ends itself as the kernel's out-of-memory killer
// would, at a point that it names first.
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
	client, err := firestore.NewClient(ctx, os.Getenv(envProject))
	if err != nil {
		return 2
	}
	var left atomic.Int64
	left.Store(1 + rand.New(rand.NewPCG(lot, 1)).Int64N(longestLife))
	v := NewInvalidator(db, moves.New(client), events.Now, func(p feed.Point) {
		if left.Add(-1) == 0 {
			fmt.Fprintf(os.Stdout, "%s\n", p)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		if left.Load() < 0 {
			select {} // the process is ending
		}
	})
	for ctx.Err() == nil {
		_ = v.Sweep(ctx) // busy shards: the next sweep comes
	}
	return 3
}

// Processes die at every point between two steps, between the heads and the cursor among them, while events
// come in: in the end every head stands where its events are, and every mark is behind them.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 6)
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
		writing.Go(func() {
			for range 25 {
				h.post(h.commits*7 + i)
			}
		})
		tally[h.kill(uint64(i))]++
		writing.Wait()
	}
	t.Logf("%d processes were killed while %d events came in: %v", kills, h.commits, tally)
	h.settle(h.invalidator(h.client))
	h.check()
	eventually(t, "every mark passes the last event", func(ctx context.Context) bool {
		_ = h.invalidator(h.client).Sweep(ctx)
		for _, at := range h.marks() {
			if at.Before(h.latest) {
				return false
			}
		}
		return true
	})
}

// kill starts a process that invalidates and waits until it has died; it gives the point.
func (h *house) kill(lot uint64) string {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envDatabase+"="+h.db.Name(), envProject+"="+h.project, envLot+"="+strconv.FormatUint(lot, 10))
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
