package invariants

import (
	"encoding/json"
	"slices"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

// entryKey is an entry's place without the property.
type entryKey struct{ date, kind, id string }

func (k entryKey) where() place { return place{k.date + " " + k.kind + " " + k.id, on(k.date).date} }

func (e entry) key() entryKey { return entryKey{e.BusinessDate.String(), e.Kind, e.EntryId} }

// life is what the events say of one entry.
type life struct {
	made    []event
	facts   daybook.Facts
	legs    []ledger.Leg // since it counts
	decided []event
	reason  []event // reversals of it
}

func (c *check) lives() map[entryKey]*life {
	all := map[entryKey]*life{}
	of := func(date, kind, id string) *life {
		k := entryKey{date, kind, id}
		if all[k] == nil {
			all[k] = &life{}
		}
		return all[k]
	}
	decided := func(e event, d daybook.Decision) *life {
		l := of(d.BusinessDate.String(), string(d.Kind), d.EntryID)
		l.decided = append(l.decided, e)
		return l
	}
	for _, e := range c.events {
		switch d := e.data.(type) {
		case daybook.EntryRecorded:
			l := of(d.BusinessDate.String(), string(d.Kind), d.EntryID)
			l.made, l.facts = append(l.made, e), d.Facts
			if d.Legs != nil {
				l.legs, l.decided = d.Legs, append(l.decided, e)
			}
		case daybook.EntryReversed:
			l := of(d.BusinessDate.String(), string(d.Kind), d.EntryID)
			l.made, l.facts, l.legs, l.decided = append(l.made, e), d.Facts, d.Legs, append(l.decided, e)
			o := of(d.Original.BusinessDate.String(), string(d.Original.Kind), d.Original.EntryID)
			o.reason = append(o.reason, e)
		case daybook.EntryApproved:
			decided(e, d.Decision).legs = d.Legs
		case daybook.EntryRejected:
			decided(e, d.Decision)
		case daybook.EntryWithdrawn:
			decided(e, d.Decision)
		}
	}
	return all
}

// entryRows proves that every row is what its events say (I10), of one currency and whole (I1),
// with balanced legs where it counts and none where it does not (I2, I7), decided at most once and
// reversed at most once (I7).
func (c *check) entryRows() {
	lives := c.lives()
	for _, e := range c.entries {
		where := e.where()
		same(c, "I1", where, "gross", e.AmountMinor, e.NetMinor+e.TaxMinor)
		if len(c.days) > 0 {
			same(c, "I1", where, "the currency", e.Currency, c.days[0].Currency)
		}
		c.taxes(e)
		l := lives[e.key()]
		delete(lives, e.key())
		if l == nil || len(l.made) == 0 {
			c.failf("I10", where, "no event made this row")
			continue
		}
		same(c, "I7", where, "the number of events that made it", len(l.made), 1)
		if len(l.decided) > 1 || len(l.reason) > 1 {
			c.failf("I7", where, "was decided %d times and reversed %d times", len(l.decided), len(l.reason))
			continue
		}
		c.facts(e, l)
		c.standing(e, l)
	}
	for k := range lives {
		c.failf("I10", k.where(), "events tell of an entry that has no row")
	}
}

func (c *check) taxes(e entry) {
	var lines []ledger.TaxLine
	if e.TaxLines.Valid {
		if err := json.Unmarshal([]byte(e.TaxLines.StringVal), &lines); err != nil {
			c.failf("I1", e.where(), "tax lines: %v", err)
		}
	}
	var sum int64
	for _, l := range lines {
		sum += l.AmountMinor
	}
	same(c, "I1", e.where(), "the tax", e.TaxMinor, sum)
}

func (c *check) facts(e entry, l *life) {
	where, f := e.where(), l.facts
	same(c, "I10", where, "where it was recorded", e.RecordedStream.String(), l.made[0].StreamId)
	same(c, "I10", where, "its version", e.RecordedVersion, l.made[0].Version)
	if !e.RecordedAt.Equal(l.made[0].RecordedAt) {
		c.failf("I10", where, "was written at %v and its event at %v: two commits", e.RecordedAt, l.made[0].RecordedAt)
	}
	same(c, "I2", where, "the amount", e.AmountMinor, f.AmountMinor)
	same(c, "I2", where, "the net", e.NetMinor, f.NetMinor)
	same(c, "I2", where, "the mode", e.PaymentMode, string(f.Mode))
	same(c, "I2", where, "the category", e.Category, f.Category)
	same(c, "I2", where, "the currency", e.Currency, string(f.Currency))
	same(c, "I2", where, "the creator", e.CreatedBy, l.made[0].actor.Subject)
	same(c, "I10", where, "what it reverses", e.ReversalOf.StringVal, f.ReversalOf)
}

// standing compares where the row stands with the events that decided and reversed it.
func (c *check) standing(e entry, l *life) {
	where, status, posted := e.where(), "PENDING", ""
	var decided event
	if len(l.decided) == 1 {
		decided = l.decided[0]
		status = map[string]string{"EntryRejected": "REJECTED", "EntryWithdrawn": "WITHDRAWN"}[decided.Type]
		if status == "" {
			status, posted = "APPROVED", decided.StreamId
		}
	}
	reversedBy := ""
	if len(l.reason) == 1 {
		if status != "APPROVED" {
			c.failf("I7", where, "is reversed although it is %s", status)
		}
		status = "REVERSED"
		if d, ok := l.reason[0].data.(daybook.EntryReversed); ok {
			reversedBy = d.Locator(c.property())
		}
	}
	same(c, "I10", where, "the status", e.Status, status)
	same(c, "I10", where, "the posted date", dateText(e.PostedDate.Valid, e.PostedDate.Date.String()), posted)
	same(c, "I10", where, "where it was decided", dateText(e.DecidedStream.Valid, e.DecidedStream.Date.String()), decided.StreamId)
	same(c, "I10", where, "the deciding version", e.DecidedVersion.Int64, decided.Version)
	same(c, "I10", where, "who decided", e.DecidedBy.StringVal, decided.actor.Subject)
	same(c, "I10", where, "what reversed it", e.ReversedBy.StringVal, reversedBy)
	same(c, "I10", where, "that it waits", e.PendingDate.Valid, status == "PENDING")
	same(c, "I10", where, "that it is late", e.LateDate.Valid, posted != "" && posted != e.BusinessDate.String())
	legs, err := legsOf(e.Legs)
	if err != nil || !slices.Equal(legs, l.legs) || sum(legs) != 0 || (len(legs) > 0) != e.counts() {
		c.failf("I7", where, "%s has the legs %v, its events %v (%v)", status, legs, l.legs, err)
	}
}

func dateText(valid bool, text string) string {
	if !valid {
		return ""
	}
	return text
}

func (c *check) property() ids.UUID {
	id, _ := ids.ParseUUID(string(c.book.Property)) // a property's id is a UUID: its key in every table
	return id
}

// reversals proves that an entry and its reversal name each other and sum to zero (I7).
func (c *check) reversals() {
	rows := map[entryKey]entry{}
	for _, e := range c.entries {
		rows[e.key()] = e
	}
	for _, r := range c.entries {
		if !r.ReversalOf.Valid {
			continue
		}
		id, err := ids.ParseEntry(r.ReversalOf.StringVal)
		kind, _ := daybook.KindOfLocator(id)
		o, found := rows[entryKey{id.Date.String(), string(kind), id.ID.String()}]
		if err != nil || !found {
			c.failf("I7", r.where(), "reverses what is not there")
			continue
		}
		back, _ := ids.ParseEntry(o.ReversedBy.StringVal)
		same(c, "I7", o.where(), "the reversal that it names", back.ID.String(), r.EntryId)
		same(c, "I7", r.where(), "the sum with its original", r.AmountMinor+o.AmountMinor, 0)
		same(c, "I7", r.where(), "the net's sum with its original", r.NetMinor+o.NetMinor, 0)
		same(c, "I7", r.where(), "that a reversal is final", r.Status, "APPROVED")
		mine, _ := legsOf(r.Legs)
		theirs, _ := legsOf(o.Legs)
		if !slices.Equal(ledger.Opposite(mine), theirs) {
			c.failf("I7", r.where(), "the legs %v are not the opposite of %v", mine, theirs)
		}
	}
}
