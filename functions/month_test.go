package functions_test

import (
	"fmt"
	"testing"
	"time"
)

// TestMonthOfAProperty lives through a month of a house in Lisbon, from go-live in March to the first
// days of April: front desk, manager, accountant and owner record, decide, count, close and reopen,
// late and on time, over gap days, a change to summer time and a month's end. After every step all
// invariants are proven from the tables and every report is compared with the test's own arithmetic.
func TestMonthOfAProperty(t *testing.T) {
	t.Parallel()
	m := newLedger(t)
	for d := m.date("2026-03-02"); !d.After(m.date("2026-04-03")); d = d.AddDate(0, 0, 1) {
		if m.liveThrough(d.Format(time.DateOnly)); t.Failed() {
			t.Fatalf("stopped on %s", d.Format(time.DateOnly))
		}
	}
	m.closedStay(goLive)
	if m.steps < 150 {
		t.Errorf("only %d steps: the month is not lived through", m.steps)
	}
}

// liveThrough is one business date: what it has of its own, or an ordinary day's work.
func (m *ledger) liveThrough(date string) {
	m.clock.set(m.local(date, "11:00"))
	special := map[string]func(*ledger, string){
		"2026-03-08": nothing, "2026-03-09": nothing, // the house is shut: gap days
		"2026-03-12": lateDecisions, "2026-03-16": lateReversals, "2026-03-17": reopened,
		"2026-03-22": nothing, "2026-03-29": summerTime, "2026-03-31": monthEnd, "2026-04-01": afterMonthEnd,
	}[date]
	if special == nil {
		special = ordinary
	}
	special(m, date)
}

func nothing(*ledger, string) {}

// ordinary is a day's work, decided the same day; every other one is counted and closed at night.
func ordinary(m *ledger, date string) {
	n := int64(m.date(date).YearDay())
	room := m.post(m.front, "revenues", date, 10_000+n, `"paymentMode":"CASH","source":"ROOM"`)
	m.decide(m.manager, room, "APPROVE")
	switch n % 3 {
	case 0:
		banked := m.post(m.accountant, "movements", date, 5_000, `"kind":"BANK_DEPOSIT"`)
		m.decide(m.owner, banked, "APPROVE")
	case 1:
		spent := m.post(m.manager, "expenses", date, 2_000+n, `"paymentMode":"CASH","categoryCode":"LAUNDRY"`)
		m.decide(m.accountant, spent, "APPROVE")
	default:
		m.post(m.owner, "revenues", date, 7_000+n, `"paymentMode":"CARD","source":"FOOD"`)
	}
	if n%2 == 0 {
		m.night(date, n)
		m.count(date, n%4-1)
		m.close(m.manager, date)
	}
}

// lateDecisions: what was recorded on an open day is decided after it has closed.
func lateDecisions(m *ledger, date string) {
	sale := m.post(m.front, "revenues", date, 4_400, `"paymentMode":"CASH","source":"SPA"`)
	bill := m.post(m.manager, "expenses", date, 3_300, `"paymentMode":"BANK","categoryCode":"UTILITIES"`)
	wrong := m.post(m.front, "expenses", date, 999_999, `"paymentMode":"CASH","categoryCode":"OTHER"`)
	twice := m.post(m.front, "revenues", date, 4_400, `"paymentMode":"CASH","source":"SPA"`)
	m.close(m.accountant, date)
	m.refuse(m.owner, 409, "day_closed", "revenues", date)
	m.decide(m.manager, sale, "APPROVE") // counts on the next day
	m.decide(m.owner, bill, "APPROVE")
	m.decide(m.manager, wrong, "REJECT")
	m.decide(m.front, twice, "WITHDRAW")
	m.clock.set(m.local("2026-03-13", "09:00"))
	m.reverse(m.owner, sale) // a late entry undone on the day where it counts
	m.closedStay(goLive)
}

// lateReversals: an entry of the day undone at once, one of a closed day undone on the open one.
func lateReversals(m *ledger, date string) {
	today := m.post(m.owner, "revenues", date, 8_080, `"paymentMode":"UPI","source":"EVENTS"`)
	m.reverse(m.accountant, today)
	late := m.post(m.owner, "expenses", date, 6_060, `"paymentMode":"CASH","categoryCode":"PAYROLL"`)
	m.post(m.owner, "movements", date, 50_000, `"kind":"OWNER_CONTRIBUTION"`)
	m.post(m.owner, "movements", date, 20_000, `"kind":"FLOAT_OUT"`)
	m.close(m.owner, date)
	m.clock.set(m.local("2026-03-17", "08:00"))
	m.reverse(m.manager, late)
	m.closedStay(goLive)
}

