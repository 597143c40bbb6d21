package functions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFault09ACountIsEvidence: what comes later never changes a count, nor a closed day's variance.
func TestFault09ACountIsEvidence(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.owner.must(201, "POST", "/v1/finance/days/"+today+"/count", `{"propertyId":"`+s.property+`","countedMinor":50500}`)
	s.owner.closeDay(s.property, today)
	closed := s.owner.day(s.property, today)
	if *closed.VarianceMinor != -500 {
		t.Fatalf("%+v", closed)
	}
	s.clock.add(24 * time.Hour)
	s.owner.approve(s.waiting.ID)
	s.owner.must(201, "POST", "/v1/finance/revenues/"+s.counted.ID+"/reverse", `{"reason":"r"}`)
	s.owner.record("movements", s.property, "2026-03-11", `"kind":"SHORT","amountMinor":500`)
	if now := s.owner.day(s.property, today); now.raw != closed.raw {
		t.Errorf("the closed day is %s, was %s", now.raw, closed.raw)
	}
	s.owner.check(s.property)
}

// TestFault11EveryMonthIsItsOwn: entries of any month since go-live stand in that month.
func TestFault11EveryMonthIsItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "2026-03-10")
	owner, _ := h.founder(t)
	id := owner.property("OLD", "1999-12-31", 0, "")
	var lines []string
	months := []string{"1999-12", "2000-01", "2015-02", "2025-12", "2026-01", "2026-03"}
	for i, m := range months {
		lines = append(lines, entryBody("revenues", id, m+map[bool]string{true: "-31", false: "-01"}[i == 0], fmt.Sprintf(`"amountMinor":%d`, i+1)))
	}
	slices.Reverse(lines)
	owner.bulk("revenues", lines)
	opening := int64(0)
	for i, m := range months {
		got := owner.month(id, m)
		if got.CashReceivedMinor != int64(i+1) || got.EntryCount != 1 || got.OpeningMinor != opening {
			t.Errorf("%s: %+v, opening %d", m, got, opening)
		}
		opening += int64(i + 1)
	}
	owner.check(id)
}

// TestFault12EveryPropertyAndDayHasItsRow: postings of many properties and days do not share one.
func TestFault12EveryPropertyAndDayHasItsRow(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	second := s.owner.property("SECOND", "2026-03-01", 0, "")
	for i, date := range []string{"2026-03-02", "2026-03-03", today} {
		s.owner.record("revenues", second, date, fmt.Sprintf(`"amountMinor":%d`, 1<<i))
	}
	var got []string
	for _, property := range []string{s.property, second} {
		var list struct {
			Items []struct {
				BusinessDate      string
				CashReceivedMinor int64
			}
		}
		s.owner.must(200, "GET", "/v1/finance/days?propertyId="+property, "").into(&list)
		got = append(got, fmt.Sprint(list.Items))
	}
	want := "[{2026-03-01 0} {2026-03-10 1000}] [{2026-03-01 0} {2026-03-02 1} {2026-03-03 2} {2026-03-10 4}]"
	if strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestFault13AmountsKeepEveryDigit: what no float holds comes back to the last digit, in sums too.
func TestFault13AmountsKeepEveryDigit(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var lines []string
	for range 10 {
		lines = append(lines, entryBody("revenues", s.property, today, `"amountMinor":999999999999999`))
	}
	r, _ := s.owner.bulk("revenues", lines)
	if r.Accepted != 10 || r.Results[9].Entry.AmountMinor != 999_999_999_999_999 || r.Results[9].Entry.Legs[1].AmountMinor != -999_999_999_999_999 {
		t.Errorf("%+v", r)
	}
	const want = 9_999_999_999_999_990 + 51_000 // beyond 2^53
	if day := s.owner.day(s.property, today); day.ClosingMinor != want || day.BySource["ROOM"].AmountMinor != want-50_000 {
		t.Errorf("%+v, want %d", day.figures, int64(want))
	}
	s.owner.check(s.property)
}
