package functions_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/testkit"
)

// TestPolicyRoundTrip: a policy with every sort of limit comes back as it was put, and judges.
func TestPolicyRoundTrip(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	manager := s.owner.member("manager", "PROPERTY_MANAGER", s.property)
	before := s.owner.must(200, "GET", "/v1/finance/approval-policy", "")
	if before.num("version") != 0 {
		t.Errorf("the default policy: %s", before.Raw)
	}
	body := `{"rules":[{"roles":["OWNER_ADMIN"],"selfApproval":true},` +
		`{"roles":["PROPERTY_MANAGER","ACCOUNTANT"],"kinds":["EXPENSE"],"categories":["LAUNDRY","OTHER"],"paymentModes":["CASH","BANK"],` +
		`"maxAmountMinor":1000,"currency":"EUR","selfApproval":true}],"dailyGrant":true}`
	put := s.owner.must(200, "PUT", "/v1/finance/approval-policy", body)
	got := s.owner.must(200, "GET", "/v1/finance/approval-policy", "")
	if got.Raw != put.Raw || got.num("version") == 0 {
		t.Errorf("put %s, got %s", put.Raw, got.Raw)
	}
	want := fields(t, body)
	for name, value := range want {
		if string(fields(t, got.Raw)[name]) != string(value) {
			t.Errorf("%s came back as %s, was %s", name, fields(t, got.Raw)[name], value)
		}
	}
	for more, status := range map[string]string{
		`"categoryCode":"LAUNDRY"`:                                         "APPROVED",
		`"categoryCode":"LAUNDRY","amountMinor":1001`:                      "PENDING", // over the limit
		`"categoryCode":"RENT"`:                                            "PENDING", // another category
		`"categoryCode":"OTHER","paymentMode":"CARD"`:                      "PENDING", // another mode
		`"categoryCode":"OTHER","paymentMode":"BANK","amountMinor":1`:      "APPROVED",
		`"categoryCode":"OTHER","paymentMode":"WALLET","amountMinor":1`:    "PENDING",
		`"categoryCode":"OTHER","paymentMode":"CASH","amountMinor":100000`: "PENDING",
	} {
		if e := manager.record("expenses", s.property, today, more); e.Status != status {
			t.Errorf("%s is %s, want %s", more, e.Status, status)
		}
	}
	if e := manager.record("revenues", s.property, today); e.Status != "PENDING" { // another kind
		t.Errorf("a manager's revenue is %s", e.Status)
	}
	s.owner.check(s.property)
}

// TestBadPolicies are refused, and the one before stays.
func TestBadPolicies(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	defer s.unchanged(t)()
	for body, code := range map[string]string{
		`{"rules":[]}`: "too_few", `{"rules":[{"roles":[]}]}`: "too_few", `{"rules":[{"roles":["AUDITOR"]}]}`: "not_allowed_value",
		`{"rules":[{"roles":["OWNER_ADMIN"],"maxAmountMinor":5,"currency":"EUX"}]}`:                "unknown_currency",
		`{"rules":[{"roles":["OWNER_ADMIN"],"maxAmountMinor":5}]}`:                                 "bad_policy",
		`{"rules":[{"roles":["OWNER_ADMIN"],"currency":"EUR"}]}`:                                   "bad_policy",
		`{"rules":[{"roles":["OWNER_ADMIN"],"maxAmountMinor":0,"currency":"EUR"}]}`:                "out_of_range",
		`{"rules":[{"roles":["OWNER_ADMIN"],"maxAmountMinor":1000000000000001,"currency":"EUR"}]}`: "out_of_range",
		`{"rules":[{"roles":["OWNER_ADMIN"],"kinds":["SALE"]}]}`:                                   "not_allowed_value",
		`{"rules":[{"roles":["OWNER_ADMIN"],"paymentModes":["BARTER"]}]}`:                          "not_allowed_value",
	} {
		s.owner.refused(422, code, "PUT", "/v1/finance/approval-policy", body)
	}
}

