package functions_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"testing"
	"time"
)

// pastMonth is a house on the machine's clock whose books began long ago, and somebody who changes a
// past month of them in every way there is.
type pastMonth struct {
	t        *testing.T
	owner    person
	manager  person
	property string
	month    time.Time // first day
	random   *rand.Rand
	approved []string // entries that count and are not reversed
	waiting  []string
	closed   []string // dates, the last one last
}

func newPastMonth(t *testing.T, seed uint64) *pastMonth {
	t.Helper()
	h := newHouse(t, "2026-01-01")
	h.live()
	now := time.Now().UTC()
	m := &pastMonth{t: t, random: rand.New(rand.NewPCG(seed, 1)), month: time.Date(now.Year(), now.Month()-2, 1, 0, 0, 0, 0, time.UTC)}
	m.owner, _ = h.founder(t)
	m.property = m.owner.property("PAST", m.month.AddDate(0, 0, -9).Format(time.DateOnly), 50_000, "")
	m.manager = m.owner.member("manager", "PROPERTY_MANAGER", m.property)
	return m
}

// date is some date from a few days before the month to its end.
func (m *pastMonth) date() string {
	return m.month.AddDate(0, 0, m.random.IntN(34)-4).Format(time.DateOnly)
}

// change does something, and gives its commit time; "" where it was refused.
func (m *pastMonth) change() string {
	m.t.Helper()
	var a answer
	switch n := m.random.IntN(20); {
	case n < 9:
		return m.record(m.owner, &m.approved)
	case n < 12:
		return m.record(m.manager, &m.waiting)
	case n < 15 && len(m.waiting) > 0:
		id := m.take(&m.waiting)
		decision := []string{"APPROVE", "APPROVE", "REJECT"}[m.random.IntN(3)]
		if a = m.owner.call("POST", "/v1/finance/approvals:decide", fmt.Sprintf(`{"items":[{"entryId":%q,"decision":%q}]}`, id, decision)); decision == "APPROVE" {
			m.approved = append(m.approved, id)
		}
	case n < 17 && len(m.approved) > 0:
		id := m.take(&m.approved)
		for _, kind := range []string{"revenues", "expenses", "movements"} {
			if a = m.owner.call("POST", "/v1/finance/"+kind+"/"+id+"/reverse", `{"reason":"r"}`); a.Status != 404 {
				break
			}
		}
	case n < 18:
		a = m.owner.call("POST", "/v1/finance/days/"+m.date()+"/count", fmt.Sprintf(`{"propertyId":%q,"countedMinor":%d}`, m.property, m.random.IntN(90_000)))
	case n < 19 && len(m.closed) > 0:
		if a = m.owner.call("POST", "/v1/finance/days/"+m.closed[len(m.closed)-1]+"/reopen", fmt.Sprintf(`{"propertyId":%q,"reason":"r"}`, m.property)); a.Status == 200 {
			m.closed = m.closed[:len(m.closed)-1]
		}
	default:
		d := m.date()
		if a = m.owner.call("POST", "/v1/finance/days/"+d+"/close", fmt.Sprintf(`{"propertyId":%q}`, m.property)); a.Status == 200 {
			m.closed = append(m.closed, d)
		}
	}
	if a.Status >= 500 {
		m.t.Fatal(a.Raw)
	}
	return a.Header.Get("Consistency-Token")
}

func (m *pastMonth) take(list *[]string) string {
	i := m.random.IntN(len(*list))
	id := (*list)[i]
	*list = append((*list)[:i], (*list)[i+1:]...)
	return id
}

func (m *pastMonth) record(who person, made *[]string) string {
	kind := []string{"revenues", "revenues", "expenses", "movements"}[m.random.IntN(4)]
	more := fmt.Sprintf(`"amountMinor":%d`, 100+m.random.IntN(5_000))
	if kind != "movements" {
		more += `,"paymentMode":"` + []string{"CASH", "CARD", "OTA"}[m.random.IntN(3)] + `"`
	}
	a := who.call("POST", "/v1/finance/"+kind, entryBody(kind, m.property, m.date(), more))
	if a.Status == 201 {
		*made = append(*made, a.str("id"))
	}
	return a.Header.Get("Consistency-Token")
}

var moments = regexp.MustCompile(`"(asOf|knownAt)":"[^"]+",?`)

// saved is what some reports said after a change.
type saved struct {
	token, asOf string
	bodies      map[string]string // by path
}

func (m *pastMonth) reports() []string {
	first, last := m.month.Format(time.DateOnly), m.month.AddDate(0, 1, -1).Format(time.DateOnly)
	mid := m.month.AddDate(0, 0, 11).Format(time.DateOnly)
	return []string{
		"monthly-report?rows=days&propertyId=" + m.property + "&month=" + m.month.Format("2006-01"),
		"daily-report?include=pending&propertyId=" + m.property + "&date=" + mid,
		"daily-report?include=entries,pending&propertyId=" + m.property + "&from=" + first + "&to=" + last,
	}
}

func (m *pastMonth) save(token string) saved {
	m.t.Helper()
	s := saved{token: token, bodies: map[string]string{}}
	for _, path := range m.reports() {
		a := m.owner.must(200, "GET", "/v1/reports/"+path, "")
		s.asOf, s.bodies[path] = a.str("asOf"), a.Raw
	}
	return s
}

