package correctionstore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/correctionstore"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

func eventRow(b tenant.Book, on bizdate.Date, version int64, more map[string]any) *spanner.Mutation {
	row := map[string]any{"ShardId": b.Shard(), "OrgId": string(b.Org), "PropertyId": string(b.Property), "StreamId": on.String(), "Version": version}
	for k, v := range more {
		row[k] = v
	}
	return spanner.UpdateMap("Events", row)
}

// TestDamagedEventsAreParked: where the events themselves cannot be believed nothing is repaired and
// no event is written; an operator's call has it looked at again.
func TestDamagedEventsAreParked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, fault string
		damage      func(tenant.Book) *spanner.Mutation
	}{
		{"a text changed", "chain_broken", func(b tenant.Book) *spanner.Mutation {
			return eventRow(b, today, 1, map[string]any{"Judged": `{"policy":1,"chart":0}`})
		}},
		{"an event in the middle deleted", "version_gap", func(b tenant.Book) *spanner.Mutation {
			return spanner.Delete("Events", spanner.Key{b.Shard(), string(b.Org), string(b.Property), today.String(), 1})
		}},
		{"the last event deleted", "row_ahead", func(b tenant.Book) *spanner.Mutation {
			return spanner.Delete("Events", spanner.Key{b.Shard(), string(b.Org), string(b.Property), today.String(), 2})
		}},
		{"an unknown type", "chain_broken", func(b tenant.Book) *spanner.Mutation {
			return eventRow(b, today, 2, map[string]any{"Type": "Surprise"})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, testkit.Spanner(t), 1)
			b := h.desks[0].Book
			h.apply(tt.damage(b))
			h.sweepAll()
			before := h.dayRows()
			h.flush()
			c := h.correction(b, today)
			if c.Status != correctionstore.Parked || c.Cause != daybook.EventsDamaged || !strings.Contains(c.Fault, tt.fault) || c.After != nil {
				t.Errorf("%+v", c)
			}
			if h.dayRows() != before || len(h.evidence()) != 0 {
				t.Error("something was written")
			}
			if found, err := h.Detect(h.ctx(), b, today, today); err != nil || found.Queued != 1 {
				t.Errorf("%+v, %v", found, err)
			}
			if c := h.correction(b, today); c.Status != correctionstore.Queued || c.Round != 2 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestGone: a row that is right when it is looked at under locks needs no event.
func TestGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	b := h.desks[0].Book
	was := h.row(b, today)
	h.apply(damages[0].write(b, was, 5))
	h.sweepAll()
	h.apply(foreign(b, today, map[string]any{"CashReceivedMinor": was.Flows.CashReceivedMinor, "ClosingMinor": was.ClosingMinor}))
	h.flush()
	if c := h.correction(b, today); c.Status != correctionstore.Done || c.Outcome != correctionstore.Gone {
		t.Errorf("%+v", c)
	}
	h.once(0)
	h.apply(damages[0].write(b, was, 6)) // and the next damage of the date is another round
	if found, err := h.Detect(h.ctx(), b, today, today); err != nil || found.Queued != 1 {
		t.Error(found, err)
	}
	h.flush()
	if c := h.correction(b, today); c.Round != 2 || c.Outcome != correctionstore.Repaired {
		t.Errorf("%+v", c)
	}
	h.findings(none)
}

// TestBatches: fewer than 100 wait for company, five minutes at most.
func TestBatches(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 16)
	for n, d := range h.desks[:15] {
		for i := range 7 - n/14*4 { // 14 times 7, and 3: 101
			on := goLive.AddDays(closed + i)
			h.apply(damages[7].write(d.Book, h.row(d.Book, on), 1))
		}
	}
	h.sweepAll()
	if f, err := h.Flush(h.ctx()); err != nil || f.Batches != 1 || f.Settled != 100 {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := store(h.db, 4*time.Minute, nil).Flush(h.ctx()); err != nil || f.Batches != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if f := h.flush(); f.Batches != 1 || f.Settled != 1 {
		t.Errorf("%+v", f)
	}
	h.findings(none)
}

// TestFailuresBackOff: a repair that fails is tried again later and later, and parked in the end.
func TestFailuresBackOff(t *testing.T) {
	t.Parallel()
	faults := &rpc.Faults{}
	h := newHouse(t, testkit.Spanner(t, faults.Options()...), 1)
	b := h.desks[0].Book
	h.apply(damages[0].write(b, h.row(b, today), 5))
	h.sweepAll()
	ahead := 6 * time.Minute
	for n := int64(1); n <= 8; n++ {
		// Of a repair and the note of its failure, in turn, the first commit is refused.
		faults.On("Commit").Fail(codes.FailedPrecondition)
		before := time.Now()
		if _, err := store(h.db, ahead, nil).Flush(h.ctx()); err != nil {
			t.Fatal(err)
		}
		c := h.correction(b, today)
		if c.Attempts != n || c.Fault == "" || (c.Status == correctionstore.Parked) != (n == 8) {
			t.Fatalf("%+v", c)
		}
		wait := time.Minute << (n - 1)
		if n < 8 && (c.DueAt.Before(before.Add(ahead+wait)) || c.DueAt.After(time.Now().Add(ahead+wait+time.Second))) {
			t.Errorf("attempt %d: due %v after %v", n, c.DueAt.Sub(before), ahead)
		}
		if f, err := store(h.db, ahead+wait/2, nil).Flush(h.ctx()); err != nil || f.Batches != 0 {
			t.Errorf("tried before its time: %+v, %v", f, err)
		}
		ahead += wait + time.Second
	}
	if c := h.correction(b, today); !strings.Contains(c.Fault, "refused by the test") {
		t.Errorf("%+v", c)
	}
	if _, err := h.Detect(h.ctx(), b, today, today); err != nil {
		t.Fatal(err)
	}
	h.flush()
	h.findings(none)
	h.once(1)
}

// TestCountIsProposed: a count is nobody's to change, also not on an open day; the rest of its row is
// repaired.
func TestCountIsProposed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 2)
	on := goLive.AddDays(5)
	alone, both := h.desks[0], h.desks[1]
	was := h.row(alone.Book, on)
	if !was.Counted || was.AfterCountMinor == 0 {
		t.Fatalf("%+v", was)
	}
	h.apply(foreign(alone.Book, on, map[string]any{"CountedMinor": 1}),
		foreign(both.Book, on, map[string]any{"CountedMinor": spanner.NullInt64{}, "CountVersion": spanner.NullInt64{}, "EntryCount": 9}))
	h.sweepAll()
	h.flush()
	for i, d := range h.desks {
		c := h.correction(d.Book, on)
		if c.Status != correctionstore.Proposed || c.Cause != daybook.WrongCount || (c.Evidence.Version != 0) != (i == 1) {
			t.Errorf("%+v", c)
		}
	}
	if r := h.row(both.Book, on); r.Counted || r.Flows != was.Flows {
		t.Errorf("%+v", r)
	}
	h.must(both, daybook.Record{Draft: sale(on, ledger.Cash, 7).Action.(daybook.Record).Draft}) // the day goes on
	h.approveAll()
	if r := h.row(alone.Book, on); r.CountedMinor != was.CountedMinor || r.AfterCountMinor != was.AfterCountMinor {
		t.Errorf("%+v", r)
	}
	h.findings(none)
}

