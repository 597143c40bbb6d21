package accounttotals_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/feed"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

func sweep(t testing.TB, p *accounttotals.Projector) {
	t.Helper()
	if err := p.Sweep(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
}

// check proves every shard, and gives the checksum of all.
func check(t testing.TB, db *spannerdb.DB) (sum accounttotals.Checksum, rows int64) {
	t.Helper()
	at := events.Now()
	for shard := range int64(tenant.Shards) {
		c, err := accounttotals.Check(testkit.Context(t), db, shard, at)
		if err != nil || c.Count > 0 || len(c.Wrong) > 0 {
			t.Fatalf("shard %d: %v, %v, %v", shard, c.Shown, c.Wrong, err)
		}
		sum, rows = sum.Add(c.Checksum), rows+c.Rows
	}
	return sum, rows
}

func TestProjectThenRebuild(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 5)
	w.Fill(t, 1_200)
	p := accounttotals.New(db, events.Now, nil)
	sweep(t, p)
	before, rows := check(t, db)
	if rows == 0 {
		t.Fatal("there are no rows")
	}
	w.Fill(t, 100) // the rebuild begins with a model that is behind
	var said int
	out, err := p.Rebuild(testkit.Context(t), accounttotals.Order{By: "operator", Say: func(*accounttotals.Rebuilt) { said++ }})
	if err != nil || out.State != accounttotals.Swapped || out.Differences() != 0 || out.Checksum != out.Live || out.Events() != 1_300 || said == 0 {
		t.Fatalf("%s with %d differences of %d events: %v; %v", out.State, out.Differences(), out.Events(), out.Shown, err)
	}
	sweep(t, p) // drops the old rows
	after, _ := check(t, db)
	if before == after {
		t.Error("100 events changed nothing")
	}
	m, err := accounttotals.ReadModel(testkit.Context(t), db.Snapshot())
	if err != nil || m.Live != 2 || m.Shadow != 0 || m.Old != 0 || m.SwappedBy != "operator" {
		t.Errorf("%+v, %v", m, err)
	}
	var left int64
	err = db.Single().Read(testkit.Context(t), "AccountTotals", spanner.AllKeys(), []string{"Generation"}).Do(func(r *spanner.Row) error {
		var g int64
		err := r.Columns(&g)
		if g != 2 {
			left++
		}
		return err
	})
	if err != nil || left > 0 {
		t.Errorf("%d rows of the old generation are left, %v", left, err)
	}
	w.Fill(t, 50)
	sweep(t, p)
	check(t, db)
}

// A row that somebody else has written is found, and replaced only when that is wanted.
func TestRebuildShowsTheDifference(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	w.Commit(t, w.Sale(t, w.Books[0], events.First, 0))
	p := accounttotals.New(db, events.Now, nil)
	sweep(t, p)
	sound, _ := check(t, db)
	update(t, db, "DebitMinor", int64(7))

	at := events.Now()
	c, err := accounttotals.Check(testkit.Context(t), db, w.Books[0].Shard(), at)
	if err != nil || c.Count != 1 || len(c.Wrong) != 1 || !strings.Contains(c.Wrong[0], "checksum") {
		t.Fatalf("a changed row: %v, %v, %v", c.Shown, c.Wrong, err)
	}
	for range 2 {
		out, err := p.Rebuild(testkit.Context(t), accounttotals.Order{By: "operator"})
		if err != nil || out.State != accounttotals.Different || out.Differences() != 1 {
			t.Fatalf("%s, %d differences, %v", out.State, out.Differences(), err)
		}
	}
	out, err := p.Rebuild(testkit.Context(t), accounttotals.Order{By: "operator", Accept: true})
	if err != nil || out.State != accounttotals.Swapped {
		t.Fatal(out.State, err)
	}
	again, err := p.Rebuild(testkit.Context(t), accounttotals.Order{By: "operator", Generation: out.Generation})
	if err != nil || again.State != accounttotals.Swapped || again.Generation != out.Generation {
		t.Fatalf("asked again for the same: %+v, %v", again.State, err)
	}
	if _, err := p.Rebuild(testkit.Context(t), accounttotals.Order{Generation: 9}); !errors.Is(err, accounttotals.ErrNoRebuild) {
		t.Errorf("a generation that is not in the making: %v", err)
	}
	if got, _ := check(t, db); got != sound {
		t.Errorf("checksum %x, was %x", got, sound)
	}
}

