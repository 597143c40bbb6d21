package functions_test

import (
	"fmt"
	"testing"
)

// The faults of systems of this kind (DOMAIN.md, last list), as far as HTTP can show them: 1 to 8 here,
// 9 to 13 in laterfaults_test.go, 14 in membership_test.go. 10 and 15 do not show over HTTP.

// TestFault01OneFormulaForOneBalance: report, list, close and the next day's opening say one number.
func TestFault01OneFormulaForOneBalance(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for i, mode := range []string{"CASH", "BANK", "CARD", "UPI", "WALLET", "CHEQUE", "OTA", "CITY_LEDGER"} {
		s.owner.record("revenues", s.property, today, fmt.Sprintf(`"paymentMode":%q,"amountMinor":%d`, mode, 100+i))
		s.owner.record("expenses", s.property, today, fmt.Sprintf(`"paymentMode":%q,"amountMinor":%d`, mode, 10+i))
	}
	s.owner.record("movements", s.property, today, `"kind":"OWNER_DRAW","amountMinor":7`)
	s.owner.record("movements", s.property, today, `"kind":"OVER","amountMinor":2`)
	const want = 50_000 + 1000 + 100 - 10 - 7 + 2
	listed := struct {
		Items []struct{ ClosingMinor int64 }
	}{}
	s.owner.must(200, "GET", "/v1/finance/days?propertyId="+s.property, "").into(&listed)
	closed := struct{ Day struct{ ClosingMinor int64 } }{}
	reported, month := s.owner.day(s.property, today).ClosingMinor, s.owner.month(s.property, "2026-03").ClosingMinor
	s.owner.closeDay(s.property, today).into(&closed)
	next := s.owner.day(s.property, "2026-03-11").OpeningMinor
	for what, got := range map[string]int64{
		"list": listed.Items[len(listed.Items)-1].ClosingMinor, "report": reported, "month": month, "close": closed.Day.ClosingMinor, "next day": next,
	} {
		if got != want {
			t.Errorf("%s says %d, want %d", what, got, want)
		}
	}
}

// TestFault02RejectingTakesNothingAway: what never counted is not subtracted when it is rejected, once
// or twice.
func TestFault02RejectingTakesNothingAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	before := s.owner.day(s.property, today)
	for range 2 {
		s.owner.decide([][2]string{{s.waiting.ID, "REJECT"}, {s.waiting.ID, "REJECT"}}, "k")
	}
	sameFigures(t, "after the rejection", s.owner.day(s.property, today).figures, before.figures)
	if e := s.owner.read("expenses", s.waiting.ID); e.Status != "REJECTED" || e.PostedDate != "" || len(e.Legs) != 0 {
		t.Errorf("the rejected entry: %+v", e)
	}
	s.owner.check(s.property)
}

// TestFault03BulkApprovalUpdatesTheDay: many approvals in one call count, each on its day.
func TestFault03BulkApprovalUpdatesTheDay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	front := s.person(t, "front", s.owner.org)
	var items [][2]string
	for i := range 20 {
		e := front.record("revenues", s.property, fmt.Sprintf("2026-03-%02d", 1+i%10), `"amountMinor":7`)
		items = append(items, [2]string{e.ID, "APPROVE"})
	}
	if _, a := s.owner.decide(items); a.num("decided") != 20 {
		t.Fatal(a.Raw)
	}
	for d := 1; d <= 9; d++ {
		day := s.owner.day(s.property, fmt.Sprintf("2026-03-%02d", d))
		if day.CashReceivedMinor != 14 || day.EntryCount != 2 || day.ClosingMinor != 50_000+int64(d)*14 {
			t.Errorf("%s: %+v", day.BusinessDate, day.figures)
		}
	}
	s.owner.check(s.property)
}

