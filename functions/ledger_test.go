package functions_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"innkeep.internal/shared/core/tenant"
)

const (
	goLive       = "2026-03-02"
	goLiveCash   = 100_000
	cutoffLocal  = "04:00" // of the house of the month: 240 minutes
	cutoffMinute = 240
)

// ledger is a house, its people, and what the test itself expects of its books.
type ledger struct {
	*house
	t                                        *testing.T
	zone                                     *time.Location
	owner, manager, accountant, front, other person
	property                                 string
	entries                                  []*posting // all that was recorded, as the test expects it to stand
	lastClosed                               string
	closed                                   map[string]dayReport // the reports of closed days, as they were
	otherBooks                               []tenant.Book
	strangers                                string // the events of the other organisation
	nothing                                  string // the answer for what is missing
	steps                                    int
}

func newLedger(t *testing.T) *ledger {
	h := newHouse(t, goLive)
	m := &ledger{house: h, t: t, closed: map[string]dayReport{}}
	var err error
	if m.zone, err = time.LoadLocation("Europe/Lisbon"); err != nil {
		t.Fatal(err)
	}
	m.owner, _ = h.founder(t)
	m.property = m.owner.property("MAIN", goLive, goLiveCash, fmt.Sprintf(`,"cutoffMinutes":%d`, cutoffMinute))
	m.manager = m.owner.member("manager", "PROPERTY_MANAGER", m.property)
	m.accountant = m.owner.member("accountant", "ACCOUNTANT")
	m.front = m.owner.member("front", "FRONT_DESK", m.property)
	m.other, _ = h.founder(t)
	theirs := m.other.property("MAIN", goLive, 1, "")
	m.other.record("revenues", theirs, goLive)
	m.otherBooks = []tenant.Book{{Org: m.other.org, Property: tenant.Setup}, {Org: m.other.org, Property: tenant.PropertyID(theirs)}}
	m.strangers = h.events(t, m.otherBooks...)
	m.verify("the beginning")
	return m
}

func (m *ledger) date(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		m.t.Fatal(err)
	}
	return d
}

// local is a wall clock's moment at the house.
func (m *ledger) local(date, clock string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", date+" "+clock, m.zone)
	if err != nil {
		m.t.Fatal(err)
	}
	return at
}

