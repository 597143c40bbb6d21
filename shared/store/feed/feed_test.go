package feed_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// log is a consumer that remembers what was given to it in batches that were committed, or, with
// outside, in all.
type log struct {
	mu  sync.Mutex
	got []string
}

func name(e eventlog.Stored) string {
	return fmt.Sprintf("%s %s/%d", e.Book.Property[:8], e.Stream, e.Version)
}

func (l *log) add(es []eventlog.Stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range es {
		l.got = append(l.got, name(e))
	}
}

// consumer writes each event into ParkedEvents' neighbour, a row that can be inserted once only: an
// event that is given to two commits fails the second.
func (l *log) consumer(batch int) feed.Consumer {
	return feed.Consumer{Name: "log", Batch: batch, Handle: func(_ context.Context, b *feed.Batch) (feed.Effect, error) {
		return func(context.Context, *spanner.ReadWriteTransaction, *feed.Cursor) ([]*spanner.Mutation, error) {
			var ms []*spanner.Mutation
			for _, e := range b.Events {
				ms = append(ms, spanner.Insert("Snapshots",
					[]string{"ShardId", "OrgId", "PropertyId", "StreamId", "Version", "SchemaVersion", "State", "StateHash", "ChainHash", "TakenAt"},
					[]any{b.Shard, string(e.Book.Org), string(e.Book.Property), fmt.Sprintf("%s-%d", e.Stream[5:], e.Version), e.Version, 1, name(e), []byte{}, []byte{}, spanner.CommitTimestamp}))
			}
			return ms, nil
		}, nil
	}}
}

