package correctionstore_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/testkit"
)

// The environment of a process that is to be killed: its database and its lot.
const (
	envDatabase = "INNKEEP_KILLED_DATABASE"
	envLot      = "INNKEEP_KILLED_LOT"
)

const (
	kills = 8
	// longestLife is how many points a process passes at most before it ends at one.
	longestLife = 30
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 1})))
	if os.Getenv(envDatabase) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child sweeps and repairs until its lot is reached: then it ends itself as the kernel's out-of-memory
// killer would, at a point that it names first.
func child() int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	lot, err := strconv.ParseUint(os.Getenv(envLot), 10, 64)
	if err != nil {
		return 2
	}
	db, err := spannerdb.Open(ctx, os.Getenv(envDatabase))
	if err != nil {
		return 2
	}
	var left atomic.Int64
	left.Store(1 + rand.New(rand.NewPCG(lot, 1)).Int64N(longestLife))
	probe := func(p correctionstore.Point) {
		if left.Add(-1) == 0 {
			fmt.Fprintln(os.Stdout, p)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		if left.Load() < 0 {
			select {} // the process is ending
		}
	}
	s, late := store(db, 0, probe), store(db, 6*time.Minute, probe)
	for ctx.Err() == nil {
		_, _ = late.Flush(ctx) // another process may be at it, or have died at it: the next call goes on
		_ = s.Sweep(ctx)
	}
	return 3
}

// kill starts a process and waits until it has died; it gives the point.
func (h *house) kill(lot int) string {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envDatabase+"="+h.db.Name(), envLot+"="+strconv.Itoa(lot))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	point, _ := bufio.NewReader(out).ReadString('\n')
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL || point == "" {
		h.t.Fatalf("the process was not killed at a point, but ended: %v", err)
	}
	return point[:len(point)-1]
}

// whole is all that the corrector has made, hash for hash.
func (h *house) whole() [3]string {
	return [3]string{
		h.dayRows(),
		h.state("Events", "PropertyId", "StreamId", "Version", "Type", "Actor", "Cause", "Data", "ChainHash"),
		h.state("Corrections", "PropertyId", "BusinessDate", "Round", "Status", "Cause", "Outcome", "Attempts", "BeforeRow", "AfterRow", "EvidenceStream", "EvidenceVersion"),
	}
}

// TestKilledAnywhere: processes die between any two steps of detection and repair. What there is in the
// end is what one process makes of the same damage that never dies (I9).
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	alive, killed := newHouse(t, testkit.Spanner(t), 24), newHouse(t, testkit.Spanner(t), 24)
	if alive.dayRows() != killed.dayRows() {
		t.Fatal("the two houses differ before")
	}
	alive.damageAll()
	alive.sweepAll()
	alive.flush()
	damaged := killed.damageAll()
	tally := map[string]int{}
	for i := range kills {
		tally[killed.kill(i)]++
	}
	t.Logf("killed at %v", tally)
	killed.sweepAll()
	killed.flush()
	if got, want := killed.whole(), alive.whole(); got != want {
		t.Errorf("with kills: %v\nwithout:    %v", got, want)
	}
	killed.once(damaged * (daysEach - closed) / daysEach)
}