// reopened: the night audit of the day before is taken back, put right, and done again.
func reopened(m *ledger, date string) {
	m.post(m.owner, "revenues", date, 1_234, `"paymentMode":"CASH","source":"PARKING"`)
	m.reopen("2026-03-16")
	forgotten := m.post(m.front, "revenues", "2026-03-16", 2_222, `"paymentMode":"CASH","source":"ROOM"`)
	m.decide(m.manager, forgotten, "APPROVE")
	m.count("2026-03-16", 0)
	m.close(m.manager, "2026-03-16")
	m.post(m.owner, "movements", date, 3_000, `"kind":"SAFE_DROP"`)
	m.post(m.owner, "movements", date, 2_000, `"kind":"BANK_WITHDRAWAL"`)
}

// summerTime: at 01:00 the clocks go to 02:00, and the day begins at the cut-off of 04:00 all the same.
func summerTime(m *ledger, date string) {
	m.post(m.owner, "revenues", "", 101, `"paymentMode":"CASH","source":"ROOM","occurredAt":"2026-03-29T00:59:59.999Z"`) // 00:59 WET: the 28th
	m.post(m.owner, "revenues", "", 102, `"paymentMode":"CASH","source":"ROOM","occurredAt":"2026-03-29T01:00:00Z"`)     // 02:00 WEST: the 28th
	m.post(m.owner, "revenues", "", 103, `"paymentMode":"CASH","source":"ROOM","occurredAt":"2026-03-29T02:59:59.999Z"`) // 03:59 WEST: the 28th
	m.post(m.owner, "revenues", "", 104, `"paymentMode":"CASH","source":"ROOM","occurredAt":"2026-03-29T03:00:00Z"`)     // 04:00 WEST: the 29th
	m.clock.set(m.local(date, "12:00"))
	m.close(m.manager, "2026-03-28")
	m.refuse(m.owner, 409, "day_closed", "revenues", "2026-03-28")
}

// monthEnd: what happened after midnight belongs to March until the cut-off.
func monthEnd(m *ledger, date string) {
	m.post(m.owner, "expenses", date, 888, `"paymentMode":"CARD","categoryCode":"IT"`)
	m.clock.set(m.local("2026-04-01", "03:30"))
	m.post(m.owner, "revenues", "", 555, `"paymentMode":"CASH","source":"BEVERAGE","occurredAt":"2026-04-01T02:59:59.999999999Z"`)
	m.post(m.front, "expenses", date, 777, `"paymentMode":"CASH","categoryCode":"FOOD"`)
}

// afterMonthEnd closes March from April, and decides March's last entry in April.
func afterMonthEnd(m *ledger, date string) {
	waiting := m.entries[len(m.entries)-1]
	m.post(m.owner, "revenues", date, 1_111, `"paymentMode":"CASH","source":"ROOM"`)
	m.count("2026-03-31", -7)
	m.close(m.accountant, "2026-03-31")
	m.decide(m.accountant, waiting, "APPROVE")
	if waiting.PostedDate != date {
		m.t.Errorf("March's late expense counts on %s", waiting.PostedDate)
	}
}

// night is a sale in the last millisecond before midnight and one in the last minute before the
// cut-off, both dated by their moments alone; the night audit follows.
func (m *ledger) night(date string, n int64) {
	evening := m.local(date, "23:59").Add(time.Minute - time.Millisecond)
	m.post(m.owner, "revenues", "", 300+n, fmt.Sprintf(`"paymentMode":"WALLET","source":"BEVERAGE","occurredAt":%q`, evening.Format(time.RFC3339Nano)))
	m.clock.set(m.local(evening.AddDate(0, 0, 1).Format(time.DateOnly), "03:59"))
	m.post(m.owner, "revenues", "", 400+n, fmt.Sprintf(`"paymentMode":"CASH","source":"BEVERAGE","occurredAt":%q`, m.clock.now().Format(time.RFC3339)))
}
