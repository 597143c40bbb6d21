package functions_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"innkeep.internal/shared/core/tenant"
)

// TestWritesAskWhoCalls: every write refuses who has no token, a token that is not ours, no membership
// or not the role, and writes nothing.
func TestWritesAskWhoCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	auditor := s.owner.member("auditor", "AUDITOR")
	stranger := s.person(t, "stranger", s.owner.org)
	defer s.unchanged(t)()
	for _, w := range s.all() {
		for name, header := range map[string]string{
			"token_missing ": "", "token_missing": "Basic b3duZXI6", "bad_token": "Bearer x.y.z",
			"bad_token ":       "Bearer " + s.claims(t, map[string]any{"aud": "other"}),
			"bad_token  ":      "Bearer " + s.claims(t, map[string]any{"iss": "https://other.test"}),
			"bad_token   ":     "Bearer " + s.claims(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}),
			"bad_token    ":    "Bearer " + s.owner.token + "x",
			"bad_organisation": "Bearer " + s.claims(t, map[string]any{"org_id": nil}),
		} {
			a := s.owner.send(w.method, w.path, w.body, func(r *http.Request) {
				r.Header.Del("Authorization")
				if header != "" {
					r.Header.Set("Authorization", header)
				}
			})
			if a.Status != 401 || a.str("code") != strings.TrimSpace(name) || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %.20q: %d %s, want 401 %s", w.name, header, a.Status, a.Raw, name)
			}
		}
		if w.founds {
			continue
		}
		stranger.refused(403, "not_a_member", w.method, w.path, w.body)
		auditor.refused(403, "forbidden", w.method, w.path, w.body)
	}
}

func (s *stage) claims(t *testing.T, more map[string]any) string {
	t.Helper()
	all := map[string]any{"sub": "owner", "org_id": string(s.owner.org)}
	for k, v := range more {
		all[k] = v
	}
	token, err := s.issuer.MintClaims(all)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestRolesMayWhatTheyMay: what each role may not do is refused, and what it may do is not refused as
// forbidden.
func TestRolesMayWhatTheyMay(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	setUp := "policy grant reopen property opening member chart budget remove member"
	forbidden := map[string]string{
		"PROPERTY_MANAGER": setUp, "ACCOUNTANT": setUp,
		"FRONT_DESK": setUp + " close reverse",
		"SERVICE":    setUp + " count statistics reverse",
	}
	for role, acts := range forbidden {
		p := s.owner.member(strings.ToLower(role), role, s.property)
		unchanged := s.unchanged(t)
		for _, w := range s.all() {
			if strings.Contains(" "+acts+" ", " "+w.name+" ") {
				p.refused(403, "forbidden", w.method, w.path, w.body)
			}
		}
		unchanged()
		for _, w := range s.all() {
			if strings.Contains(" "+acts+" ", " "+w.name+" ") || w.founds {
				continue
			}
			if a := p.call(w.method, w.path, w.body); a.Status == 403 || a.Status >= 500 {
				t.Errorf("%s may not %s: %s", role, w.name, a.Raw)
			}
		}
	}
}

// TestReadsAskWhoCalls: no read without token and membership.
func TestReadsAskWhoCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	stranger := s.person(t, "stranger", s.owner.org)
	nobody := s.person(t, "owner", tenant.OrgID("an-organisation-that-is-none"))
	for _, path := range s.reads(s.property, s.counted.ID) {
		a := s.owner.send("GET", path, "", func(r *http.Request) { r.Header.Del("Authorization") })
		if a.Status != 401 || a.str("code") != "token_missing" {
			t.Errorf("GET %s without a token: %d %s", path, a.Status, a.Raw)
		}
		stranger.refused(403, "not_a_member", "GET", path, "")
		nobody.refused(403, "not_a_member", "GET", path, "")
		s.owner.must(200, "GET", path, "")
	}
}

// reads are all reading operations, about a property and a revenue.
func (s *stage) reads(property, revenue string) []string {
	return append(analyticsReads(property), []string{
		"/v1/finance/revenues?propertyId=" + property, "/v1/finance/expenses?propertyId=" + property,
		"/v1/finance/movements?propertyId=" + property, "/v1/finance/revenues/" + revenue,
		"/v1/finance/days?propertyId=" + property, "/v1/finance/pending-approvals?propertyId=" + property,
		"/v1/finance/approval-policy", "/v1/reports/daily-report?date=" + today + "&propertyId=" + property,
		"/v1/reports/monthly-report?month=2026-03&propertyId=" + property,
		"/v1/setup/organisation", "/v1/setup/properties", "/v1/setup/members", "/v1/setup/chart-of-accounts",
		"/v1/setup/budgets?year=2026&propertyId=" + property, "/v1/setup/daily-statistics?propertyId=" + property,
	}...)
}
