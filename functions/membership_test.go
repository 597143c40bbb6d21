package functions_test

import (
	"strings"
	"testing"
	"time"

	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/testkit/rpc"
)

// TestMembershipChangesTakeEffect: at once in the instance that made the change, within 30 s in every
// other.
func TestMembershipChangesTakeEffect(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	second := s.owner.property("SECOND", "2026-03-01", 0, "")
	here := s.owner.member("manager", "PROPERTY_MANAGER", s.property)
	there := here.at(s.another())
	there.record("revenues", s.property, today)
	body, other := entryBody("revenues", s.property, today), entryBody("revenues", second, today)

	s.owner.member("manager", "PROPERTY_MANAGER", second) // moved
	here.refused(404, "not_found", "POST", "/v1/finance/revenues", body)
	here.must(201, "POST", "/v1/finance/revenues", other)
	s.clock.add(30*time.Second - 1)
	there.must(201, "POST", "/v1/finance/revenues", body) // as it remembers
	s.clock.add(1)
	there.refused(404, "not_found", "POST", "/v1/finance/revenues", body)
	there.must(201, "POST", "/v1/finance/revenues", other)

	s.owner.member("manager", "AUDITOR") // demoted
	here.refused(403, "forbidden", "POST", "/v1/finance/revenues", other)
	s.clock.add(30 * time.Second)
	there.refused(403, "forbidden", "POST", "/v1/finance/revenues", other)

	s.owner.must(200, "DELETE", "/v1/setup/members/manager", "") // gone
	here.refused(403, "not_a_member", "GET", "/v1/setup/properties", "")
	s.clock.add(30 * time.Second)
	there.refused(403, "not_a_member", "GET", "/v1/setup/properties", "")
}

// TestPolicyAndChartChangesTakeEffect: the same for what entries are judged by.
func TestPolicyAndChartChangesTakeEffect(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	there := s.owner.at(s.another())
	there.record("revenues", s.property, today)
	s.owner.must(200, "PUT", "/v1/finance/approval-policy", `{"rules":[{"roles":["ACCOUNTANT"]}]}`)
	if e := s.owner.record("revenues", s.property, today); e.Status != "PENDING" {
		t.Errorf("the instance that changed the policy goes by the old one: %+v", e)
	}
	s.clock.add(30 * time.Second)
	if e := there.record("revenues", s.property, today); e.Status != "PENDING" {
		t.Errorf("another instance goes by the old policy after 30 s: %+v", e)
	}
}

// readsOf makes a rule for the reads of a table.
func readsOf(f *rpc.Faults, table string) *rpc.Rule {
	return f.On("StreamingRead").Times(rpc.Always).When(func(req any) bool {
		r, ok := req.(*sppb.ReadRequest)
		return ok && r.GetTable() == table
	})
}

// TestFault14ApprovalFailsClosed: when membership, policy or property cannot be read, nothing succeeds.
func TestFault14ApprovalFailsClosed(t *testing.T) {
	t.Parallel()
	s, f := newFaultyStage(t)
	defer s.unchanged(t)()
	for _, code := range []codes.Code{codes.DeadlineExceeded, codes.Aborted, codes.Internal} {
		for _, table := range []string{"Members", "ApprovalPolicies", "Properties"} {
			s.clock.add(31 * time.Second) // nothing is remembered
			rule := readsOf(f, table).Fail(code)
			for _, w := range s.all() {
				onlyMembers := strings.Contains("policy property member chart remove member opening", w.name)
				if w.founds || table != "Members" && onlyMembers {
					continue
				}
				a := s.owner.call(w.method, w.path, w.body)
				if a.Status == 200 && strings.Contains(a.Raw, `"outcome":"REFUSED"`) && strings.Contains(a.Raw, `"status":50`) {
					continue // a call of one of many items says so of it
				}
				if a.Status < 500 {
					t.Errorf("%s with unreadable %s (%s): %d %s", w.name, table, code, a.Status, a.Raw)
				}
				if table == "Members" && code == codes.DeadlineExceeded && (a.Status != 503 || a.str("code") != "unavailable") {
					t.Errorf("%s: %d %s, want 503 unavailable", w.name, a.Status, a.Raw)
				}
			}
			if rule.Hits() == 0 {
				t.Errorf("%s was never read", table)
			}
			f.Clear()
		}
	}
	s.owner.must(200, "GET", "/v1/setup/organisation", "")
}