// update changes one column of the one row of an account and mode that a single sale has.
func update(t *testing.T, db *spannerdb.DB, column string, to any) {
	t.Helper()
	key := []string{"ShardId", "OrgId", "PropertyId", "Month", "PostedDate", "AccountCode", "PaymentMode", "Generation"}
	done := false
	var ms []*spanner.Mutation
	err := db.Single().Read(testkit.Context(t), "AccountTotals", spanner.AllKeys(), key).Do(func(r *spanner.Row) error {
		if done {
			return nil
		}
		done = true
		values := make([]any, len(key))
		for i := range key {
			var v spanner.GenericColumnValue
			if err := r.Column(i, &v); err != nil {
				return err
			}
			values[i] = v
		}
		ms = append(ms, spanner.Update("AccountTotals", append(key, column), append(slices.Clone(values), to)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Client().Apply(testkit.Context(t), ms); err != nil {
		t.Fatal(err)
	}
}

// Wiped and rebuilt, the checksum is the same (I12).
func TestWipedAndRebuilt(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	events.New(t, db, 3).Fill(t, 600)
	p := accounttotals.New(db, events.Now, nil)
	sweep(t, p)
	before, _ := check(t, db)
	wipe := []*spanner.Mutation{
		spanner.Delete("AccountTotals", spanner.AllKeys()), spanner.Delete("FeedCursors", spanner.AllKeys()), spanner.Delete("ReadModels", spanner.AllKeys()),
	}
	if _, err := db.Client().Apply(testkit.Context(t), wipe); err != nil {
		t.Fatal(err)
	}
	out, err := p.Rebuild(testkit.Context(t), accounttotals.Order{By: "operator"})
	if err != nil || out.State != accounttotals.Swapped || out.Events() != 600 {
		t.Fatal(out.State, out.Events(), err)
	}
	if after, _ := check(t, db); after != before {
		t.Errorf("checksum %x, was %x", after, before)
	}
}

// A rebuild that is ended anywhere goes on where it was.
func TestRebuildIsResumed(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	events.New(t, db, 40).Fill(t, 1_000)
	p := accounttotals.New(db, events.Now, nil)
	sweep(t, p)
	ended := errors.New("ended here")
	for try := 0; ; try++ {
		ctx, cancel := context.WithCancelCause(testkit.Context(t))
		steps := 0
		var mu sync.Mutex
		out, err := p.Rebuild(ctx, accounttotals.Order{By: "operator", Say: func(*accounttotals.Rebuilt) {
			mu.Lock()
			defer mu.Unlock()
			if steps++; steps > 2+try {
				cancel(ended)
			}
		}})
		cancel(nil)
		if err == nil && out.State == accounttotals.Swapped {
			if try == 0 || out.Events() != 1_000 || out.Differences() != 0 {
				t.Fatalf("after %d tries: %d events, %d differences", try, out.Events(), out.Differences())
			}
			break
		}
		if try > 60 {
			t.Fatal("it does not end: ", err)
		}
	}
	sweep(t, p)
	check(t, db)
}

// What cannot be folded is parked, in the live generation and in the next, and nothing else waits.
func TestPoisonIsParked(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	w := events.New(t, db, 1)
	b, day := w.Books[0], events.First
	w.Commit(t, w.Sale(t, b, day, 0), w.Raw(b, day.String(), "EntryGifted", `{}`), w.Sale(t, b, day, 0), w.Raw(b, day.String(), "EntryRecorded", `{"legs":3}`))
	p := accounttotals.New(db, events.Now, nil)
	sweep(t, p)
	check(t, db)
	for generation := int64(1); generation <= 2; generation++ {
		parked, err := feed.ListParked(testkit.Context(t), db.Snapshot(), accounttotals.ConsumerName(generation), true)
		if err != nil || len(parked) != 2 || parked[0].Version != 2 || parked[0].Status != feed.StatusParked || parked[1].Version != 4 {
			t.Fatalf("generation %d: %+v, %v", generation, parked, err)
		}
		if !strings.Contains(parked[0].Cause, "unknown_event") || !strings.Contains(parked[1].Cause, "bad_event") {
			t.Errorf("causes: %q, %q", parked[0].Cause, parked[1].Cause)
		}
		if generation == 1 {
			out, err := p.Rebuild(testkit.Context(t), accounttotals.Order{By: "operator"})
			if err != nil || out.State != accounttotals.Swapped {
				t.Fatal(out.State, err)
			}
		}
	}
	check(t, db)
}

func TestChecksumIsASetsSum(t *testing.T) {
	t.Parallel()
	var a, b accounttotals.Checksum
	for i := range a {
		a[i], b[i] = byte(250+i*7), byte(i*31+9)
	}
	if a.Add(b) != b.Add(a) || a.Add(b).Sub(b) != a || (accounttotals.Checksum{}).Sub(a).Add(a) != (accounttotals.Checksum{}) {
		t.Error("addition is not that of numbers modulo 2^256: ", fmt.Sprintf("%x %x", a.Add(b), a.Add(b).Sub(b)))
	}
}
