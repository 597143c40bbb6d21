package daybookstore_test

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/invariants"
	"innkeep.internal/shared/testkit"
	"innkeep.internal/shared/testkit/rpc"
)

// TestRandomHistories lets several people do anything in any order on two instances, with calls
// repeated, keys reused, commits lost and refused, and the clock moving. Every answer, every day row
// and every entry must be those of a fold in memory, and the invariants must hold in the tables.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	fewHistories()
	faults := &rpc.Faults{}
	name := testkit.Database(t)
	one, two := testkit.Open(t, name, faults.Options()...), testkit.Open(t, name, faults.Options()...)
	rapid.Check(t, func(r *rapid.T) {
		opening := rapid.Int64Range(0, 100_000).Draw(r, "opening")
		h := newHouse(t, one, "2026-03-01", opening)
		h.desk.Policy.DailyGrant = rapid.Bool().Draw(r, "daily grant")
		p := &play{r: r, ctx: testkit.Context(t), hs: [2]house{h, h.at(two)}, m: newModel(h, opening), faults: faults}
		for range rapid.IntRange(5, 40).Draw(r, "steps") {
			p.step()
		}
		p.compare()
	})
}

// fewHistories is for tests whose histories are written to the emulator: 25 of them take some seconds.
// -rapid.checks asks for more.
var fewHistories = sync.OnceFunc(func() {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("25")
	}
})

// play is one random history.
type play struct {
	r       *rapid.T
	ctx     context.Context // of the whole history
	hs      [2]house
	m       *model
	faults  *rpc.Faults
	sent    []daybookstore.Order
	made    []ids.Entry
	counter int
}

var people = []approval.Actor{owner, manager, accountant, {Subject: "clerk", Role: approval.FrontDesk, Version: 4}}

func (p *play) step() {
	if rapid.IntRange(0, 9).Draw(p.r, "clock") == 0 {
		*p.hs[0].now = p.hs[0].now.Add(time.Duration(rapid.IntRange(1, 30).Draw(p.r, "hours")) * time.Hour)
	}
	p.breakSomething()
	h := p.hs[rapid.IntRange(0, 1).Draw(p.r, "instance")]
	if rapid.IntRange(0, 4).Draw(p.r, "bulk") == 0 {
		p.bulk(h)
	} else {
		o := p.order()
		got, gotErr := h.Execute(p.ctx, h.desk, o)
		want, wantErr := p.m.execute(o)
		p.same(o, got, gotErr, want, wantErr)
	}
	p.faults.Clear()
}

func (p *play) breakSomething() {
	code := rapid.SampledFrom([]codes.Code{codes.Unknown, codes.DeadlineExceeded, codes.Internal, codes.Aborted}).Draw(p.r, "code")
	switch rapid.IntRange(0, 5).Draw(p.r, "fault") {
	case 0:
		p.faults.On("Commit").Fail(code)
	case 1:
		if code != codes.Aborted { // what is aborted was not applied
			p.faults.On("Commit").Lose(code)
		}
	case 2:
		p.faults.On("Commit").LoseWith(losses["broken stream"])
	}
}

func (p *play) bulk(h house) {
	var orders []daybookstore.Order
	n, records := rapid.IntRange(1, 6).Draw(p.r, "lines"), rapid.Bool().Draw(p.r, "of records")
	actor := p.actor()
	// One line an entry: after a lost answer the call judges again what it had refused, on what its
	// other lines have done by then.
	about := map[ids.Entry]bool{}
	for range n {
		o := p.decision(actor)
		if records {
			o = p.record(actor)
		}
		if old := p.old(); old.Key != "" && old.Actor == actor && (old.Entry == ids.Entry{}) == records && acceptsBulk(old) {
			o = old
		}
		if records || !about[o.Entry] {
			about[o.Entry] = true
			orders = append(orders, o)
		}
	}
	answers := h.ExecuteAll(p.ctx, h.desk, orders)
	events, errs := p.m.executeAll(orders)
	for i, a := range answers {
		p.same(orders[i], a.Receipt, a.Err, events[i], errs[i])
	}
}

func acceptsBulk(o daybookstore.Order) bool {
	_, records := o.Action.(daybook.Record)
	return records || o.Entry != ids.Entry{}
}

func (p *play) same(o daybookstore.Order, got daybookstore.Receipt, gotErr error, want daybook.Event, wantErr error) {
	p.sent = append(p.sent, o)
	what := fmt.Sprintf("%s by %s, key %s, %+v", o.Action.Operation(), o.Actor.Subject, o.Key, o.Action)
	if wantErr != nil || gotErr != nil {
		if !sameRefusal(gotErr, wantErr) {
			p.r.Fatalf("%s:\nthe store says %v\nthe fold says  %v", what, gotErr, wantErr)
		}
		return
	}
	if got.Raw != want.Raw || got.Chain != want.Chain || got.Position() != want.Position() {
		p.r.Fatalf("%s (-fold +store):\n%s", what, cmp.Diff(want, got.Event))
	}
	switch d := got.Data.(type) {
	case daybook.EntryRecorded:
		p.locate(d.Facts)
	case daybook.EntryReversed:
		p.locate(d.Facts)
	}
}

func (p *play) locate(f daybook.Facts) {
	id, err := ids.ParseEntry(f.Locator(p.m.h.desk.Property.UUID))
	if err != nil {
		p.r.Fatal(err)
	}
	p.made = append(p.made, id)
}