// TestSelfApproval (I15): nobody approves an entry of his own unless a rule lets him, and the event
// records by which policy, chart and membership it was judged.
func TestSelfApproval(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	manager := s.owner.member("manager", "PROPERTY_MANAGER", s.property)
	own := manager.record("revenues", s.property, today)
	r, _ := manager.decide([][2]string{{own.ID, "APPROVE"}})
	if r[0].Problem == nil || r[0].Problem.Status != 403 || r[0].Problem.Code != "self_approval" {
		t.Errorf("a manager approves his own: %+v", r[0])
	}
	set := s.owner.must(200, "PUT", "/v1/finance/approval-policy", `{"rules":[{"roles":["OWNER_ADMIN","PROPERTY_MANAGER"]}]}`)
	mine := s.owner.record("revenues", s.property, today)
	if mine.Status != "PENDING" {
		t.Errorf("an owner's entry under a policy without self approval is %s", mine.Status)
	}
	r, _ = s.owner.decide([][2]string{{mine.ID, "APPROVE"}, {own.ID, "APPROVE"}})
	if r[0].Problem == nil || r[0].Problem.Code != "self_approval" || r[1].Status != "APPROVED" {
		t.Errorf("the owner decides: %+v", r)
	}
	manager.approve(mine.ID)
	s.owner.refused(403, "self_approval", "POST", "/v1/finance/revenues/"+mine.ID+"/reverse", `{"reason":"r"}`)
	manager.must(201, "POST", "/v1/finance/revenues/"+mine.ID+"/reverse", `{"reason":"r"}`)
	for _, j := range s.judged(t, "EntryApproved", "EntryReversed") {
		if j.Policy != set.num("version") {
			t.Errorf("an event was judged by policy %d, in force was %s", j.Policy, set.Raw)
		}
	}
	s.owner.check(s.property)
}

type judged struct{ Policy, Chart int64 }

// judged are the versions that events of some types record.
func (s *stage) judged(t *testing.T, types ...string) (all []judged) {
	t.Helper()
	statement := spanner.Statement{
		SQL:    `SELECT Judged FROM Events WHERE PropertyId = @property AND Type IN UNNEST(@types) ORDER BY RecordedAt`,
		Params: map[string]any{"property": s.property, "types": types},
	}
	err := s.db.Single().Query(testkit.Context(t), statement).Do(func(r *spanner.Row) error {
		var text string
		var j judged
		if err := r.Columns(&text); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(text), &j)
		all = append(all, j)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("no events %v: %v", types, err)
	}
	return all
}

// TestDecideMany: one call with many items, foreign, missing, decided and repeated ones among them.
// Each has its own result, in order; repeated, the decided ones are answered as they were.
func TestDecideMany(t *testing.T) {
	t.Parallel()
	n := newNeighbours(t)
	front := n.person(t, "front", n.owner.org)
	var e []posting
	for range 4 {
		e = append(e, front.record("revenues", n.property, today))
	}
	none := ids.Entry{Kind: 'r', Property: ids.NewUUID(), Date: 20260310, ID: ids.NewUUID()}.String()
	items := [][2]string{
		{e[0].ID, "APPROVE"}, {n.theirWaiting, "APPROVE"}, {e[1].ID, "REJECT"}, {none, "REJECT"}, {e[2].ID, "WITHDRAW"},
		{n.counted.ID, "APPROVE"}, {e[3].ID, "APPROVE"}, {e[3].ID, "APPROVE"}, {e[3].ID, "REJECT"}, {n.secondEntry, "APPROVE"}, {"x", "APPROVE"},
	}
	want := "[APPROVED not_found REJECTED not_found not_creator not_pending APPROVED APPROVED not_pending APPROVED not_found]"
	told := func(r []decided) string {
		var all []string
		for i, x := range r {
			if x.Index != i || x.EntryID != items[i][0] {
				t.Errorf("item %d is answered %+v", i, x)
			}
			if x.Problem != nil {
				all = append(all, x.Problem.Code)
			} else {
				all = append(all, x.Status)
			}
		}
		return fmt.Sprint(all)
	}
	first, a := n.owner.decide(items, "k")
	if got := told(first); got != want || first[0].Replayed || a.num("decided") != 5 || a.num("refused") != 6 {
		t.Errorf("decided %s, want %s: %s", got, want, a.Raw)
	}
	defer n.unchanged(t)()
	again, b := n.owner.decide(items, "k")
	if got := told(again); got != want || !again[0].Replayed || b.Header.Get("Idempotent-Replay") != "true" || replays.ReplaceAllString(a.Raw, "") != replays.ReplaceAllString(b.Raw, "") {
		t.Errorf("again %s, want %s: %s", got, want, b.Raw)
	}
	fresh, c := n.owner.decide(items[:1])
	if fresh[0].Problem == nil || fresh[0].Problem.Code != "not_pending" || c.Header.Get("Idempotent-Replay") != "" {
		t.Errorf("under another key: %s", c.Raw)
	}
	n.owner.check(n.property)
	n.owner.check(n.second)
}

