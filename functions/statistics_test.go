package functions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// letting is a request to record room statistics; more overrides its fields.
func letting(property, date, more string) string {
	return fmt.Sprintf(`{"propertyId":%q,"businessDate":%q,"roomsAvailable":10,"roomsOutOfOrder":1,"roomsSold":6,"roomsComplimentary":1%s}`, property, date, more)
}

// lettings are the room statistics of a property's dates, as the API lists them.
func (p person) lettings(property, query string) []map[string]any {
	p.t.Helper()
	var list struct{ Items []map[string]any }
	p.must(200, "GET", "/v1/setup/daily-statistics?propertyId="+property+query, "").into(&list)
	return list.Items
}

// TestStatistics: what was said last comes back, of each date that anybody said anything of.
func TestStatistics(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	const path = "/v1/setup/daily-statistics"
	front := s.person(t, "front", s.owner.org)
	before := s.owner.day(s.property, today)
	first := front.must(200, "PUT", path, letting(s.property, today, `,"guests":11`))
	if first.num("guests") != 11 || first.num("roomsSold") != 6 || first.str("businessDate") != today || first.str("recordedBy") != "front" || first.num("streamVersion") != 3 {
		t.Errorf("%s", first.Raw)
	}
	s.owner.must(200, "PUT", path, letting(s.property, "2026-03-02", ""))
	s.owner.must(200, "PUT", path, strings.Replace(letting(s.property, today, ""), `"roomsSold":6`, `"roomsSold":8`, 1))
	want := []map[string]any{
		{"businessDate": "2026-03-02", "roomsAvailable": 10., "roomsOutOfOrder": 1., "roomsSold": 6., "roomsComplimentary": 1., "streamVersion": 1.},
		{"businessDate": today, "roomsAvailable": 10., "roomsOutOfOrder": 1., "roomsSold": 8., "roomsComplimentary": 1., "streamVersion": 4.},
	}
	if diff := cmp.Diff(want, s.owner.lettings(s.property, "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := s.owner.lettings(s.property, "&from=2026-03-03&to=2026-03-09"); len(got) != 0 {
		t.Errorf("of dates that nobody said anything of: %v", got)
	}
	sameFigures(t, "after statistics", s.owner.day(s.property, today).figures, before.figures)
	s.owner.check(s.property)
}

// TestBadStatistics are refused with all faults and their places, and nothing is written.
func TestBadStatistics(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	good := letting(s.property, today, "")
	for _, tt := range []struct {
		fields, code string
		at           []string
	}{
		{`{"roomsSold":9}`, "rooms_exceed_available", []string{"/roomsAvailable"}},
		{`{"roomsAvailable":7}`, "rooms_exceed_available", []string{"/roomsAvailable"}},
		{`{"roomsComplimentary":-1}`, "bad_rooms", []string{"/roomsComplimentary"}},
		{`{"roomsAvailable":100001}`, "bad_rooms", []string{"/roomsAvailable"}},
		{`{"guests":-1}`, "bad_guests", []string{"/guests"}},
		{`{"roomsSold":-1,"roomsOutOfOrder":-1,"guests":1000001}`, "invalid_request", []string{"/roomsSold", "/roomsOutOfOrder", "/guests"}},
		{`{"roomsSold":1.5}`, "not_an_integer", []string{"/roomsSold"}},
		{`{"roomsSold":"6"}`, "wrong_type", []string{"/roomsSold"}},
		{`{"occupancy":60}`, "unknown_field", []string{"/occupancy"}},
		{`{"businessDate":"2026-02-30"}`, "bad_date", []string{"/businessDate"}},
		{`{"businessDate":"2026-03-11"}`, "date_in_future", []string{"/businessDate"}},
		{`{"businessDate":"2026-02-28"}`, "before_go_live", []string{"/businessDate"}},
	} {
		one := fields(t, good)
		for name, value := range fields(t, tt.fields) {
			one[name] = value
		}
		s.owner.must(422, "PUT", "/v1/setup/daily-statistics", object(t, one)).problem().tells(t, tt.fields, tt.code, tt.at...)
	}
	for name := range fields(t, good) {
		one := fields(t, good)
		delete(one, name)
		s.owner.must(422, "PUT", "/v1/setup/daily-statistics", object(t, one)).problem().tells(t, "without "+name, "missing_field", "/"+name)
	}
}

// TestStatisticsOfAClosedDayStand: they change while the day is open, or open again.
func TestStatisticsOfAClosedDayStand(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	const path = "/v1/setup/daily-statistics"
	s.owner.must(200, "PUT", path, letting(s.property, today, ""), "k")
	s.owner.closeDay(s.property, today)
	s.clock.add(24 * time.Hour)
	was := s.owner.lettings(s.property, "")
	unchanged := s.unchanged(t)
	for _, date := range []string{today, "2026-03-05"} { // a gap day is closed with the next row
		s.owner.refused(409, "day_closed", "PUT", path, letting(s.property, date, `,"guests":1`))
	}
	if a := s.owner.must(200, "PUT", path, letting(s.property, today, ""), "k"); a.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("repeated after the close: %v %s", a.Header, a.Raw)
	}
	unchanged()
	if diff := cmp.Diff(was, s.owner.lettings(s.property, "")); diff != "" {
		t.Errorf("a closed day's statistics changed (-was +is):\n%s", diff)
	}
	s.owner.reopenDay(s.property, today)
	s.owner.must(200, "PUT", path, letting(s.property, today, `,"guests":1`))
	s.owner.check(s.property)
}