// TestFault04NothingApprovedIsEdited: there is no way to change or delete an entry, and its reversal
// leaves the day's opening and count.
func TestFault04NothingApprovedIsEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.owner.must(201, "POST", "/v1/finance/days/"+today+"/count", `{"propertyId":"`+s.property+`","countedMinor":51000}`)
	unchanged := s.unchanged(t)
	for _, method := range []string{"PUT", "PATCH", "DELETE", "POST"} {
		s.owner.must(405, method, "/v1/finance/revenues/"+s.counted.ID, `{"amountMinor":1}`)
	}
	unchanged()
	s.owner.must(201, "POST", "/v1/finance/revenues/"+s.counted.ID+"/reverse", `{"reason":"r"}`)
	day := s.owner.day(s.property, today)
	if day.OpeningMinor != 50_000 || day.ClosingMinor != 50_000 || day.EntryCount != 2 || *day.CountedMinor != 51_000 {
		t.Errorf("after the reversal: %+v", day)
	}
	s.owner.refused(409, "already_reversed", "POST", "/v1/finance/revenues/"+s.counted.ID+"/reverse", `{"reason":"r"}`)
	back := s.owner.read("revenues", s.counted.ID).ReversedBy
	s.owner.refused(409, "reversal_is_final", "POST", "/v1/finance/revenues/"+back+"/reverse", `{"reason":"r"}`)
	s.owner.refused(409, "not_approved", "POST", "/v1/finance/expenses/"+s.waiting.ID+"/reverse", `{"reason":"r"}`)
	s.owner.check(s.property)
}

// TestFault05OpeningSurvivesGapsAndLateEntries: a gap carries the balance, and an entry of an earlier
// day moves all later ones.
func TestFault05OpeningSurvivesGapsAndLateEntries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.clock.set(noon(t, "2026-05-20"))
	s.owner.record("revenues", s.property, "2026-05-20")
	s.owner.record("revenues", s.property, "2026-03-04", `"amountMinor":5`)
	for date, want := range map[string]int64{
		"2026-03-04": 50_000, "2026-03-05": 50_005, today: 50_005, "2026-03-11": 51_005, "2026-04-30": 51_005, "2026-05-20": 51_005, "2026-05-21": 52_005,
	} {
		if got := s.owner.day(s.property, date).OpeningMinor; got != want {
			t.Errorf("%s opens with %d, want %d", date, got, want)
		}
	}
	s.owner.check(s.property)
}

