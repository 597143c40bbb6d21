package drive

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"innkeep.internal/loadtest/world"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
)

// call is one that is due.
type call struct {
	kind     Kind
	intended time.Time
	book     tenant.Book
	token    string
	key      string // Idempotency-Key
	method   string
	path     string
	body     string
	desk     bool   // a post of the front desk, which waits for approval
	owner    string // the token of who may approve it
}

// maker makes calls; one goroutine uses it.
type maker struct {
	world   world.World
	run     string // what the run is called, in keys and descriptions
	random  *rand.Rand
	writers *pool
	screens map[Kind]*pool // of the kinds that read
	pending *pending
	serial  int
}

// next is the next call.
func (m *maker) next(intended time.Time) call {
	k := pick(m.random)
	if k.Reads() {
		return m.read(k, intended)
	}
	m.serial++
	c := call{kind: k, intended: intended, method: "POST", key: fmt.Sprintf("%s-%d", m.run, m.serial)}
	if k == Approve {
		if items, ok := m.pending.take(); ok {
			c.book, c.token, c.path, c.body = items.book, items.owner, "/v1/finance/approvals:decide", decisions(items.entries)
			return c
		}
		c.kind = Post // nothing waits: what the front desk records will
	}
	s := m.writers.take()
	c.book, c.token = s.book, s.owner
	switch {
	case c.kind == Bulk:
		c.path, c.body = "/v1/finance/revenues:bulk", lines(c.key, m.entries(s))
	case k == Approve || m.random.IntN(100) < deskPart:
		c.desk, c.token, c.owner = true, s.desk, s.owner
		c.path, c.body = "/v1/finance/expenses", "{"+m.entry(s)+`,"categoryCode":"UTILITIES"}`
	default:
		c.path, c.body = "/v1/finance/revenues", "{"+m.entry(s)+`,"source":"ROOM"}`
	}
	return c
}

var modes = []string{"CASH", "CARD", "UPI", "BANK"}

func (m *maker) entry(s *session) string {
	return fmt.Sprintf(`"propertyId":%q,"businessDate":%q,"amountMinor":%d,"currency":%q,"paymentMode":%q,"description":%q`,
		s.book.Property, m.world.Today.String(), 100+m.random.IntN(50_000), world.Currency, modes[m.random.IntN(len(modes))], m.run)
}

// entries are the fields of as many entries as a bulk call has.
func (m *maker) entries(s *session) []string {
	all := make([]string, Lines)
	for i := range all {
		all[i] = m.entry(s)
	}
	return all
}

// lines is the body of a bulk call.
func lines(key string, entries []string) string {
	all := make([]string, len(entries))
	for i, fields := range entries {
		all[i] = fmt.Sprintf(`{"key":"%s/%d",%s,"source":"ROOM"}`, key, i, fields)
	}
	return `{"lines":[` + strings.Join(all, ",") + "]}"
}

func decisions(entries []string) string {
	all := make([]string, len(entries))
	for i, id := range entries {
		all[i] = fmt.Sprintf(`{"entryId":%q,"decision":"APPROVE"}`, id)
	}
	return `{"items":[` + strings.Join(all, ",") + "]}"
}

// read is a call of a screen.
func (m *maker) read(k Kind, intended time.Time) call {
	s := m.screens[k].take()
	if s.screen == "" || m.random.IntN(100) < turn {
		s.screen = m.screen(k, s)
	}
	return call{kind: k, intended: intended, method: "GET", book: s.book, token: s.owner, path: s.screen}
}

// screen is a report to look at: most are of today, some of a day before.
func (m *maker) screen(k Kind, s *session) string {
	date, month := m.world.Today, m.world.Today.Month()
	if k != Daily {
		month = m.month(date)
	} else {
		switch n := m.random.IntN(10); {
		case n >= 8:
			date = date.AddDays(-2 - m.random.IntN(5))
		case n >= 6:
			date = date.AddDays(-1)
		}
	}
	return shown(k, s.book.Property, date, month)
}

// shown is the path of a report.
func shown(k Kind, property tenant.PropertyID, date bizdate.Date, month bizdate.Month) string {
	switch k {
	case Daily:
		return fmt.Sprintf("/v1/reports/daily-report?propertyId=%s&date=%s", property, date)
	case Monthly:
		return fmt.Sprintf("/v1/reports/monthly-report?propertyId=%s&month=%s", property, month)
	default:
		return fmt.Sprintf("/v1/reports/export?report=monthly&format=csv&rows=days&propertyId=%s&month=%s", property, month)
	}
}

// month is this one, three times of four, or the one before.
func (m *maker) month(today bizdate.Date) bizdate.Month {
	if m.random.IntN(4) == 3 {
		return today.Month().First().AddDays(-1).Month()
	}
	return today.Month()
}

// mostPending bounds what is remembered of entries that wait.
const mostPending = 10_000

// waiting is an entry that waits for its approval.
type waiting struct {
	book    tenant.Book
	owner   string
	entries []string
}

// pending is the entries that wait, oldest first.
type pending struct {
	mu  sync.Mutex
	all []waiting
}

func (p *pending) add(w waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) < mostPending {
		p.all = append(p.all, w)
	}
}

func (p *pending) take() (w waiting, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return w, false
	}
	w, p.all = p.all[0], p.all[1:]
	return w, true
}