// TestExtraRows: a row that no event made goes, with the evidence in the open day's stream; on a closed
// date an owner must approve that.
func TestExtraRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	b := h.desks[0].Book
	extra := func(on bizdate.Date, opening int64) *spanner.Mutation {
		k := dayKey(b, on)
		return spanner.InsertOrUpdateMap("DailyCashBalances", map[string]any{
			"ShardId": k[0], "OrgId": k[1], "PropertyId": k[2], "Month": k[3], "BusinessDate": k[4], "Currency": "EUR", "Status": "OPEN",
			"OpeningMinor": opening, "CashReceivedMinor": 5, "BankReceivedMinor": 0, "CashExpensesMinor": 0, "BankExpensesMinor": 0,
			"TransfersInMinor": 0, "TransfersOutMinor": 0, "OverShortMinor": 0, "EntryCount": 1, "ClosingMinor": opening + 5,
			"StreamVersion": 0, "ChainHash": make([]byte, 32), "AfterCountMinor": 0,
		})
	}
	before, ahead := goLive.AddDays(-1), today.AddDays(1)
	for _, m := range []bizdate.Month{before.Month(), ahead.Month()} {
		h.apply(spanner.InsertOrUpdate("Periods", []string{"ShardId", "OrgId", "PropertyId", "Month"}, []any{b.Shard(), string(b.Org), string(b.Property), int64(m)}))
	}
	h.apply(extra(before, 1), extra(ahead, 999))
	h.sweepAll()
	h.flush()
	if c := h.correction(b, ahead); c.Cause != daybook.ExtraRow || c.Outcome != correctionstore.Repaired || c.Evidence.Stream < today || c.After != nil {
		t.Errorf("%+v", c)
	}
	if c := h.correction(b, before); c.Status != correctionstore.Proposed {
		t.Errorf("%+v", c)
	}
	h.approveAll()
	h.findings(none)
	if rows, err := h.books.Days(h.ctx(), b, before, ahead); err != nil || len(rows) != daysEach {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	h.once(2)
}