// order is a new command, an old one sent again, or an old key with something new.
func (p *play) order() daybookstore.Order {
	old := p.old()
	kind := rapid.IntRange(0, 9).Draw(p.r, "sort")
	if kind == 0 && old.Key != "" {
		return old
	}
	o := p.fresh(p.actor())
	if kind == 1 && old.Key != "" {
		o.Key = old.Key
	}
	return o
}

func (p *play) old() daybookstore.Order {
	if len(p.sent) == 0 {
		return daybookstore.Order{}
	}
	return p.sent[rapid.IntRange(0, len(p.sent)-1).Draw(p.r, "old")]
}

func (p *play) actor() approval.Actor { return rapid.SampledFrom(people).Draw(p.r, "actor") }

func (p *play) date(back, ahead int) bizdate.Date {
	d := p.m.h.desk.Today(*p.hs[0].now)
	return d.AddDays(rapid.IntRange(-back, ahead).Draw(p.r, "day"))
}

func (p *play) key() string { p.counter++; return fmt.Sprint("k", p.counter) }

func (p *play) fresh(a approval.Actor) daybookstore.Order {
	o := daybookstore.Order{Actor: a, Key: p.key()}
	switch rapid.IntRange(0, 14).Draw(p.r, "action") {
	case 0:
		o.Action = daybook.Count{Date: p.date(2, 0), CountedMinor: rapid.Int64Range(0, 100_000).Draw(p.r, "counted")}
	case 1, 2:
		o.Action = daybook.Close{Date: p.date(4, 1)}
	case 3, 4:
		o.Actor, o.Action = owner, daybook.Reopen{Date: p.lastClosed(), Reason: "again"}
	case 5:
		o.Action = daybook.SetOpening{OpeningMinor: rapid.Int64Range(0, 100_000).Draw(p.r, "set")}
	case 6:
		o.Action = daybook.Grant{Subject: rapid.SampledFrom([]string{"manager", "clerk"}).Draw(p.r, "whom")}
	case 7, 8, 9:
		return p.decision(a)
	case 10:
		o.Action = daybook.RecordStatistics{Date: p.date(3, 1), Rooms: p.rooms()}
	default:
		return p.record(a)
	}
	return o
}

// lastClosed is most of the time what can be reopened.
func (p *play) lastClosed() bizdate.Date {
	d := p.date(4, 0)
	for _, row := range p.m.state.Days {
		if row.Closed {
			d = row.Date
		}
	}
	return d
}

func (p *play) record(a approval.Actor) daybookstore.Order {
	date := p.date(6, 2).String()
	amount := rapid.Int64Range(1, 5_000).Draw(p.r, "amount")
	d := []daybook.Draft{
		revenue(date, amount), expense(date, amount),
		movement(date, rapid.SampledFrom(ledger.MovementKinds).Draw(p.r, "movement"), amount),
	}[rapid.IntRange(0, 2).Draw(p.r, "kind")]
	if d.Kind != ledger.Movement {
		d.Mode = rapid.SampledFrom([]ledger.PaymentMode{ledger.Cash, ledger.Cash, ledger.Card}).Draw(p.r, "mode")
	}
	if rapid.IntRange(0, 3).Draw(p.r, "ref") == 0 {
		d.External = &daybook.ExternalRef{System: "pos", ID: fmt.Sprint(rapid.IntRange(0, 9).Draw(p.r, "ref id"))}
	}
	return daybookstore.Order{Actor: a, Key: p.key(), Action: daybook.Record{Draft: d}}
}

func (p *play) decision(a approval.Actor) daybookstore.Order {
	id := ids.Entry{Kind: 'r', Property: p.m.h.desk.Property.UUID, Date: today}
	if len(p.made) > 0 {
		id = p.made[rapid.IntRange(0, len(p.made)-1).Draw(p.r, "entry")]
	}
	o := []daybookstore.Order{approve("", id), reject("", id), withdraw("", id), reverse("", id)}[rapid.IntRange(0, 3).Draw(p.r, "decision")]
	o.Actor, o.Key = a, p.key()
	return o
}

// compare holds the tables against the fold.
func (p *play) compare() {
	h := p.hs[0]
	rows, err := h.Days(p.ctx, h.desk.Book, mustDate("2026-03-01"), mustDate("2026-12-31"))
	if err != nil {
		p.r.Fatal(err)
	}
	if diff := cmp.Diff(p.m.state.Days, rows); diff != "" {
		p.r.Errorf("day rows (-fold +store):\n%s", diff)
	}
	rooms, err := h.Statistics(p.ctx, h.desk.Book, mustDate("2026-03-01"), mustDate("2026-12-31"))
	if diff := cmp.Diff(p.m.statistics(), rooms); diff != "" || err != nil {
		p.r.Errorf("room statistics (-fold +store): %v\n%s", err, diff)
	}
	for _, id := range p.made {
		got, err := h.Entry(p.ctx, h.desk.Book, id)
		if err != nil {
			p.r.Fatal(err)
		}
		opts := []cmp.Option{cmpopts.IgnoreFields(daybook.Entry{}, "RecordedAt"), cmpopts.EquateEmpty()}
		if diff := cmp.Diff(p.m.entries[id.ID], got, opts...); diff != "" {
			p.r.Errorf("entry (-fold +store):\n%s", diff)
		}
	}
	found, err := invariants.Find(p.ctx, h.db, h.desk.Book)
	if err != nil || len(found) > 0 {
		p.r.Errorf("%v\n%v", err, found)
	}
}
