package invariants

import (
	"time"

	"encoding/json"

	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
)

// approvals proves that whoever let an entry count, or refused it, was allowed to by the policy that
// the event names (I15). A policy that the tables do not hold cannot be asked.
func (c *check) approvals() {
	for _, e := range c.events {
		p, known := c.policies[e.judged.Policy]
		if !known {
			continue
		}
		var err error
		switch d := e.data.(type) {
		case daybook.EntryRecorded:
			if d.Legs != nil {
				err = p.Allows(e.actor, item(d.Facts, e.actor.Subject))
			}
		case daybook.EntryReversed:
			err = p.Allows(e.actor, item(d.Facts, d.Original.CreatedBy))
		case daybook.EntryApproved:
			err = p.Allows(e.actor, decided(d.Decision))
		case daybook.EntryRejected:
			err = p.Allows(e.actor, decided(d.Decision))
		case daybook.EntryWithdrawn:
			same(c, "I15", e.where(), "who withdrew it", e.actor.Subject, d.CreatedBy)
		}
		if err != nil {
			c.failf("I15", e.where(), "%s by %s: %v", e.Type, e.actor.Role, err)
		}
	}
}

func item(f daybook.Facts, createdBy string) approval.Item {
	return approval.Item{
		Kind: f.Kind, Category: f.Category, Mode: f.Mode, AmountMinor: f.AmountMinor, Currency: f.Currency, CreatedBy: createdBy,
	}
}

func decided(d daybook.Decision) approval.Item {
	return approval.Item{
		Kind: d.Kind, Category: d.Category, Mode: d.Mode, AmountMinor: d.AmountMinor, Currency: d.Currency, CreatedBy: d.CreatedBy,
	}
}

// countRows proves that every count stands as it was made (I10, I14), and every grant.
func (c *check) countRows() {
	rows := map[daybook.Position]count{}
	for _, x := range c.counts {
		e := event{StreamId: x.BusinessDate.String(), Version: x.Version}
		rows[at(e)] = x
	}
	granted := map[[2]string]string{}
	for _, e := range c.events {
		switch d := e.data.(type) {
		case daybook.CashCounted:
			x, found := rows[at(e)]
			delete(rows, at(e))
			if !found {
				c.failf("I10", e.where(), "the count has no row")
				continue
			}
			c.countRow(e, d, x)
		case daybook.DailyGranted:
			granted[[2]string{e.StreamId, d.Subject}] = e.actor.Subject
		}
	}
	for p := range rows {
		c.failf("I10", on(p.Stream.String()), "a count has no event")
	}
	for _, g := range c.grants {
		k := [2]string{g.BusinessDate.String(), g.Subject}
		same(c, "I10", on(k[0]), "who granted "+g.Subject, g.GrantedBy, granted[k])
		delete(granted, k)
	}
	for k := range granted {
		c.failf("I10", on(k[0]), "the grant for %s has no row", k[1])
	}
}

func (c *check) countRow(e event, d daybook.CashCounted, x count) {
	where := e.where()
	same(c, "I14", where, "the counted sum", x.CountedMinor, d.CountedMinor)
	same(c, "I14", where, "the expected sum", x.ExpectedMinor, d.ExpectedMinor)
	same(c, "I14", where, "the variance", x.VarianceMinor, d.VarianceMinor)
	same(c, "I14", where, "the variance's arithmetic", d.VarianceMinor, d.CountedMinor-d.ExpectedMinor)
	same(c, "I14", where, "who counted", x.CountedBy, e.actor.Subject)
	same(c, "I14", where, "that it was blind", x.Blind, d.Blind)
	same(c, "I14", where, "the note", x.Note.StringVal, d.Note)
	same(c, "I1", where, "the currency", x.Currency, string(d.Currency))
	same(c, "I10", where, "that it was written in its event's commit", x.RecordedAt.Equal(e.RecordedAt), true)
	if len(d.Denominations) > 0 {
		text, _ := json.Marshal(d.Denominations) //nolint:errchkjson // plain data
		same(c, "I14", where, "the denominations", x.Denominations.StringVal, string(text))
	}
}

// commandAge is how long a command's row is there at least: it is deleted some time after 90 days.
const commandAge = 90 * 24 * time.Hour

// commandRows proves that every command row names the event that its command caused, written in one
// commit, and that every command has its row (I8). The event that begins a property's books belongs
// to the command that created the property; the days that a long close takes in earlier commits
// have their row with the day that it was about. A correction is nobody's command: Corrections has it.
func (c *check) commandRows() {
	events := map[daybook.Position]event{}
	for _, e := range c.events {
		events[at(e)] = e
	}
	answered := map[string]bool{}
	for _, x := range c.commands {
		named := event{StreamId: x.StreamId, Version: x.Version}
		e, found := events[at(named)]
		answered[string(x.CommandKey)] = true
		if !found || string(e.Cause) != string(x.CommandKey) || !e.RecordedAt.Equal(x.RecordedAt) {
			c.failf("I8", named.where(), "the command row is not of an event of its commit")
		}
	}
	if c.expired {
		return
	}
	for _, e := range c.events {
		if c.at.Sub(e.RecordedAt) > commandAge {
			continue
		}
		begins := e.Type == string(daybook.TypeOpeningSet) && e.Version == 1
		corrects := e.Type == string(daybook.TypeBalanceCorrected) // its row is in Corrections
		if !begins && !corrects && e.Type != string(daybook.TypeDayClosed) && !answered[string(e.Cause)] {
			c.failf("I8", e.where(), "%s has no command row", e.Type)
		}
	}
}