// TestDecideWithoutTheRight: items are refused one by one, with nothing decided.
func TestDecideWithoutTheRight(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	front := s.person(t, "front", s.owner.org)
	service := s.owner.member("service", "SERVICE", s.property)
	defer s.unchanged(t)()
	for _, p := range []person{front, service} {
		for _, decision := range []string{"APPROVE", "REJECT"} {
			r, a := p.decide([][2]string{{s.waiting.ID, decision}})
			if r[0].Outcome != "REFUSED" || r[0].Problem.Status != 403 || r[0].Problem.Code != "forbidden" {
				t.Errorf("%s: %s", decision, a.Raw)
			}
		}
	}
	if r, a := service.decide([][2]string{{s.waiting.ID, "WITHDRAW"}}); r[0].Problem == nil || r[0].Problem.Code != "not_creator" {
		t.Errorf("withdrawn by another: %s", a.Raw)
	}
}

// TestDailyGrant: a manager whose own entries of earlier dates wait is refused new ones, until an owner
// grants the day; the grant holds for that day.
func TestDailyGrant(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	manager := s.owner.member("manager", "PROPERTY_MANAGER", s.property)
	s.owner.must(200, "PUT", "/v1/finance/approval-policy", `{"rules":[{"roles":["OWNER_ADMIN"],"selfApproval":true}],"dailyGrant":true}`)
	old := manager.record("revenues", s.property, today)
	manager.record("revenues", s.property, today) // of the same date: no harm yet
	s.clock.set(noon(t, "2026-03-11"))
	body := entryBody("revenues", s.property, "2026-03-11")
	a := manager.refused(409, "grant_needed", "POST", "/v1/finance/revenues", body, "k")
	if a.problem().Facts["pendingSince"] != today {
		t.Errorf("the refusal does not name the day: %s", a.Raw)
	}
	r, _ := manager.bulk("revenues", []string{body, body})
	if r.Refused != 2 || r.Results[1].Problem.Code != "grant_needed" {
		t.Errorf("by bulk: %+v", r)
	}
	s.person(t, "front", s.owner.org).record("revenues", s.property, "2026-03-11") // not a manager
	grant := fmt.Sprintf(`{"propertyId":%q,"subject":"manager"}`, s.property)
	manager.refused(403, "forbidden", "POST", "/v1/finance/daily-grants", grant)
	given := s.owner.must(201, "POST", "/v1/finance/daily-grants", grant)
	if given.str("businessDate") != "2026-03-11" || given.str("grantedBy") != "owner" {
		t.Errorf("granted: %s", given.Raw)
	}
	manager.must(201, "POST", "/v1/finance/revenues", body, "k")
	s.clock.set(noon(t, "2026-03-12"))
	next := entryBody("revenues", s.property, "2026-03-12")
	manager.refused(409, "grant_needed", "POST", "/v1/finance/revenues", next)
	s.owner.must(200, "PUT", "/v1/finance/approval-policy", `{"rules":[{"roles":["OWNER_ADMIN"],"selfApproval":true}]}`)
	manager.must(201, "POST", "/v1/finance/revenues", next)
	if got := manager.read("revenues", old.ID); got.Status != "PENDING" {
		t.Errorf("the old entry is %s", got.Status)
	}
	s.owner.check(s.property)
}
