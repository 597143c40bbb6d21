package ledger_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"innkeep.internal/shared/platform/resilience/breaker"
	"innkeep.internal/shared/platform/resilience/ledger"
	"innkeep.internal/shared/platform/resilience/limiter"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/testkit/firestore"
)

// What a process of the test is told by its environment.
const (
	projectVariable = "INNKEEP_LIMITER_TEST_PROJECT"
	startVariable   = "INNKEEP_LIMITER_TEST_START" // in nanoseconds since 1970
	// windowVariable sets the window of the test: 60s is the one of production.
	windowVariable = "INNKEEP_LIMITER_TEST_WINDOW"
)

const (
	defaultWindow = 6 * time.Second
	windows       = 2   // how long is pressed
	limit         = 600 // in a window
	pressure      = 5   // times the limit, by both together
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if project := os.Getenv(projectVariable); project != "" {
		if err := process(project); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func window() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(windowVariable)); err == nil {
		return d
	}
	return defaultWindow
}

// process is one of the two: it presses on a limiter and writes when calls were let through.
func process(project string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute+windows*window())
	defer cancel()
	l, err := ledger.Open(ctx, project, breaker.New(breaker.Options{Failures: 5, Reset: time.Second}))
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	calls := limiter.New(limiter.Options{Window: window(), Ledger: l, Timeout: 2 * time.Second})
	for range 50 { // a key of its own wakes client and emulator
		calls.Allow(ctx, strconv.Itoa(os.Getpid()), 10, priority.Post)
	}
	nanos, err := strconv.ParseInt(os.Getenv(startVariable), 10, 64)
	if err != nil {
		return err
	}
	start := time.Unix(0, nanos)
	<-time.After(time.Until(start))

	var mu sync.Mutex
	var all sync.WaitGroup
	out := bufio.NewWriter(os.Stdout)
	tick := time.NewTicker(2 * window() / (limit * pressure))
	defer tick.Stop()
	for now := range tick.C {
		if now.Sub(start) > windows*window() {
			break
		}
		all.Go(func() {
			if calls.Allow(ctx, "org", limit, priority.Post).Allowed {
				mu.Lock()
				defer mu.Unlock()
				_, _ = fmt.Fprintln(out, time.Now().UnixNano())
			}
		})
	}
	all.Wait()
	s := calls.State()
	_, _ = fmt.Fprintf(os.Stderr, "let through %d, alone %d, leases %d, failures %d\n", s.Allowed, s.Alone, s.Leases, s.Failures)
	return out.Flush()
}

// Two processes with one Firestore admit at most 110 % of a limit in any window, and at least 90 % of it
// under pressure.
func TestTwoProcessesKeepALimitTogether(t *testing.T) {
	t.Parallel()
	project := firestore.Project(t)
	start := time.Now().Add(5 * time.Second)
	outputs := make([]string, 2)
	var all sync.WaitGroup
	for i := range outputs {
		all.Go(func() {
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
			c.Env = append(os.Environ(), projectVariable+"="+project, startVariable+"="+strconv.FormatInt(start.UnixNano(), 10))
			var log strings.Builder
			c.Stderr = &log
			out, err := c.Output()
			if err != nil {
				t.Errorf("process %d: %v: %s", i, err, log.String())
			}
			t.Logf("process %d: %s", i, strings.TrimSpace(log.String()))
			outputs[i] = string(out)
		})
	}
	all.Wait()
	var let []int64
	for i, out := range outputs {
		lines := strings.Fields(out)
		if len(lines) == 0 {
			t.Errorf("process %d let nothing through", i)
		}
		for _, line := range lines {
			at, err := strconv.ParseInt(line, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			let = append(let, at)
		}
	}
	slices.Sort(let)
	most, from := 0, 0
	for to, at := range let {
		for at-let[from] >= int64(window()) {
			from++
		}
		most = max(most, to-from+1)
	}
	t.Logf("%d let through in %d windows of %v with a limit of %d; %d in the fullest window", len(let), windows, window(), limit, most)
	if most*100 > 110*limit {
		t.Errorf("%d in one window, more than 110 %% of %d", most, limit)
	}
	if len(let)*100 < 90*limit*windows {
		t.Errorf("%d in %d windows, less than 90 %% of %d each", len(let), windows, limit)
	}
}