// committed is what the log's effects have written.
func committed(t *testing.T, db *spannerdb.DB) []string {
	t.Helper()
	var got []string
	err := db.Single().Read(testkit.Context(t), "Snapshots", spanner.AllKeys(), []string{"State"}).Do(func(r *spanner.Row) error {
		var s string
		err := r.Columns(&s)
		got = append(got, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

func written(t *testing.T, db *spannerdb.DB) []string {
	t.Helper()
	var all []string
	err := db.Single().Read(testkit.Context(t), eventlog.Table, spanner.AllKeys(), eventlog.Columns).Do(func(r *spanner.Row) error {
		e, err := eventlog.Read(r)
		all = append(all, name(e))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// Writers post while two instances read: each event has its effect once, whatever the batches cut.
func TestEachEventOnce(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 6)
	second := testkit.Open(t, db.Name())
	writing, stop := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	for _, client := range []*spannerdb.DB{db, second} {
		r := feed.New(client, (&log{}).consumer(7), events.Now)
		readers.Go(func() {
			for last := false; !last; {
				last = writing.Err() != nil
				if err := r.Sweep(testkit.Context(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i, b := range w.Books {
		own := *w
		own.Books = []tenant.Book{b}
		var all [][]*spanner.Mutation
		for n := range 8 {
			var commit []*spanner.Mutation
			for range 1 + (i*5+n*11)%30 { // commits of 1 to 30 events, batches of 7
				commit = append(commit, own.Sale(t, b, events.First.AddDays(n%3), n))
			}
			all = append(all, commit)
		}
		writers.Go(func() {
			for _, commit := range all {
				own.Commit(t, commit...)
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	if diff := cmp.Diff(written(t, db), committed(t, db)); diff != "" {
		t.Errorf("(-written +taken):\n%s", diff)
	}
	all, err := feed.ReadAll(testkit.Context(t), db.Snapshot(), "log")
	var n int64
	for _, c := range all {
		n += c.Events
		if c.LeaseHolder != "" || !c.Whole() && c.Events > 0 {
			t.Errorf("shard %d: %+v", c.Shard, c)
		}
	}
	if err != nil || n != int64(len(written(t, db))) {
		t.Errorf("the cursors have counted %d events, %v", n, err)
	}
}

// outside is a consumer with effects outside of the database.
func (l *log) outside(batch int) feed.Consumer {
	return feed.Consumer{Name: "out", Batch: batch, Outside: true, Handle: func(_ context.Context, b *feed.Batch) (feed.Effect, error) {
		l.add(b.Events)
		return nil, nil
	}}
}

// The feed's order is that of the commits, and within a commit that of the keys.
func TestOrder(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 2)
	a := w.Books[0]
	var want []string
	for _, day := range []int{2, 0, 1, 0} {
		var ms []*spanner.Mutation
		for range 3 {
			ms = append(ms, w.Sale(t, a, events.First.AddDays(day), 0))
		}
		w.Commit(t, ms...)
		base := 0
		if day == 0 && len(want) > 3 {
			base = 3
		}
		for v := 1; v <= 3; v++ {
			want = append(want, fmt.Sprintf("%s %s/%d", a.Property[:8], events.First.AddDays(day), base+v))
		}
	}
	var l log
	if err := feed.New(db, l.outside(2), events.Now).Drain(testkit.Context(t), a.Shard(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, l.got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// While one instance is at a shard with effects outside, another one does not begin; when the first
// has died, it takes over.
func TestLease(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	b := w.Books[0]
	w.Commit(t, w.Sale(t, b, events.First, 0), w.Sale(t, b, events.First, 0))
	var first, second log
	other := feed.New(db, second.outside(10), events.Now)
	c := first.outside(10)
	c.Probe = func(p feed.Point) {
		if p == feed.AfterHandle {
			if err := other.Drain(testkit.Context(t), b.Shard(), time.Time{}); !errors.Is(err, feed.ErrBusy) {
				t.Errorf("a second instance: %v, want busy", err)
			}
			panic("the process ends here")
		}
	}
	died(func() { _ = feed.New(db, c, events.Now).Drain(testkit.Context(t), b.Shard(), time.Time{}) })
	if err := other.Drain(testkit.Context(t), b.Shard(), time.Time{}); !errors.Is(err, feed.ErrBusy) {
		t.Errorf("right after: %v, want busy", err)
	}
	expire(t, db, "out", b.Shard())
	if err := other.Drain(testkit.Context(t), b.Shard(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.got, second.got); diff != "" || len(second.got) != 2 {
		t.Errorf("what the first had done was not done again: (-first +second)\n%s", diff)
	}
}

func died(f func()) {
	defer func() { _ = recover() }()
	f()
}

func expire(t *testing.T, db *spannerdb.DB, consumer string, shard int64) {
	t.Helper()
	m := spanner.Update("FeedCursors", []string{"Consumer", "ShardId", "LeaseUntil"}, []any{consumer, shard, time.Now()})
	if _, err := db.Client().Apply(testkit.Context(t), []*spanner.Mutation{m}); err != nil && spanner.ErrCode(err) != codes.NotFound {
		t.Fatal(err)
	}
}

// Wherever a process ends, what comes to be is the same.
func TestDeathAtEveryPoint(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 2)
	w.Fill(t, 120)
	for death := 0; ; death++ {
		if death > 200 {
			t.Fatal("it does not end")
		}
		points := 0
		c := (&log{}).consumer(9)
		c.Probe = func(p feed.Point) {
			if points++; points == 1+death*3%11 {
				panic("the process ends at " + p)
			}
		}
		ended := true
		died(func() {
			r := feed.New(db, c, events.Now)
			for _, b := range w.Books {
				if err := r.Drain(testkit.Context(t), b.Shard(), time.Time{}); err != nil {
					t.Error(err)
				}
			}
			ended = false
		})
		for _, b := range w.Books {
			if ended {
				expire(t, db, "log", b.Shard()) // instead of waiting for it
			}
		}
		if !ended {
			break
		}
	}
	if diff := cmp.Diff(written(t, db), committed(t, db)); diff != "" {
		t.Errorf("(-written +taken):\n%s", diff)
	}
}

// A nudge of what was taken already costs nothing; the watermark of an idle shard moves with the sweep.
func TestIdleShards(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	at := w.Commit(t, w.Sale(t, w.Books[0], events.First, 0))
	shard := w.Books[0].Shard()
	now := events.Now()
	r := feed.New(db, (&log{}).consumer(10), func() time.Time { return now })
	if err := r.Drain(testkit.Context(t), shard, at); err != nil {
		t.Fatal(err)
	}
	before := cursor(t, db, shard)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Drain(testkit.Context(t), shard, at); err != nil {
		t.Error(err)
	}
	if err := r.Drain(gone, shard, at); err != nil && !errors.Is(err, context.Canceled) {
		t.Error("a nudge that is no news needed the database: ", err)
	}
	if after := cursor(t, db, shard); after.MovedAt != before.MovedAt || before.Events != 1 || !before.Whole() {
		t.Errorf("cursor moved from %+v to %+v", before, after)
	}
	if err := r.Drain(testkit.Context(t), 16, at); !errors.Is(err, feed.ErrShard) {
		t.Errorf("shard 16: %v", err)
	}
	if c := cursor(t, db, (shard+1)%16); !c.At.IsZero() {
		t.Errorf("another shard's cursor: %+v", c)
	}
	if err := r.Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	if c := cursor(t, db, (shard+1)%16); !c.Watermark().Equal(now) {
		t.Errorf("the watermark of an idle shard is %v, not %v", c.Watermark(), now)
	}
}

func cursor(t *testing.T, db *spannerdb.DB, shard int64) feed.Cursor {
	t.Helper()
	c, err := feed.ReadCursor(testkit.Context(t), db.Snapshot(), "log", shard)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNudges(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	m := feed.Nudge(7, at)
	shard, got, err := feed.ParseNudge(m.Attributes)
	if shard != 7 || !got.Equal(at) || err != nil || m.OrderingKey != "7" {
		t.Errorf("%+v: %d, %v, %v", m, shard, got, err)
	}
	for _, bad := range []string{"", "x 2026-03-01T00:00:00Z", "16 2026-03-01T00:00:00Z", "-1 2026-03-01T00:00:00Z", "3 today", "3"} {
		s, a, _ := strings.Cut(bad, " ")
		if _, _, err := feed.ParseNudge(map[string]string{"shard": s, "at": a}); !errors.Is(err, feed.ErrNudge) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
