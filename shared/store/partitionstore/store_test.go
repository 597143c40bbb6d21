package partitionstore_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/partitionstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// propertiesEnv is how many properties TestMany keeps ahead.
const propertiesEnv = "INNKEEP_PARTITION_PROPERTIES"

var june = time.Date(2026, time.June, 30, 23, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// load is how many properties a commit of settle makes: the emulator's time for one grows with the square of
// its rows where there is a unique index.
const load = 20

// settle inserts n properties, and as many organisations' own rows as there are tenths of them.
func settle(t testing.TB, db *spannerdb.DB, prefix string, n int) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(4)
	for from := 0; from < n; from += load {
		g.Go(func() error {
			var rows []*spanner.Mutation
			for i := from; i < min(from+load, n); i++ {
				org := tenant.OrgID(fmt.Sprintf("%s%d", prefix, i/10))
				p := tenant.PropertyID(fmt.Sprintf("%s-%07d", prefix, i))
				if i%10 == 0 {
					rows = append(rows, spanner.InsertMap("Properties", map[string]any{
						"ShardId": tenant.ShardOf(org, tenant.Setup), "OrgId": string(org), "PropertyId": string(tenant.Setup), "CreatedAt": spanner.CommitTimestamp,
					}))
				}
				rows = append(rows, spanner.InsertMap("Properties", map[string]any{
					"ShardId": tenant.ShardOf(org, p), "OrgId": string(org), "PropertyId": string(p), "Code": string(p), "Name": "N", "PropertyType": "HOTEL",
					"TimeZone": "UTC", "CutoffMinutes": 0, "Currency": "EUR", "GoLive": civil.Date{Year: 2026, Month: 1, Day: 1}, "RoomCount": 1, "CreatedAt": spanner.CommitTimestamp,
				}))
			}
			_, err := db.Client().Apply(t.Context(), rows, spanner.ApplyAtLeastOnce())
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// months is how many properties have a period, by month; at most limit rows are read.
func months(t testing.TB, db *spannerdb.DB) map[int64]int {
	t.Helper()
	all := map[int64]int{}
	err := db.Single().Read(t.Context(), "Periods", spanner.AllKeys(), []string{"Month"}).Do(func(r *spanner.Row) error {
		var m int64
		err := r.Columns(&m)
		all[m]++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// year is the months from one to the twelfth after it, each with n.
func year(first partitionstore.Month, n int) map[int64]int {
	all := map[int64]int{}
	for i := range partitionstore.MonthsAhead + 1 {
		all[int64(first.Add(i))] = n
	}
	return all
}

func keep(t testing.TB, s *partitionstore.Store, again bool) partitionstore.Pass {
	t.Helper()
	p, err := s.KeepAhead(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPeriodsAreKeptAhead(t *testing.T) {
	t.Parallel()
	var counter rpc.Counter
	db := testkit.Spanner(t, counter.Options()...)
	c := &clock{now: june}
	s := partitionstore.New(db, c.Now)
	settle(t, db, "a", 120)

	if p := keep(t, s, false); p.Properties != 120 || p.Periods != 120*13 || !p.Whole() {
		t.Errorf("the first pass: %+v", p)
	}
	if diff := gocmp.Diff(year(202606, 120), months(t, db)); diff != "" {
		t.Error(diff)
	}
	// A second run reads 1 row a shard, and writes nothing.
	counter.Reset()
	if p := keep(t, s, false); p.Properties != 0 || !p.Whole() {
		t.Errorf("a second run: %+v", p)
	}
	if got := counter.Calls(); got["Commit"] != 0 || got["StreamingRead"] != 1 {
		t.Errorf("a second run: %v", got)
	}
	// One that an operator asks for looks at all, and writes no period.
	if p := keep(t, s, true); p.Properties != 120 || p.Periods != 0 || !p.Whole() {
		t.Errorf("a run that was asked for: %+v", p)
	}
	// A new month, and new properties: one period each for the old, thirteen for the new.
	c.pass(2 * time.Hour)
	settle(t, db, "b", 50)
	if p := keep(t, s, false); p.Properties != 170 || p.Periods != 120+50*13 {
		t.Errorf("the next month: %+v", p)
	}
	want := year(202607, 170)
	want[202606] = 120
	if diff := gocmp.Diff(want, months(t, db)); diff != "" {
		t.Error(diff)
	}
	// After months without a run all that is missing is made.
	c.pass(100 * 24 * time.Hour)
	if p := keep(t, s, false); p.Properties != 170 {
		t.Errorf("after a long time: %+v", p)
	}
	for m, n := range year(202610, 170) {
		if got := months(t, db)[m]; got != n {
			t.Errorf("%d: %d of %d", m, got, n)
		}
	}
}

// A pass that is stopped goes on where it was, and is whole in the end.
func TestPassIsResumed(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	c := &clock{now: june}
	settle(t, db, "a", 250)
	calls, looked := 0, int64(0)
	for whole := false; !whole; calls++ {
		if calls > 1000 {
			t.Fatal("the pass does not end")
		}
		var pages atomic.Int64
		s := partitionstore.New(db, c.Now).Small(10, func(context.Context) bool { return pages.Add(1) <= 3 })
		p := keep(t, s, false)
		looked += p.Properties
		whole = p.Whole()
	}
	if diff := gocmp.Diff(year(202606, 250), months(t, db)); diff != "" || calls < 5 || looked != 250 {
		t.Errorf("%d calls, %d looked at: %s", calls, looked, diff)
	}
}

// TestMany is a pass over many properties: its time, its RPCs, and that a second one writes nothing.
func TestMany(t *testing.T) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv(propertiesEnv), "200"))
	if err != nil {
		t.Fatal(err)
	}
	var counter rpc.Counter
	db := testkit.Spanner(t, counter.Options()...)
	settle(t, db, "p", n)
	c := &clock{now: june}
	s := partitionstore.New(db, c.Now)
	for _, run := range []struct {
		name    string
		after   time.Duration
		again   bool
		periods int64
	}{
		{"first pass", 0, false, int64(n) * 13}, {"second run of the day", 0, false, 0}, {"pass of a day that changes nothing", 0, true, 0},
		{"pass of a new month", 2 * time.Hour, false, int64(n)},
	} {
		c.pass(run.after)
		counter.Reset()
		began := time.Now()
		p, calls, lost := wholePass(t, s, run.again)
		counts := counter.Calls()
		t.Logf("%d properties, %s: %v in %d calls, %d periods made, RPCs %v", n, run.name, time.Since(began).Round(time.Millisecond), calls, p.Periods, counts)
		if lost == 0 && p.Periods != run.periods || !p.Whole() { // an answer that is lost counts nothing, or what it made twice
			t.Errorf("%s: %+v", run.name, p)
		}
	}
	want := year(202607, n)
	want[202606] = n
	if diff := gocmp.Diff(want, months(t, db)); diff != "" {
		t.Errorf("properties by month (-want +got)\n%s", diff)
	}
}

// wholePass calls as the scheduler does, with the function's time, until every shard has ended; what a busy
// database did not answer, the next call goes on with.
func wholePass(t *testing.T, s *partitionstore.Store, again bool) (sum partitionstore.Pass, calls, lost int) {
	t.Helper()
	for calls = 1; ; calls++ {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		p, err := s.KeepAhead(ctx, again && calls == 1)
		cancel()
		sum.Properties, sum.Periods, sum.Ended = sum.Properties+p.Properties, sum.Periods+p.Periods, p.Ended
		switch {
		case err != nil && !errors.Is(err, partitionstore.ErrUnavailable) || calls == 1000:
			t.Fatal(calls, err)
		case err != nil:
			lost++
			t.Log(err)
		case p.Whole():
			return sum, calls, lost
		}
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	var got []string
	for _, n := range []int{0, 1, 11, 12, 13, 24} {
		got = append(got, partitionstore.Month(202612).Add(n).String(), partitionstore.Month(202601).Add(n).String())
	}
	want := []string{
		"2026-12", "2026-01", "2027-01", "2026-02", "2027-11", "2026-12", "2027-12", "2027-01", "2028-01", "2027-02", "2028-12", "2028-01",
	}
	if !slices.Equal(got, want) {
		t.Error(got)
	}
}