// businessDate is I17 in this test's words: what the wall clock shows before the cut-off belongs to
// the calendar day before.
func (m *ledger) businessDate(at time.Time) string {
	wall := at.In(m.zone)
	if wall.Format("15:04") < cutoffLocal {
		return m.date(wall.Format(time.DateOnly)).AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return wall.Format(time.DateOnly)
}

// openDay is where late things count.
func (m *ledger) openDay() string {
	e := max(m.businessDate(m.clock.now()), goLive)
	if m.lastClosed != "" {
		e = max(e, m.date(m.lastClosed).AddDate(0, 0, 1).Format(time.DateOnly))
	}
	return e
}

// counts makes an entry count on its date, or on the open day when that is closed.
func (m *ledger) counts(e *posting) {
	e.Status, e.PostedDate = "APPROVED", e.BusinessDate
	if e.BusinessDate <= m.lastClosed {
		e.PostedDate = m.openDay()
	}
}

// post records an entry; without a date, more gives the moment that dates it.
func (m *ledger) post(p person, what, date string, amount int64, more string) *posting {
	m.t.Helper()
	if date != "" {
		more += fmt.Sprintf(`,"businessDate":%q`, date)
	}
	body := fmt.Sprintf(`{"propertyId":%q,"currency":"EUR","amountMinor":%d,%s}`, m.property, amount, more)
	e := &posting{}
	p.must(201, "POST", "/v1/finance/"+what, body).into(e)
	status := "PENDING"
	if p.token == m.owner.token {
		status = "APPROVED"
	}
	if e.Status != status || e.AmountMinor != amount || date != "" && e.BusinessDate != date {
		m.t.Errorf("%s recorded as %+v, want %s", body, e, status)
	}
	if status == "APPROVED" {
		m.counts(e)
	}
	m.entries = append(m.entries, e)
	m.verify("post " + what + " " + e.BusinessDate)
	return e
}

func (m *ledger) refuse(p person, status int, code, what, date string) {
	m.t.Helper()
	before := m.rows(m.t)
	a := p.refused(status, code, "POST", "/v1/finance/"+what, entryBody(what, m.property, date))
	if facts, _ := a.Body["facts"].(map[string]any); facts["openDay"] != m.openDay() {
		m.t.Errorf("the refusal names another open day than %s: %s", m.openDay(), a.Raw)
	}
	if after := m.rows(m.t); after != before {
		m.t.Errorf("a refusal wrote rows: %s, before %s", after, before)
	}
	m.verify("refuse " + date)
}

func (m *ledger) decide(p person, e *posting, decision string) {
	m.t.Helper()
	r, a := p.decide([][2]string{{e.ID, decision}})
	e.Status = map[string]string{"APPROVE": "APPROVED", "REJECT": "REJECTED", "WITHDRAW": "WITHDRAWN"}[decision]
	if decision == "APPROVE" {
		m.counts(e)
	}
	if r[0].Status != e.Status || r[0].PostedDate != e.PostedDate {
		m.t.Errorf("%s: %s, want %s on %s", decision, a.Raw, e.Status, e.PostedDate)
	}
	m.verify(decision + " " + e.BusinessDate)
}

func (m *ledger) reverse(p person, e *posting) {
	m.t.Helper()
	path := map[string]string{"REVENUE": "revenues", "EXPENSE": "expenses", "MOVEMENT": "movements"}[e.Type]
	r := &posting{}
	p.must(201, "POST", "/v1/finance/"+path+"/"+e.ID+"/reverse", `{"reason":"wrong"}`).into(r)
	on := e.PostedDate
	if on <= m.lastClosed {
		on = m.openDay()
	}
	if r.BusinessDate != on || r.PostedDate != on || r.AmountMinor != -e.AmountMinor || r.ReversalOf != e.ID {
		m.t.Errorf("the reversal of %+v is %+v, want it on %s", e, r, on)
	}
	e.Status = "REVERSED"
	m.entries = append(m.entries, r)
	m.verify("reverse " + e.BusinessDate)
}

// count counts the drawer with a difference, which an owner then books as over or short.
func (m *ledger) count(date string, variance int64) {
	m.t.Helper()
	counted := m.expect(date, date).ClosingMinor + variance
	var c struct{ ExpectedMinor, VarianceMinor int64 }
	m.front.must(201, "POST", "/v1/finance/days/"+date+"/count", fmt.Sprintf(`{"propertyId":%q,"countedMinor":%d,"blind":true}`,
		m.property, counted)).into(&c)
	if c.VarianceMinor != variance {
		m.t.Errorf("count of %s: %+v, want a variance of %d", date, c, variance)
	}
	m.verify("count " + date)
	switch {
	case variance < 0:
		m.post(m.owner, "movements", date, -variance, `"kind":"SHORT"`)
	case variance > 0:
		m.post(m.owner, "movements", date, variance, `"kind":"OVER"`)
	}
	if closing := m.owner.day(m.property, date).ClosingMinor; closing != counted {
		m.t.Errorf("%s closes at %d after the count of %d", date, closing, counted)
	}
}

func (m *ledger) close(p person, date string) {
	m.t.Helper()
	p.closeDay(m.property, date)
	m.lastClosed = date
	m.verify("close " + date)
	for d := m.date(goLive); d.Format(time.DateOnly) <= date; d = d.AddDate(0, 0, 1) {
		day := d.Format(time.DateOnly)
		if _, kept := m.closed[day]; !kept {
			m.closed[day] = m.dayOf(day)
		}
	}
	m.closedStay(m.date(date).AddDate(0, 0, -5).Format(time.DateOnly))
}

func (m *ledger) reopen(date string) {
	m.t.Helper()
	m.owner.reopenDay(m.property, date)
	delete(m.closed, date)
	m.lastClosed = slices.Max(slices.Collect(maps.Keys(m.closed)))
	m.verify("reopen " + date)
}