// TestFault06DayBoundaryIsThePropertys (I17): the business date of a moment is the property's by zone
// and cut-off, to the last instant of a day, on days of 23 and 25 hours too.
func TestFault06DayBoundaryIsThePropertys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-11-02")
	owner, _ := h.founder(t)
	for i, tt := range []struct {
		zone   string
		cutoff int
		dates  map[string]string
	}{
		{"Europe/Lisbon", 0, map[string]string{
			"2026-03-28T23:59:59.999999999Z": "2026-03-28", "2026-03-29T00:00:00Z": "2026-03-29", // winter time until 01:00
			"2026-03-29T22:59:59.999999999Z": "2026-03-29", "2026-03-29T23:00:00Z": "2026-03-30", // a day of 23 hours
			"2026-10-24T22:59:59.999Z": "2026-10-24", "2026-10-24T23:00:00Z": "2026-10-25",
			"2026-10-25T23:59:59.999999999Z": "2026-10-25", "2026-10-26T00:00:00Z": "2026-10-26", // a day of 25 hours
		}},
		{"Europe/Lisbon", 180, map[string]string{
			"2026-03-29T01:59:59.999Z": "2026-03-28", "2026-03-29T02:00:00Z": "2026-03-29",
			"2026-10-25T02:59:59.999Z": "2026-10-24", "2026-10-25T03:00:00Z": "2026-10-25",
		}},
		{"Asia/Kolkata", 330, map[string]string{"2026-03-09T23:59:59.999Z": "2026-03-09", "2026-03-10T00:00:00Z": "2026-03-10"}},
		{"Pacific/Kiritimati", 0, map[string]string{"2026-03-10T09:59:59.999Z": "2026-03-10", "2026-03-10T10:00:00Z": "2026-03-11"}},
		{"America/New_York", 1439, map[string]string{"2026-03-09T03:58:59.999Z": "2026-03-07", "2026-03-09T03:59:00Z": "2026-03-08"}},
		{"America/New_York", 0, map[string]string{"2026-03-10T03:59:59.999999999Z": "2026-03-09", "2026-03-10T00:00:00-04:00": "2026-03-10"}},
	} {
		id := owner.must(201, "POST", "/v1/setup/properties", fmt.Sprintf(
			`{"code":"P%d","name":"P","type":"HOTEL","timeZone":%q,"cutoffMinutes":%d,"currency":"EUR","goLiveDate":"2026-03-01"}`, i, tt.zone, tt.cutoff)).str("propertyId")
		sum := int64(0)
		for at, want := range tt.dates {
			e := owner.must(201, "POST", "/v1/finance/revenues", fmt.Sprintf(
				`{"propertyId":%q,"currency":"EUR","amountMinor":1,"paymentMode":"CASH","source":"ROOM","occurredAt":%q}`, id, at))
			if e.str("businessDate") != want || !mustTime(t, e.str("occurredAt")).Equal(mustTime(t, at)) {
				t.Errorf("%s, cut-off %d: %s is on %s, want %s", tt.zone, tt.cutoff, at, e.str("businessDate"), want)
			}
			h.clock.set(mustTime(t, at))
			var list struct{ CurrentBusinessDate string }
			owner.must(200, "GET", "/v1/finance/days?propertyId="+id, "").into(&list)
			if list.CurrentBusinessDate != want {
				t.Errorf("%s, cut-off %d: at %s it is %s, want %s", tt.zone, tt.cutoff, at, list.CurrentBusinessDate, want)
			}
			h.clock.set(noon(t, "2026-11-02"))
			sum++
		}
		if got := owner.month(id, "2026-03").EntryCount + owner.month(id, "2026-10").EntryCount; got != sum {
			t.Errorf("%s: the months count %d of %d", tt.zone, got, sum)
		}
		owner.check(id)
	}
}

// TestFault07OpeningsArePerProperty, with one currency each.
func TestFault07OpeningsArePerProperty(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	second := s.owner.property("SECOND", "2026-03-05", 7, "")
	s.owner.record("revenues", second, today, `"amountMinor":3`)
	for property, want := range map[string]int64{s.property: 51_000, second: 10} {
		if got := s.owner.day(property, "2026-03-11").OpeningMinor; got != want {
			t.Errorf("opens with %d, want %d", got, want)
		}
		if got := s.owner.month(property, "2026-03").ClosingMinor; got != want {
			t.Errorf("the month closes with %d, want %d", got, want)
		}
	}
	s.owner.check(s.property)
	s.owner.check(second)
}

// TestFault08OnlyWhatIsApprovedCounts: pending, rejected and withdrawn entries are no money, and no
// property takes another currency.
func TestFault08OnlyWhatIsApprovedCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	front := s.person(t, "front", s.owner.org)
	before := s.owner.day(s.property, today)
	for _, what := range kinds {
		pending, rejected, withdrawn := front.record(what, s.property, today), front.record(what, s.property, today), front.record(what, s.property, today)
		s.owner.decide([][2]string{{rejected.ID, "REJECT"}})
		front.decide([][2]string{{withdrawn.ID, "WITHDRAW"}})
		for id, want := range map[string]string{pending.ID: "PENDING", rejected.ID: "REJECTED", withdrawn.ID: "WITHDRAWN"} {
			if e := s.owner.read(what, id); e.Status != want || len(e.Legs) != 0 || e.PostedDate != "" {
				t.Errorf("%+v, want %s", e, want)
			}
		}
		s.owner.refused(422, "currency_mismatch", "POST", "/v1/finance/"+what, entryBody(what, s.property, today, `"currency":"INR"`))
	}
	after := s.owner.day(s.property, today)
	sameFigures(t, "after entries that do not count", after.figures, before.figures)
	if len(after.Entries) != len(before.Entries) {
		t.Errorf("the report lists %+v", after.Entries)
	}
	s.owner.check(s.property)
}
