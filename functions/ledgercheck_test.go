package functions_test

import (
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/testkit"
)

// verify proves after a step that tables, reports and lists are what they should be.
func (m *ledger) verify(step string) {
	m.t.Helper()
	m.steps++
	m.owner.check(m.property)
	m.boundary()
	m.tenancy()
	m.dayRows()
	m.months()
	if m.t.Failed() {
		m.t.Fatalf("after step %d, %s", m.steps, step)
	}
}

// expect is what a report of a range should say.
func (m *ledger) expect(from, to string) figures {
	opening := int64(goLiveCash)
	for _, e := range m.entries {
		if e.PostedDate != "" && e.PostedDate < from {
			before := emptyFigures(0)
			before.post(*e)
			opening += before.ClosingMinor
		}
	}
	f := emptyFigures(opening)
	for _, e := range m.entries {
		if e.PostedDate >= from && e.PostedDate <= to && e.PostedDate != "" {
			f.post(*e)
		}
	}
	return f
}

// boundary proves I17: what was dated by its moment stands on the date that zone and cut-off give.
func (m *ledger) boundary() {
	m.t.Helper()
	book := tenant.Book{Org: m.owner.org, Property: tenant.PropertyID(m.property)}
	keys := spanner.Key{book.Shard(), string(book.Org), string(book.Property)}.AsPrefix()
	columns := []string{"OccurredAt", "BusinessDate"}
	err := m.db.Single().Read(testkit.Context(m.t), "Entries", keys, columns).Do(func(r *spanner.Row) error {
		var at spanner.NullTime
		var date civil.Date
		err := r.Columns(&at, &date)
		if want := m.businessDate(at.Time); at.Valid && date.String() != want {
			m.t.Errorf("I17: %s stands on %s, should be %s", at, date, want)
		}
		return err
	})
	if err != nil {
		m.t.Error(err)
	}
}

// tenancy proves I18: the other organisation has what it had, and sees nothing of this one.
func (m *ledger) tenancy() {
	m.t.Helper()
	if rows := m.events(m.t, m.otherBooks...); rows != m.strangers {
		m.t.Errorf("I18: another organisation's events changed:\n%s, before:\n%s", rows, m.strangers)
	}
	report := "/v1/reports/daily-report?date=" + goLive + "&propertyId="
	if m.nothing == "" {
		m.nothing = m.other.must(404, "GET", report+ids.NewUUID().String(), "").Raw
	}
	paths := []string{report + m.property}
	if n := len(m.entries); n > 0 {
		paths = append(paths, "/v1/finance/revenues/"+m.entries[n-1].ID)
	}
	for _, p := range paths {
		if theirs := m.other.must(404, "GET", p, ""); theirs.Raw != m.nothing {
			m.t.Errorf("I18: %s is answered %s, what is missing %s", p, theirs.Raw, m.nothing)
		}
	}
}

// dayRows proves that the list of days is the chain of balances: each opens with what the one before
// closed with, and says what this test's own arithmetic says.
func (m *ledger) dayRows() {
	m.t.Helper()
	var list struct {
		CurrentBusinessDate string
		Items               []struct {
			BusinessDate, Status string
			figures
		}
	}
	m.owner.must(200, "GET", "/v1/finance/days?from=2026-03-01&to=2026-04-30&propertyId="+m.property, "").into(&list)
	if want := m.businessDate(m.clock.now()); list.CurrentBusinessDate != want {
		m.t.Errorf("I17: the current business date is %s, should be %s", list.CurrentBusinessDate, want)
	}
	opening := int64(goLiveCash)
	for _, d := range list.Items {
		if d.OpeningMinor != opening {
			m.t.Errorf("I4: %s opens with %d, the day before closed with %d", d.BusinessDate, d.OpeningMinor, opening)
		}
		opening = d.ClosingMinor
		want := m.expect(d.BusinessDate, d.BusinessDate)
		if d.ClosingMinor != want.ClosingMinor || d.OpeningMinor != want.OpeningMinor || d.EntryCount != want.EntryCount {
			m.t.Errorf("%s is %+v, should be %+v", d.BusinessDate, d.figures, want)
		}
		if closed := d.BusinessDate <= m.lastClosed; closed != (d.Status == "CLOSED") {
			m.t.Errorf("I13: %s is %s, the last closed day is %s", d.BusinessDate, d.Status, m.lastClosed)
		}
	}
}

// months proves I16's sum: the month is the sum of its days, of the closed ones as they were reported
// when they closed.
func (m *ledger) months() {
	m.t.Helper()
	last := m.openDay()
	for month, first := range map[string]string{"2026-03": goLive, "2026-04": "2026-04-01"} {
		if first > last {
			continue
		}
		report := m.owner.month(m.property, month)
		sameFigures(m.t, month, report, m.expect(first, month+"-31"))
		days := emptyFigures(report.OpeningMinor)
		for d := m.date(first); d.Format("2006-01") == month && d.Format(time.DateOnly) <= last; d = d.AddDate(0, 0, 1) {
			day := m.dayOf(d.Format(time.DateOnly))
			if day.OpeningMinor != days.ClosingMinor {
				m.t.Errorf("I4: the report of %s opens with %d, the one before closed with %d", day.BusinessDate, day.OpeningMinor, days.ClosingMinor)
			}
			days = days.then(day.figures)
		}
		sameFigures(m.t, "I16: "+month+" against the sum of its days", days, report)
	}
}

// dayOf is the report of a day: the one that is kept of a closed day, else a new one.
func (m *ledger) dayOf(date string) dayReport {
	m.t.Helper()
	if kept, ok := m.closed[date]; ok {
		return kept
	}
	day := m.owner.day(m.property, date)
	sameFigures(m.t, "the report of "+date, day.figures, m.expect(date, date))
	for _, e := range day.Entries {
		if e.CreatedBy == "" || e.DecidedBy != "" {
			m.t.Errorf("%s lists %+v", date, e)
		}
	}
	return day
}

// closedStay proves that closed days since a date are reported as they were when they closed, byte for
// byte.
func (m *ledger) closedStay(since string) {
	m.t.Helper()
	for date, kept := range m.closed {
		if date < since {
			continue
		}
		if now := m.owner.day(m.property, date); now.raw != kept.raw {
			m.t.Errorf("I13: the closed day %s was\n%s\nand is\n%s", date, kept.raw, now.raw)
		}
	}
}
