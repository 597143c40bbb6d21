package invariants

import (
	"cloud.google.com/go/civil"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
)

//nolint:revive // the columns' names
type match struct {
	ClearedOn civil.Date
	MatchId   string
	EntryIds  []string
	LineIds   []string
	Status    string
}

//nolint:revive // the columns' names
type memberRow struct {
	Side       string
	MemberId   string
	MatchId    string
	MemberDate civil.Date
	ClearedOn  civil.Date
}

func (m match) where() place { return place{"match " + m.MatchId, civilOf(m.ClearedOn)} }

func civilOf(d civil.Date) bizdate.Date {
	n, _ := bizdate.FromNumber(int64(d.Year)*10_000 + int64(d.Month)*100 + int64(d.Day)) // what a DATE column holds is a date
	return n
}

// matchRows proves that an entry and a statement line stand in one match at most, that a match is one to
// one, many to one, or of an entry and its reversal, and that the rows of members say what the matches
// say (I19).
func (c *check) matchRows() {
	rows := map[string]memberRow{}
	for _, r := range c.members {
		rows[r.Side+" "+r.MemberId] = r
	}
	in := map[string]string{}
	for _, m := range c.matches {
		e, l := len(m.EntryIds), len(m.LineIds)
		same(c, "I19", m.where(), "that the match is one to one or many to one", e == 1 && l >= 1 || e >= 1 && l == 1 || e == 2 && l == 0, true)
		if m.Status != "ACTIVE" {
			continue
		}
		for _, id := range m.EntryIds {
			c.memberOf(m, rows, in, "BOOK "+id)
			c.matchedEntry(m, rows["BOOK "+id])
		}
		for _, id := range m.LineIds {
			c.memberOf(m, rows, in, "BANK "+id)
		}
	}
	for id, r := range rows {
		if in[id] == "" {
			c.failf("I19", place{id, civilOf(r.MemberDate)}, "it stands in the match %s, which does not have it", r.MatchId)
		}
	}
}

// memberOf compares the row of a member with its match.
func (c *check) memberOf(m match, rows map[string]memberRow, in map[string]string, id string) {
	if in[id] != "" {
		c.failf("I19", m.where(), "%s stands in the match %s as well", id, in[id])
	}
	in[id] = m.MatchId
	r := rows[id]
	same(c, "I19", m.where(), "the match of "+id, r.MatchId, m.MatchId)
	same(c, "I19", m.where(), "the date on which "+id+" was cleared", r.ClearedOn, m.ClearedOn)
	same(c, "I19", m.where(), "that "+id+" is not later than its match", r.MemberDate.After(m.ClearedOn), false)
}

// matchedEntry proves that what is matched is an entry that counts, on the date that its row says.
func (c *check) matchedEntry(m match, r memberRow) {
	id, err := ids.ParseEntry(r.MemberId)
	if err != nil {
		c.failf("I19", m.where(), "%s is no entry", r.MemberId)
		return
	}
	for _, e := range c.entries {
		if e.EntryId == id.ID.String() {
			same(c, "I19", m.where(), "the date of "+r.MemberId, r.MemberDate, e.PostedDate.Date)
			return
		}
	}
	c.failf("I19", m.where(), "the book has no entry %s", r.MemberId)
}
