package correctionstore_test

import (
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/events"
	"innkeep.internal/shared/testkit/rpc"
)

// TestWorkersRace: several workers at the same corrections come to one effect each.
func TestWorkersRace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 6)
	damaged := h.damageAll()
	h.sweepAll()
	var wg sync.WaitGroup
	var mu sync.Mutex
	settled := 0
	for range 3 {
		s := store(testkit.Open(t, h.db.Name()), 6*time.Minute, nil)
		wg.Go(func() {
			f, err := s.Flush(h.ctx())
			mu.Lock()
			defer mu.Unlock()
			if settled += f.Settled; err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if settled != damaged {
		t.Errorf("%d settled of %d", settled, damaged)
	}
	h.once(damaged * (daysEach - closed) / daysEach)
}

// TestPostsRace: a post and a repair of one day do not lose each other, whoever commits first.
func TestPostsRace(t *testing.T) {
	t.Parallel()
	db := testkit.Spanner(t)
	h := newHouse(t, db, 4)
	posts := daybookstore.New(testkit.Open(t, db.Name()), events.Now)
	const each = 12
	for _, d := range h.desks {
		var wg sync.WaitGroup
		wg.Go(func() {
			for range each { // damage, as if somebody wrote beside us, and its repair
				h.apply(damages[7].write(d.Book, daybook.Day{Date: today, Flows: daybook.Flows{EntryCount: 40}}, 1))
				if _, err := h.Detect(h.ctx(), d.Book, goLive, today); err != nil {
					t.Error(err)
				}
				h.flush()
			}
		})
		wg.Go(func() {
			for n := range each {
				o := sale(today, ledger.Cash, 10)
				o.Key = "race" + string(rune('a'+n))
				if _, err := posts.Execute(h.ctx(), d, o); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		if got := h.row(d.Book, today).Flows.CashReceivedMinor; got != 1_000+10*each {
			t.Errorf("%d received", got)
		}
	}
	h.findings(none)
}

// TestLostReply: a commit that was applied and whose answer was lost is not made again.
func TestLostReply(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), 1)
	b := h.desks[0].Book
	h.apply(damages[0].write(b, h.row(b, today), 5))
	h.sweepAll()
	faults.On("Commit").Lose(codes.Internal)
	_, err := store(h.db, 6*time.Minute, nil).Flush(h.ctx())
	t.Log(err)
	h.flush()
	if c := h.correction(b, today); c.Outcome != correctionstore.Repaired || c.Attempts != 0 {
		t.Errorf("%+v", c)
	}
	h.once(1)
	h.findings(none)
}

// TestCost: what a repair and a comparison ask of the database.
func TestCost(t *testing.T) {
	t.Parallel()
	counter := &rpc.Counter{}
	h := newHouse(t, testkit.Spanner(t, counter.Options()...), 1)
	b := h.desks[0].Book
	h.apply(damages[0].write(b, h.row(b, today), 5), damages[1].write(b, h.row(b, goLive.AddDays(5)), 0))
	late := store(h.db, 6*time.Minute, nil)

	counter.Reset()
	if found, err := h.Detect(h.ctx(), b, goLive.AddDays(closed), today); err != nil || found.Queued != 2 {
		t.Fatal(found, err)
	}
	if n := counter.Total(); n != 4 { // day rows, events; corrections, commit
		t.Errorf("a comparison that finds something: %s", counter)
	}
	counter.Reset()
	if _, err := h.Detect(h.ctx(), b, goLive.AddDays(closed), today); err != nil {
		t.Fatal(err)
	}
	if n := counter.Total(); n > 4 {
		t.Errorf("one that finds the same: %s", counter)
	}
	counter.Reset()
	if f, err := late.Flush(h.ctx()); err != nil || f.Repaired != 2 {
		t.Fatal(f, err)
	}
	if n := counter.Total(); n != 1+2*4+1 { // the queue before and after; correction, day rows, events, commit
		t.Errorf("two repairs: %s", counter)
	}
}
