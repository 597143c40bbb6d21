package functions_test

import (
	"fmt"
	"slices"
	"testing"
)

// pages reads a list to its end and gives the ids, and how many pages there were.
func (p person) pages(path string, limit int) (ids []string, n int) {
	p.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items      []posting
			NextCursor string
		}
		p.must(200, "GET", fmt.Sprintf("%s&limit=%d&cursor=%s", path, limit, cursor), "").into(&page)
		for _, e := range page.Items {
			ids = append(ids, e.ID)
		}
		if n++; page.NextCursor == "" || n > 100 {
			return ids, n
		}
		cursor = page.NextCursor
	}
}

// TestListsByPages: pages of any size are the whole list, each entry once, newest date first; by
// status too.
func TestListsByPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	front := s.person(t, "front", s.owner.org)
	var lines, waiting []string
	for i := range 30 {
		lines = append(lines, entryBody("revenues", s.property, fmt.Sprintf("2026-03-%02d", 1+i*i%11)))
	}
	s.owner.bulk("revenues", lines)
	r, _ := front.bulk("revenues", lines[:7])
	for _, x := range r.Results {
		waiting = append(waiting, x.Entry.ID)
	}
	list := "/v1/finance/revenues?propertyId=" + s.property
	whole, _ := s.owner.pages(list, 500)
	if len(whole) != 38 {
		t.Fatalf("%d entries", len(whole))
	}
	for _, limit := range []int{1, 2, 7, 19, 37, 38, 39} {
		if got, n := s.owner.pages(list, limit); !slices.Equal(got, whole) || n < 38/limit {
			t.Errorf("in %d pages of %d: %d entries, not the whole list", n, limit, len(got))
		}
	}
	dates := []string{}
	for _, id := range whole {
		dates = append(dates, s.owner.read("revenues", id).BusinessDate)
	}
	slices.Reverse(dates)
	if !slices.IsSorted(dates) {
		t.Errorf("not newest first: %v", dates)
	}
	for _, limit := range []int{1, 3, 500} {
		got, _ := s.owner.pages(list+"&status=PENDING", limit)
		slices.Sort(got)
		slices.Sort(waiting)
		if !slices.Equal(got, waiting) {
			t.Errorf("pending in pages of %d: %v, want %v", limit, got, waiting)
		}
	}
	if got, _ := s.owner.pages(list+"&from=2026-03-02&to=2026-03-02", 5); len(got) == 0 || slices.ContainsFunc(got, func(id string) bool {
		return s.owner.read("revenues", id).BusinessDate != "2026-03-02"
	}) {
		t.Errorf("of one day: %v", got)
	}
}

// TestBadLists: ranges, cursors, limits and words that no list takes.
func TestBadLists(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	base := "?propertyId=" + s.property
	for query, code := range map[string]string{
		"&from=2026-03-11&to=2026-03-10": "bad_range", "&from=2025-03-10&to=2026-03-11": "bad_range", "&from=2026-02-30": "bad_date",
		"&to=yesterday": "bad_date", "&colour=red": "unknown_parameter", "&propertyId=x": "duplicate_parameter",
	} {
		s.owner.refused(422, code, "GET", "/v1/finance/revenues"+base+query, "")
		s.owner.refused(422, code, "GET", "/v1/finance/days"+base+query, "")
		s.owner.refused(422, code, "GET", "/v1/setup/daily-statistics"+base+query, "")
	}
	for query, code := range map[string]string{
		"&cursor=x": "bad_cursor", "&cursor=" + s.waiting.ID: "bad_cursor", "&limit=0": "out_of_range", "&limit=501": "out_of_range",
		"&limit=ten": "wrong_type", "&limit=1e1": "not_an_integer", "&status=OPEN": "not_allowed_value", "&status=pending": "not_allowed_value",
	} {
		s.owner.refused(422, code, "GET", "/v1/finance/revenues"+base+query, "")
	}
	s.owner.must(200, "GET", "/v1/finance/revenues"+base+"&from=2025-03-10&to=2026-03-10", "") // 366 days
	s.owner.must(200, "GET", "/v1/finance/days"+base+"&from=2025-03-10&to=2026-03-10", "")
	s.owner.must(200, "GET", "/v1/finance/revenues"+base+"&to=1900-01-01", "")
	s.owner.must(200, "GET", "/v1/finance/revenues"+base+"&from=9999-12-31&to=9999-12-31", "")
	s.owner.refused(422, "missing_parameter", "GET", "/v1/finance/revenues", "")
	s.owner.refused(422, "bad_cursor", "GET", "/v1/finance/pending-approvals?cursor=x", "")
	s.owner.refused(400, "malformed_query", "GET", "/v1/finance/revenues?propertyId=%zz", "")
}

// TestPendingByPages: what waits at all properties, for the owner and for a manager of two of three, in
// pages of any size; what is decided leaves the list.
func TestPendingByPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, today)
	owner, _ := h.founder(t)
	var all, seen, properties []string
	for i := range 3 {
		properties = append(properties, owner.property(fmt.Sprintf("P%d", i), "2026-03-01", 0, ""))
	}
	front := owner.member("front", "FRONT_DESK", properties...)
	manager := owner.member("manager", "PROPERTY_MANAGER", properties[0], properties[2])
	for i := range 24 {
		what, at := kinds[i%3], properties[i/3%3]
		e := front.record(what, at, fmt.Sprintf("2026-03-%02d", 1+i%4))
		all = append(all, e.ID)
		if at != properties[1] {
			seen = append(seen, e.ID)
		}
	}
	owner.record("revenues", properties[0], today)
	slices.Sort(all)
	slices.Sort(seen)
	for _, limit := range []int{1, 5, 8, 23, 24, 500} {
		for _, tt := range []struct {
			person
			want []string
		}{{owner, all}, {manager, seen}} {
			got, _ := tt.pages("/v1/finance/pending-approvals?", limit)
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("in pages of %d: %d entries, want %d", limit, len(got), len(tt.want))
			}
		}
	}
	one, _ := manager.pages("/v1/finance/pending-approvals?propertyId="+properties[2], 3)
	manager.decide([][2]string{{one[0], "APPROVE"}, {one[1], "REJECT"}})
	left, _ := manager.pages("/v1/finance/pending-approvals?propertyId="+properties[2], 3)
	if !slices.Equal(left, one[2:]) {
		t.Errorf("after two of %v were decided there wait %v", one, left)
	}
	manager.refused(404, "not_found", "GET", "/v1/finance/pending-approvals?propertyId="+properties[1], "")
}
