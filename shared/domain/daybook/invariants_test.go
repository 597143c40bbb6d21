package daybook_test

import (
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// check is what holds after each step of a history.
func (h *history) check(t *rapid.T) {
	m := newModel(h.state.Property.GoLive, h.events)
	h.checkDays(t, m)
	h.checkEntries(t, m)
	h.checkStreams(t)
	h.checkStatistics(t)
	for ; h.checked < len(h.events); h.checked++ {
		h.checkEvent(t, m, h.checked)
	}
	for d, was := range h.closed { // what a closed day says never changes
		if diff := cmp.Diff(was, h.row(d)); diff != "" {
			t.Fatalf("closed day %v changed (-was +is):\n%s", d, diff)
		}
	}
}

// checkDays: I3, I4, I5 and I6 against the model.
func (h *history) checkDays(t *rapid.T, m model) {
	want := m.days()
	if len(h.state.Days) != len(want) {
		t.Fatalf("%d rows, want %d", len(h.state.Days), len(want))
	}
	for i, d := range h.state.Days {
		v, isCounted := d.VarianceMinor()
		got := figures{d.OpeningMinor, d.ClosingMinor, d.Flows, d.Closed, isCounted, v, d.Version}
		if got != want[d.Date] {
			t.Fatalf("%v: %+v, want %+v", d.Date, got, want[d.Date])
		}
		if i > 0 && (h.state.Days[i-1].Date >= d.Date || h.state.Days[i-1].ClosingMinor != d.OpeningMinor) {
			t.Fatalf("%v opens with %d after %+v", d.Date, d.OpeningMinor, h.state.Days[i-1])
		}
		if d.Date < h.state.Property.GoLive || d.Date > h.state.Today.AddDays(1) {
			t.Fatalf("a row on %v, today is %v", d.Date, h.state.Today)
		}
	}
	if last := h.state.Days[len(h.state.Days)-1]; m.cash() != last.ClosingMinor {
		t.Fatalf("the drawer's account is %d, the last closing %d", m.cash(), last.ClosingMinor)
	}
}

// checkEntries: I1, I2, I7 and the entries' own rows against the model.
func (h *history) checkEntries(t *rapid.T, m model) {
	if len(h.entries) != len(m.recorded) {
		t.Fatalf("%d entries, want %d", len(h.entries), len(m.recorded))
	}
	for id, x := range m.recorded {
		e := h.entries[id]
		if e.Status != x.status || e.PostedDate != x.posted || !cmp.Equal(e.Legs, x.legs) || e.CreatedBy != x.by.Subject || e.Recorded != x.on {
			t.Fatalf("entry %+v, want %+v", e, x)
		}
		net := e.NetMinor
		for _, tax := range e.Taxes {
			net += tax.AmountMinor
		}
		if net != e.AmountMinor || e.Currency != h.state.Property.Currency {
			t.Fatalf("net and taxes are %d, gross %d", net, e.AmountMinor)
		}
		if len(x.approvals) > 1 || x.reversals > 1 {
			t.Fatalf("entry %s has %d approvals and %d reversals", id, len(x.approvals), x.reversals)
		}
		if counts := x.status == daybook.Approved || x.status == daybook.Reversed; counts != (len(x.legs) > 0) {
			t.Fatalf("a %s entry has the legs %v", x.status, x.legs)
		}
		if sumByAccount(x.legs)["sum"] != 0 {
			t.Fatalf("the legs %v do not balance", x.legs)
		}
		if x.original != "" {
			first := m.recorded[x.original]
			for account, left := range sumByAccount(append(append([]ledger.Leg(nil), x.legs...), first.legs...)) {
				if left != 0 {
					t.Fatalf("entry and reversal leave %d on %s", left, account)
				}
			}
			if first.facts.AmountMinor+x.facts.AmountMinor != 0 || first.posted > x.posted {
				t.Fatalf("%+v does not undo %+v", x, first)
			}
		}
	}
}

// sumByAccount sums legs by account, and all of them under "sum".
func sumByAccount(legs []ledger.Leg) map[string]int64 {
	out := map[string]int64{}
	for _, l := range legs {
		out[l.Account] += l.AmountMinor
		out["sum"] += l.AmountMinor
	}
	return out
}

// checkStreams: I11, and I5 by folding each stream by itself, with neither other days nor entries.
func (h *history) checkStreams(t *rapid.T) {
	alone := map[bizdate.Date]daybook.State{}
	chain := map[bizdate.Date]daybook.Hash{}
	for _, e := range h.events {
		s, begun := alone[e.Stream]
		if !begun {
			s = daybook.State{Book: h.state.Book, Property: h.state.Property, Days: []daybook.Day{{Date: e.Stream}}}
		}
		if e.Version != s.Days[0].Version+1 {
			t.Fatalf("%v/%d follows version %d", e.Stream, e.Version, s.Days[0].Version)
		}
		if chain[e.Stream] = link(chain[e.Stream], h.state.Book, e); chain[e.Stream] != e.Chain {
			t.Fatalf("%v/%d: another link", e.Stream, e.Version)
		}
		data, err := daybook.DecodeData(e.Data.Type(), daybook.SchemaVersion, e.Raw.Data)
		if err != nil {
			t.Fatal(err)
		}
		e.Data = data // as a store reads it
		if s, err = daybook.Evolve(s, e); err != nil {
			t.Fatal(err)
		}
		alone[e.Stream] = s
	}
	for _, row := range h.state.Days {
		folded := alone[row.Date].Days[0]
		folded.OpeningMinor, folded.ClosingMinor = row.OpeningMinor, row.ClosingMinor // these follow I4
		if diff := cmp.Diff(folded, row); diff != "" {
			t.Fatalf("%v is not its stream's fold (-fold +row):\n%s", row.Date, diff)
		}
	}
}

// checkEvent: I13 and I15 of an event, and what a close says (I14).
func (h *history) checkEvent(t *rapid.T, m model, n int) {
	e := h.events[n]
	closed := m.closedBefore(n, e.Stream)
	if _, reopens := e.Data.(daybook.DayReopened); closed != reopens {
		t.Fatalf("%s on %v, which was closed: %v", e.Data.Type(), e.Stream, closed)
	}
	switch data := e.Data.(type) {
	case daybook.DayClosed:
		row := h.row(e.Stream)
		if data.Flows != row.Flows || data.OpeningMinor != row.OpeningMinor || data.ClosingMinor != row.ClosingMinor {
			t.Fatalf("closed with %+v, the row is %+v", data, row)
		}
		if v, isCounted := row.VarianceMinor(); isCounted != (data.VarianceMinor != nil) || isCounted && (*data.VarianceMinor != v || *data.CountedMinor != row.CountedMinor) {
			t.Fatalf("closed with the variance %v, the row has %d", data.VarianceMinor, v)
		}
	case daybook.CashCounted:
		v, _ := h.row(e.Stream).VarianceMinor()
		if data.VarianceMinor != v || data.CountedMinor-data.ExpectedMinor != v || data.CountedMinor != h.row(e.Stream).CountedMinor {
			t.Fatalf("counted with %+v, the row has the variance %d", data, v)
		}
	case daybook.EntryRecorded:
		if len(data.Legs) > 0 {
			h.checkJudge(t, n, e.Actor.Subject, data.Facts)
		}
	case daybook.EntryApproved:
		h.checkJudge(t, n, data.CreatedBy, m.recorded[data.EntryID].facts)
	case daybook.EntryReversed:
		h.checkJudge(t, n, data.Original.CreatedBy, m.recorded[data.Original.EntryID].facts)
	}
}

// checkJudge: somebody decided whom a rule lets do it, and not the creator unless that rule does (I15).
func (h *history) checkJudge(t *rapid.T, n int, creator string, f daybook.Facts) {
	actor := h.events[n].Actor
	for _, r := range h.judged[n].Rules {
		for _, role := range r.Roles {
			within := r.MaxAmountMinor == 0 || f.AmountMinor <= r.MaxAmountMinor
			ofKind := len(r.Kinds) == 0 || r.Kinds[0] == f.Kind
			if role == actor.Role && role != approval.FrontDesk && within && ofKind && (creator != actor.Subject || r.SelfApproval) {
				return
			}
		}
	}
	t.Fatalf("%+v decided on %+v of %s under %+v", actor, f, creator, h.judged[n])
}
