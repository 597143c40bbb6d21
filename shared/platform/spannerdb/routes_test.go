package spannerdb_test

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/route"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// readers keep reading all rows at one moment each, as a report over many properties does.
type readers struct {
	t      *testing.T
	db     *spannerdb.DB
	done   atomic.Int64
	wrong  atomic.Int64
	slow   atomic.Int64 // nanoseconds of the slowest read
	ending chan struct{}
	wait   sync.WaitGroup
}

func startReaders(t *testing.T, db *spannerdb.DB, n int) *readers {
	r := &readers{t: t, db: db, ending: make(chan struct{})}
	for range n {
		r.wait.Go(func() {
			for {
				select {
				case <-r.ending:
					return
				default:
					r.read()
				}
			}
		})
	}
	return r
}

// read takes the same moment twice, which goes along two routes as a rule.
func (r *readers) read() {
	began := time.Now()
	snap := r.db.SnapshotAt(began.Add(-stale))
	for range 2 {
		next := int64(0)
		err := snap.Read(testkit.Context(r.t), "T", spanner.AllKeys(), columns, nil, func(row *spanner.Row) error {
			var k, v int64
			if err := row.Columns(&k, &v); err != nil {
				return err
			}
			if k != next || v != k*k {
				r.wrong.Add(1)
			}
			next++
			return nil
		})
		if err != nil || next != rowsOfT {
			r.wrong.Add(1)
			r.t.Errorf("a caller sees %d rows, %v", next, err)
		}
		r.done.Add(1)
	}
	for took := int64(time.Since(began)); ; {
		was := r.slow.Load()
		if took <= was || r.slow.CompareAndSwap(was, took) {
			return
		}
	}
}

// until waits for a condition while reads go on, and gives how long that took.
func (r *readers) until(what string, ok func(map[string]spannerdb.RouteState) bool) time.Duration {
	r.t.Helper()
	began := time.Now()
	for !ok(states(r.db)) {
		if time.Since(began) > time.Minute {
			r.t.Fatalf("not within a minute: %s; %+v", what, r.db.Routes())
		}
		<-time.After(time.Millisecond)
	}
	return time.Since(began).Round(time.Millisecond)
}

// share is how n more reads spread over the routes.
func (r *readers) share(n int64) map[string]int64 {
	r.t.Helper()
	before, from := states(r.db), r.done.Load()
	r.until("reads", func(map[string]spannerdb.RouteState) bool { return r.done.Load()-from >= n })
	got := map[string]int64{}
	for name, s := range states(r.db) {
		got[name] = s.Reads - before[name].Reads
	}
	return got
}

func states(db *spannerdb.DB) map[string]spannerdb.RouteState {
	out := map[string]spannerdb.RouteState{}
	for _, s := range db.Routes() {
		out[s.Name] = s
	}
	return out
}

func phase(name string, is route.Phase) func(map[string]spannerdb.RouteState) bool {
	return func(all map[string]spannerdb.RouteState) bool { return all[name].Phase == is }
}

// readsEach is how many reads each part of the test below watches.
func readsEach() int64 {
	n, err := strconv.ParseInt(os.Getenv("INNKEEP_ROUTE_READS"), 10, 64)
	if err != nil {
		return 200
	}
	return n
}

// TestReplicasSlowDeadAndBack takes two replicas through all that happens to them while eight callers
// read: none sees an error or a wrong row.
func TestReplicasSlowDeadAndBack(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	db, east, west := twoReplicas(t, faults)
	r := startReaders(t, db, 8)
	defer func() { close(r.ending); r.wait.Wait() }()
	n := readsEach()
	both := func(s map[string]int64) bool { return s["leader"] == 0 && s["west"] >= n/5 && s["east"] >= n/5 }
	r.stage("all well", 0, both)

	faults.On("StreamingRead").Times(rpc.Always).Delay(600 * time.Millisecond)
	took := r.until("slow: out", phase("west", route.Resting))
	if s := states(db)["west"]; s.Why != "slow" {
		t.Errorf("west is out for %q, want slow", s.Why)
	}
	r.stage("west slow, out", took, func(s map[string]int64) bool { return s["west"] <= n/10 })
	faults.Clear()
	took = r.until("fast again: back", phase("west", route.Serving))
	r.stage("west fast again, back", took, both)

	west.die()
	took = r.until("dead: out", phase("west", route.Resting))
	r.stage("west dead, out", took, func(s map[string]int64) bool { return s["west"] == 0 && s["leader"] == 0 })
	east.die()
	took = r.until("both dead: out", phase("east", route.Resting))
	r.stage("both dead, out", took, func(s map[string]int64) bool { return s["leader"] >= n-8 })

	west.start()
	east.start()
	took = r.until("both back", func(all map[string]spannerdb.RouteState) bool {
		return all["west"].Phase == route.Serving && all["east"].Phase == route.Serving
	})
	r.stage("both back", took, both)
	if r.wrong.Load() != 0 {
		t.Errorf("%d of %d reads were wrong", r.wrong.Load(), r.done.Load())
	}
}

// twoReplicas are a leader and two replicas, west's calls with faults.
func twoReplicas(t *testing.T, faults *rpc.Faults) (_ *spannerdb.DB, east, west *replica) {
	t.Helper()
	name := testkit.DatabaseOf(t, schema)
	own := testkit.Open(t, name)
	load(t, own)
	east, west = newReplica(t, name), newReplica(t, name)
	visible(t, own)
	db, err := spannerdb.OpenRouted(t.Context(), name, spannerdb.Routing{
		Routes: spannerdb.ReadRoutes{
			{Name: "east", Location: "east1", Type: "READ_ONLY", Weight: 1, Options: east.options()},
			{Name: "west", Location: "west1", Type: "READ_ONLY", Weight: 1, Options: append(west.options(), faults.Options()...)},
		},
		Staleness: stale, Stall: 10 * time.Second,
		Judge: route.Options{Rest: 250 * time.Millisecond, MaxRest: time.Second, SlowFloor: 200 * time.Millisecond, SlowLimit: 5 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, east, west
}

// stage watches how reads spread, tells it, and holds it against what should be.
func (r *readers) stage(name string, took time.Duration, ok func(share map[string]int64) bool) {
	r.t.Helper()
	r.slow.Store(0)
	share := r.share(readsEach())
	r.t.Logf("%s after %v: east %d, west %d, leader %d reads; the slowest two took %v", name, took,
		share["east"], share["west"], share["leader"], time.Duration(r.slow.Load()).Round(time.Millisecond))
	if !ok(share) {
		r.t.Errorf("%s: reads spread as %v", name, share)
	}
}