// TestDecisions: a proposal is decided once, by the one who has seen it as it is.
func TestDecisions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	b, on := h.desks[0].Book, goLive.AddDays(1)
	h.apply(damages[0].write(b, h.row(b, on), 5))
	h.sweepAll()
	in := correctionstore.Decision{Book: b, Date: on, Round: 1, Approve: true, Actor: owner, Key: "k"}
	try := func(in correctionstore.Decision, want error) (d correctionstore.Decided) {
		t.Helper()
		d, err := h.Decide(h.ctx(), in)
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Fatalf("%v, want %v", err, want)
		}
		return d
	}
	try(in, correctionstore.ErrNotProposed) // it is not looked at yet
	h.flush()
	other := in
	other.Date = today
	try(other, fault.ErrNotFound)
	other = in
	other.Round = 2
	try(other, correctionstore.ErrMoved)

	reject := in
	reject.Approve, reject.Reason, reject.Key = false, "It was the till.", "no"
	first := try(reject, nil)
	if first.Status != correctionstore.Rejected || first.Replayed {
		t.Errorf("%+v", first)
	}
	h.sweepAll()
	if c := h.correction(b, on); c.Status != correctionstore.Rejected || c.DecidedBy != "owner" {
		t.Errorf("%+v", c)
	}
	try(in, correctionstore.ErrNotProposed)
	if found, err := h.Detect(h.ctx(), b, on, on); err != nil || found.Queued != 1 { // asked for by an operator
		t.Fatal(found, err)
	}
	h.flush()
	in.Round = 2
	approved := try(in, nil)
	if approved.Outcome != correctionstore.Restored || approved.Evidence.Stream < today || approved.Evidence.Version == 0 {
		t.Errorf("%+v", approved)
	}
	again := try(in, nil)
	if approved.Replayed = true; again != approved {
		t.Errorf("%+v, was %+v", again, approved)
	}
	again = try(reject, nil)
	if first.Replayed = true; again != first {
		t.Errorf("%+v, was %+v", again, first)
	}
	reject.Reason = "another"
	try(reject, daybookstore.ErrKeyReused)
	h.findings(none)
	h.once(1)
}

// TestProposalMoves: what is approved is what was looked at.
func TestProposalMoves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	d, on := h.desks[0], goLive.AddDays(closed-1)
	h.apply(damages[0].write(d.Book, h.row(d.Book, on), 5))
	h.sweepAll()
	h.flush()
	c := h.correction(d.Book, on)
	h.must(d, daybook.Reopen{Date: on, Reason: "a late receipt"})
	h.must(d, daybook.Record{Draft: sale(on, ledger.Cash, 70).Action.(daybook.Record).Draft})
	if _, err := h.decide(c, true); !errors.Is(err, correctionstore.ErrMoved) {
		t.Fatal(err)
	}
	next := h.correction(d.Book, on)
	if next.Status != correctionstore.Queued || next.Round != c.Round+1 || next.After.EntryCount != 3 { // it is open: nobody need decide
		t.Errorf("%+v", next)
	}
	h.flush()
	h.findings(none)
	h.once(1)
}

// TestSuspect: a post that meets an event which its row does not know is refused as it was, and the
// corrector hears of it.
func TestSuspect(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	d := h.desks[0]
	h.books = h.books.Suspecting(h.Suspect)
	h.apply(foreign(d.Book, today, map[string]any{"StreamVersion": 1}))
	post := sale(today, ledger.Cash, 70)
	post.Key = "k"
	if _, err := h.books.Execute(h.ctx(), d, post); fault.KindOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	if c := h.correction(d.Book, today); c.Status != correctionstore.Queued || c.Source != correctionstore.ByWrite || c.Cause != daybook.WrongVersion {
		t.Errorf("%+v", c)
	}
	h.flush()
	if _, err := h.books.Execute(h.ctx(), d, post); err != nil {
		t.Error(err)
	}
	h.findings(none)
	h.Suspect(h.ctx(), d.Book, today) // nothing is wrong, as far as anybody can see
	if c := h.correction(d.Book, today); c.Status != correctionstore.Queued || c.Cause != daybook.Unexplained || c.Round != 2 {
		t.Errorf("%+v", c)
	}
	h.flush()
	if c := h.correction(d.Book, today); c.Outcome != correctionstore.Gone {
		t.Errorf("%+v", c)
	}
}

// TestSuspectInBulk: the same of a call of many.
func TestSuspectInBulk(t *testing.T) {
	t.Parallel()
	h := newHouse(t, testkit.Spanner(t), 1)
	d := h.desks[0]
	h.apply(foreign(d.Book, today, map[string]any{"StreamVersion": 1}))
	post := sale(today, ledger.Cash, 70)
	post.Key = "k"
	answers := h.books.Suspecting(h.Suspect).ExecuteAll(h.ctx(), d, []daybookstore.Order{post})
	if fault.KindOf(answers[0].Err) != fault.Unavailable {
		t.Fatal(answers[0].Err)
	}
	if c := h.correction(d.Book, today); c.Source != correctionstore.ByWrite || c.Cause != daybook.WrongVersion {
		t.Errorf("%+v", c)
	}
	h.flush()
	if a := h.books.ExecuteAll(h.ctx(), d, []daybookstore.Order{post}); a[0].Err != nil {
		t.Error(a[0].Err)
	}
	h.findings(none)
}
