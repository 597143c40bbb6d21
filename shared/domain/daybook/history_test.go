package daybook_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// policies are those that histories are judged by: the default, one with limits and without
// self-approval, one with a daily grant, and one that cannot be read.
var policies = []approval.Policy{
	approval.Default(),
	{Version: 2, Rules: []approval.Rule{
		{Roles: []approval.Role{approval.OwnerAdmin, approval.Accountant}},
		{Roles: []approval.Role{approval.PropertyManager}, MaxAmountMinor: 500, Currency: "EUR", Kinds: []ledger.Kind{ledger.Revenue}},
	}},
	{Version: 3, DailyGrant: true, Rules: []approval.Rule{
		{Roles: []approval.Role{approval.OwnerAdmin}, SelfApproval: true},
		{Roles: []approval.Role{approval.PropertyManager}, MaxAmountMinor: 50, Currency: "EUR", SelfApproval: true},
	}},
	{Version: 4},
}

// history is a random life of a property's books by several actors.
type history struct {
	*book
	at     int                          // the current business date, days from go-live
	closed map[bizdate.Date]daybook.Day // rows as they stood when they were closed
	taken  map[daybook.EventType]int
	judged []approval.Policy // the policy that stood when each event was decided

	checked int // how many events have been looked at by themselves
}

func (h *history) act(t *rapid.T, a daybook.Action) {
	who := rapid.SampledFrom(actors).Draw(t, "who")
	if rapid.Bool().Draw(t, "an owner does it") {
		who = owner // often enough that histories get somewhere
	}
	events, err := h.do(who, a)
	if err != nil && len(events) > 0 {
		t.Fatalf("refused, and yet %d events", len(events))
	}
	for _, e := range events {
		h.taken[e.Data.Type()]++
		h.judged = append(h.judged, h.state.Policy)
		switch e.Data.(type) {
		case daybook.DayClosed:
			h.closed[e.Stream] = h.row(e.Stream)
		case daybook.DayReopened:
			delete(h.closed, e.Stream)
		}
	}
}

func (h *history) date(t *rapid.T) bizdate.Date {
	return may(1).AddDays(h.at + rapid.IntRange(-6, 2).Draw(t, "date"))
}

func (h *history) some(t *rapid.T) string {
	if len(h.order) == 0 {
		t.Skip("there is no entry yet")
	}
	return rapid.SampledFrom(h.order).Draw(t, "entry")
}

func draft(d bizdate.Date) *rapid.Generator[daybook.Record] {
	return rapid.Custom(func(t *rapid.T) daybook.Record {
		minor := rapid.Int64Range(1, 1_000).Draw(t, "amount")
		switch rapid.SampledFrom(ledger.Kinds).Draw(t, "kind") {
		case ledger.Movement:
			return movement(d, rapid.SampledFrom(ledger.MovementKinds).Draw(t, "movement"), minor)
		case ledger.Expense:
			return expense(d, rapid.SampledFrom(ledger.PaymentModes).Draw(t, "mode"), minor)
		default:
			return revenue(d, rapid.SampledFrom(ledger.PaymentModes).Draw(t, "mode"), minor, rapid.Int64Range(1, minor).Draw(t, "tax"))
		}
	})
}

func (h *history) actions() map[string]func(*rapid.T) {
	record := func(t *rapid.T) { h.act(t, draft(h.date(t)).Draw(t, "draft")) }
	return map[string]func(*rapid.T){
		"record": record, "record more": record, "record again": record,
		"approve":  func(t *rapid.T) { h.act(t, daybook.Approve{EntryID: h.some(t)}) },
		"reject":   func(t *rapid.T) { h.act(t, daybook.Reject{EntryID: h.some(t), Reason: "r"}) },
		"withdraw": func(t *rapid.T) { h.act(t, daybook.Withdraw{EntryID: h.some(t), Reason: "r"}) },
		"reverse":  func(t *rapid.T) { h.act(t, daybook.Reverse{EntryID: h.some(t), Reason: "r"}) },
		"count":    func(t *rapid.T) { h.act(t, counted(h.date(t), rapid.Int64Range(0, 3_000).Draw(t, "counted"))) },
		"statistics": func(t *rapid.T) {
			h.act(t, daybook.RecordStatistics{Date: h.date(t), Rooms: rooms().Draw(t, "rooms")})
		},
		"close": func(t *rapid.T) { h.act(t, daybook.Close{Date: h.date(t).AddDays(-2)}) },
		"reopen": func(t *rapid.T) {
			d := h.date(t)
			for x := range h.closed {
				if last := rapid.Bool().Draw(t, "the last"); last {
					d = max(d, x)
				}
			}
			h.act(t, daybook.Reopen{Date: d, Reason: "r"})
		},
		"opening": func(t *rapid.T) {
			h.act(t, daybook.SetOpening{OpeningMinor: rapid.Int64Range(0, 5_000).Draw(t, "opening")})
		},
		"grant":    func(t *rapid.T) { h.act(t, daybook.Grant{Subject: rapid.SampledFrom(actors).Draw(t, "whom").Subject}) },
		"tomorrow": func(*rapid.T) { h.at++; h.state.Today = may(1).AddDays(h.at) },
		"policy":   func(t *rapid.T) { h.state.Policy = rapid.SampledFrom(policies).Draw(t, "policy") },
		"":         h.check,
	}
}

// TestRandomHistories: whatever several people do in whatever order, the invariants hold after each
// step.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	taken := map[daybook.EventType]int{}
	rapid.Check(t, func(r *rapid.T) {
		h := &history{book: opened(t, 1_000), closed: map[bizdate.Date]daybook.Day{}, taken: taken}
		h.t = failing{TB: t, r: r}
		h.judged = []approval.Policy{h.state.Policy}
		h.at = 3
		h.state.Today = may(1).AddDays(h.at)
		r.Repeat(h.actions())
	})
	for _, kind := range []daybook.EventType{
		daybook.TypeOpeningSet, daybook.TypeEntryRecorded, daybook.TypeEntryApproved, daybook.TypeEntryRejected, daybook.TypeEntryWithdrawn,
		daybook.TypeEntryReversed, daybook.TypeCashCounted, daybook.TypeDayClosed, daybook.TypeDayReopened, daybook.TypeDailyGranted,
		daybook.TypeStatisticsRecorded,
	} {
		if taken[kind] == 0 && !t.Failed() {
			t.Errorf("no history had the event %s", kind)
		}
	}
}

// failing lets the book's own checks fail the history that is being drawn.
type failing struct {
	testing.TB
	r *rapid.T
}

func (f failing) Helper() {}

func (f failing) Fatalf(format string, args ...any) { f.r.Fatalf("%s", fmt.Sprintf(format, args...)) }
