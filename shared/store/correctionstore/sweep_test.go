package correctionstore_test

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
)

// progress is how many properties a walk has behind it in all shards, and how many shards are done.
func (h *house) progress(sweep string) (properties, ended int64) {
	h.t.Helper()
	err := h.db.Single().Read(h.ctx(), "CorrectionSweeps", spanner.Key{sweep}.AsPrefix(), []string{"Properties", "EndedAt"}).Do(func(r *spanner.Row) error {
		var n int64
		var at spanner.NullTime
		err := r.Columns(&n, &at)
		if properties += n; at.Valid {
			ended++
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return properties, ended
}

// opened is a house with so many properties whose books are open.
func opened(t *testing.T, properties int) *house {
	t.Helper()
	h := newHouse(t, testkit.Spanner(t), 0)
	for n := range properties {
		h.open(deskOf(n))
	}
	return h
}

// TestSweepGoesOn: a walk whose calls have hardly any time comes to its end all the same, and compares
// each property once a cycle.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	const properties = 40
	h := opened(t, properties)
	calls := 0
	for ; calls < 1_000; calls++ {
		// A call of which little more than its reserve is left; on a slow machine it takes more of them.
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second+time.Duration(10+5*calls)*time.Millisecond)
		err := h.Sweep(ctx)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if _, ended := h.progress("CLOSED"); ended == tenant.Shards {
			break
		}
	}
	for _, sweep := range []string{"OPEN", "CLOSED"} {
		if n, ended := h.progress(sweep); n != properties || ended != tenant.Shards {
			t.Errorf("%s: %d properties, %d shards ended after %d calls", sweep, n, ended, calls)
		}
	}
	if calls == 0 {
		t.Error("one call was enough: nothing went on")
	}
	h.sweepAll()
	if n, _ := h.progress("OPEN"); n != properties {
		t.Errorf("a cycle that is done goes on: %d", n)
	}
}

// ticking is a corrector by whose clock the sweeps are paced; it reads the tables as they are now.
func ticking(db *spannerdb.DB, ahead time.Duration) *correctionstore.Store {
	return correctionstore.New(db, correctionstore.Options{
		Now: func() time.Time { return events.Now().Add(ahead) }, Staleness: ahead, Property: property,
	})
}

// TestSweepIsSpread: the second cycle begins when the first one's time is over, and takes as long.
func TestSweepIsSpread(t *testing.T) {
	t.Parallel()
	const properties = 64
	h := opened(t, properties)
	h.sweepAll()
	at := func(hours float64) int64 {
		t.Helper()
		ahead := time.Duration(hours * float64(time.Hour))
		if err := ticking(h.db, ahead).Sweep(h.ctx()); err != nil {
			t.Fatal(err)
		}
		n, _ := h.progress("OPEN")
		return n
	}
	if n := at(23); n != properties {
		t.Errorf("before its time: %d", n)
	}
	begun, half, most, done := at(24.1), at(24.1+9.6), at(24.1+15), at(24.1+20)
	// One of each shard is due at once; four fifths of the cycle is its time.
	if begun == 0 || begun > tenant.Shards || half < properties/2-tenant.Shards || half > properties/2+tenant.Shards || most <= half || done != properties {
		t.Errorf("%d, %d, %d, %d of %d", begun, half, most, done, properties)
	}
}

// TestMidway: walks that are said to be in the middle of their cycles go on from there, some properties at a
// time and at their pace.
func TestMidway(t *testing.T) {
	t.Parallel()
	const properties = 40
	h := opened(t, properties)
	const many = 10_000 // twenty of them are due in 131 s, of the walk through open days
	var rows []*spanner.Mutation
	for shard := range int64(tenant.Shards) {
		rows = append(rows, correctionstore.Midway(events.Now(), shard, many, tenant.Book{Org: "a", Property: "a"})...)
	}
	h.apply(rows...)
	at := func(ahead time.Duration) (open, closed int64) {
		t.Helper()
		if err := ticking(h.db, ahead).Sweep(h.ctx()); err != nil {
			t.Fatal(err)
		}
		open, _ = h.progress("OPEN")
		closed, _ = h.progress("CLOSED")
		return open - tenant.Shards*many/2, closed - tenant.Shards*many/2
	}
	if open, closed := at(time.Minute); open != 0 || closed != 0 {
		t.Errorf("before some are due %d and %d were compared", open, closed)
	}
	if open, closed := at(4 * time.Minute); open != properties || closed != 0 {
		t.Errorf("when some are due %d and %d were compared, want %d and none", open, closed, properties)
	}
}

// TestLongHistory: closed days of years are compared in pages, and what is damaged far back is found.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	old := deskOf(7)
	old.Property.GoLive = today.AddDays(-500)
	h.open(old)
	for n := range 160 { // a day in three has a row
		on := old.Property.GoLive.AddDays(3 * n)
		h.must(old, sale(on, "CASH", 100).Action)
		if n%80 == 79 {
			h.must(old, daybook.Close{Date: on})
		}
	}
	for i, on := range []bizdate.Date{old.Property.GoLive, old.Property.GoLive.AddDays(150), old.Property.GoLive.AddDays(3 * 159)} {
		h.apply(damages[i%2].write(old.Book, h.row(old.Book, on), 77))
	}
	h.sweepAll()
	h.flush()
	if proposals := h.list(correctionstore.Proposed); len(proposals) != 3 {
		t.Errorf("%d proposals", len(proposals))
	}
	h.approveAll()
	h.findings(none)
}

// TestSample: one report in a thousand is compared, at the moment at which it was read.
func TestSample(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	d := h.desks[0]
	h.apply(damages[7].write(d.Book, h.row(d.Book, today), 1))
	at := events.Now()
	for n := range 20_000 {
		h.Sample(h.ctx(), d.Book, d.Property, today, today, at)
		if n%500 == 0 && len(h.list(correctionstore.Queued)) > 0 {
			break
		}
	}
	if c := h.correction(d.Book, today); c.Source != correctionstore.BySample || c.Cause != daybook.WrongFlow {
		t.Errorf("%+v", c)
	}
}