// TestKnownAt: after 50 changes to a past month its reports, known at each earlier moment, are byte for
// byte what they were then; so they are when the moment of reading itself is asked for again (I16).
func TestKnownAt(t *testing.T) {
	t.Parallel()
	m := newPastMonth(t, 7)
	var all []saved
	for len(all) < 50 {
		if token := m.change(); token != "" {
			all = append(all, m.save(token))
		}
	}
	m.owner.check(m.property)
	different := 0
	for i, s := range all {
		for path, was := range s.bodies {
			known := m.owner.must(200, "GET", "/v1/reports/"+path+"&known_at="+url.QueryEscape(s.token), "")
			if got, want := moments.ReplaceAllString(known.Raw, ""), moments.ReplaceAllString(was, ""); got != want {
				t.Fatalf("change %d: %s\nknown then: %s\nsaved then: %s", i, path, got, want)
			}
			if now := m.owner.must(200, "GET", "/v1/reports/"+path, ""); moments.ReplaceAllString(now.Raw, "") != moments.ReplaceAllString(was, "") {
				different++
			}
		}
	}
	if different < 100 {
		t.Errorf("only %d of the saved reports say something else now: the changes changed little", different)
	}
	last := all[len(all)-1]
	again := m.owner.must(200, "GET", "/v1/reports/"+m.reports()[2]+"&as_of="+url.QueryEscape(last.asOf), "")
	if again.Raw != last.bodies[m.reports()[2]] {
		t.Errorf("read again at its own asOf:\n%s\nit was\n%s", again.Raw, last.bodies[m.reports()[2]])
	}
	m.diffs(all)
	m.explanations()
}

// diffs compares what changed a report between two moments with the reports known at them.
func (m *pastMonth) diffs(all []saved) {
	m.t.Helper()
	fields := []string{"openingMinor", "cashReceivedMinor", "bankReceivedMinor", "cashExpensesMinor", "bankExpensesMinor",
		"transfersInMinor", "transfersOutMinor", "overShortMinor", "closingMinor", "entryCount"}
	for _, pair := range [][2]int{{0, 49}, {3, 4}, {10, 30}, {20, 20}} {
		var v struct {
			Before, After map[string]any
			Changes       []map[string]any
			NextCursor    string
		}
		sums := map[string]float64{}
		for cursor := ""; ; cursor = v.NextCursor {
			m.owner.must(200, "GET", "/v1/reports/diff?limit=7&propertyId="+m.property+"&period="+m.month.Format("2006-01")+
				"&known_at="+url.QueryEscape(all[pair[0]].token+".."+all[pair[1]].token)+"&cursor="+cursor, "").into(&v)
			for _, c := range v.Changes {
				for _, f := range fields {
					n, _ := c[f].(float64)
					sums[f] += n
				}
			}
			if v.NextCursor == "" {
				break
			}
		}
		for _, f := range fields {
			before, _ := v.Before[f].(float64)
			after, _ := v.After[f].(float64)
			if after-before != sums[f] {
				m.t.Errorf("%v: %s went from %v to %v, its changes come to %v", pair, f, before, after, sums[f])
			}
		}
	}
}

// explanations ask what is behind every figure of the month, page by page.
func (m *pastMonth) explanations() {
	m.t.Helper()
	month := m.owner.month(m.property, m.month.Format("2006-01"))
	want := map[string]int64{
		"opening": month.OpeningMinor, "closing": month.ClosingMinor, "totalReceived": month.TotalReceivedMinor,
		"cashExpenses": month.CashExpensesMinor, "netCashFlow": month.NetCashFlowMinor, "transfersOut": month.TransfersOutMinor,
		"received.CARD": month.ByPaymentMode["CARD"].ReceivedMinor, "source.ROOM": month.BySource["ROOM"].AmountMinor,
		"category.MAINTENANCE": month.ByCategory["MAINTENANCE"].AmountMinor, "account.1010": month.ClosingMinor - month.OpeningMinor,
	}
	for cell, figure := range want {
		sum, entries := int64(0), 0
		for cursor := ""; ; {
			var v struct {
				AmountMinor, EntryCount, EffectsMinor int64
				Opening                               *struct{ AmountMinor int64 }
				Entries                               []struct {
					EffectMinor int64
					Event       struct{ ID, Type, RecordedAt string }
				}
				NextCursor string
			}
			m.owner.must(200, "GET", "/v1/reports/explain?limit=5&propertyId="+m.property+"&period="+m.month.Format("2006-01")+"&cell="+cell+"&cursor="+cursor, "").into(&v)
			if v.AmountMinor != figure {
				m.t.Errorf("%s is explained as %d, and is %d", cell, v.AmountMinor, figure)
			}
			for _, e := range v.Entries {
				if sum, entries = sum+e.EffectMinor, entries+1; e.Event.ID == "" || e.Event.RecordedAt == "" {
					m.t.Errorf("%s: an entry without its event: %+v", cell, e)
				}
			}
			if cursor = v.NextCursor; cursor != "" {
				continue
			}
			if sum != v.EffectsMinor || int64(entries) != v.EntryCount {
				m.t.Errorf("%s: %d entries come to %d, not %d and %d", cell, entries, sum, v.EntryCount, v.EffectsMinor)
			}
			if v.Opening != nil && v.Opening.AmountMinor != month.OpeningMinor {
				m.t.Errorf("%s: the opening is explained as %d, and is %d", cell, v.Opening.AmountMinor, month.OpeningMinor)
			}
			break
		}
	}
}
