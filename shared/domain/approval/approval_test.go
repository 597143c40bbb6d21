package approval_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/ledger"
)

// acts is the table of rights once more: a letter for each of read, record, count, close, reopen,
// decide, grant, set up.
var acts = map[approval.Role]string{
	approval.OwnerAdmin:      "rncoxdgs",
	approval.PropertyManager: "rnco-d--",
	approval.Accountant:      "rnco-d--",
	approval.FrontDesk:       "rnc-----",
	approval.Auditor:         "r-------",
	approval.Service:         "rn-o----",
	"":                       "--------",
	"owner_admin":            "--------",
	"OWNER_ADMIN ":           "--------",
	"ADMIN":                  "--------",
}

func TestRightsOfRoles(t *testing.T) {
	t.Parallel()
	all := []approval.Act{
		approval.Read, approval.Record, approval.Count, approval.Close,
		approval.Reopen, approval.Decide, approval.Grant, approval.SetUp,
	}
	for role, letters := range acts {
		for i, act := range all {
			err := role.May(act)
			if want := letters[i] != '-'; (err == nil) != want || err != nil && !errors.Is(err, approval.ErrForbidden) {
				t.Errorf("%q may %s: %v", role, act, err)
			}
		}
		for _, act := range []approval.Act{"", "READ", "everything"} {
			if role.May(act) == nil {
				t.Errorf("%q may do the unknown act %q", role, act)
			}
		}
	}
	for _, r := range approval.Roles {
		if acts[r] == "" {
			t.Errorf("%s is not in the table", r)
		}
	}
}

func TestRolesThatSeeEveryProperty(t *testing.T) {
	t.Parallel()
	for role := range acts {
		want := role == approval.OwnerAdmin || role == approval.Accountant || role == approval.Auditor
		if role.SeesAll() != want {
			t.Errorf("%q sees all: %v", role, role.SeesAll())
		}
	}
}

func item(change func(*approval.Item)) approval.Item {
	it := approval.Item{Kind: ledger.Expense, Category: "UTILITIES", Mode: ledger.Cash, AmountMinor: 100, Currency: "EUR", CreatedBy: "other"}
	change(&it)
	return it
}

// TestPolicyTable takes every role, entries of one's own and of others, and each condition of a
// rule, met and not met.
func TestPolicyTable(t *testing.T) {
	t.Parallel()
	conditions := []struct {
		name  string
		rule  approval.Rule
		item  func(*approval.Item)
		meets bool
	}{
		{"any", approval.Rule{}, func(*approval.Item) {}, true},
		{"kind", approval.Rule{Kinds: []ledger.Kind{ledger.Expense}}, func(*approval.Item) {}, true},
		{"other kind", approval.Rule{Kinds: []ledger.Kind{ledger.Revenue}}, func(*approval.Item) {}, false},
		{"category", approval.Rule{Categories: []string{"RENT", "UTILITIES"}}, func(*approval.Item) {}, true},
		{"other category", approval.Rule{Categories: []string{"RENT"}}, func(*approval.Item) {}, false},
		{"category's case", approval.Rule{Categories: []string{"utilities"}}, func(*approval.Item) {}, false},
		{"mode", approval.Rule{PaymentModes: []ledger.PaymentMode{ledger.Cash}}, func(*approval.Item) {}, true},
		{"other mode", approval.Rule{PaymentModes: []ledger.PaymentMode{ledger.Bank}}, func(*approval.Item) {}, false},
		{"at the limit", approval.Rule{MaxAmountMinor: 100, Currency: "EUR"}, func(*approval.Item) {}, true},
		{"above the limit", approval.Rule{MaxAmountMinor: 99, Currency: "EUR"}, func(*approval.Item) {}, false},
		{"a reversal at the limit", approval.Rule{MaxAmountMinor: 100, Currency: "EUR"}, func(it *approval.Item) { it.AmountMinor = -100 }, true},
		{"a reversal above it", approval.Rule{MaxAmountMinor: 99, Currency: "EUR"}, func(it *approval.Item) { it.AmountMinor = -100 }, false},
		{"the smallest amount", approval.Rule{MaxAmountMinor: 100, Currency: "EUR"}, func(it *approval.Item) { it.AmountMinor = math.MinInt64 }, false},
		{"another currency's limit", approval.Rule{MaxAmountMinor: 100, Currency: "USD"}, func(*approval.Item) {}, false},
		{"a limit without currency", approval.Rule{MaxAmountMinor: 100}, func(*approval.Item) {}, false},
		{"a negative limit", approval.Rule{MaxAmountMinor: -1, Currency: "EUR"}, func(*approval.Item) {}, false},
		{"all met", approval.Rule{Kinds: ledger.Kinds, Categories: []string{"UTILITIES"}, PaymentModes: ledger.PaymentModes, MaxAmountMinor: 100, Currency: "EUR"}, func(*approval.Item) {}, true},
		{"one not met", approval.Rule{Kinds: ledger.Kinds, Categories: []string{"RENT"}, PaymentModes: ledger.PaymentModes, MaxAmountMinor: 100, Currency: "EUR"}, func(*approval.Item) {}, false},
	}
	for role, letters := range acts {
		for _, own := range []bool{false, true} {
			for _, self := range []bool{false, true} {
				for _, c := range conditions {
					rule := c.rule
					rule.Roles, rule.SelfApproval = []approval.Role{role}, self
					it := item(c.item)
					if own {
						it.CreatedBy = "me"
					}
					var want error
					switch {
					case !strings.Contains(letters, "d"):
						want = approval.ErrForbidden
					case !c.meets:
						want = approval.ErrNoRight
					case own && !self:
						want = approval.ErrSelfApproval
					}
					p := approval.Policy{Rules: []approval.Rule{rule}}
					name := fmt.Sprintf("%q, own %v, self-approval %v, %s", role, own, self, c.name)
					actor := approval.Actor{Subject: "me", Role: role}
					if got := p.Allows(actor, it); !errors.Is(got, want) {
						t.Errorf("%s: %v, want %v", name, got, want)
					}
					atOnce := strings.Contains(letters, "d") && c.meets && self
					if got := p.AtOnce(actor, it); got != atOnce {
						t.Errorf("%s: at once %v, want %v", name, got, atOnce)
					}
				}
			}
		}
	}
}

func TestRulesOfOtherRolesDoNotHelp(t *testing.T) {
	t.Parallel()
	p := approval.Policy{Rules: []approval.Rule{{Roles: []approval.Role{approval.OwnerAdmin}, SelfApproval: true}}}
	if err := p.Allows(approval.Actor{Subject: "me", Role: approval.Accountant}, item(func(*approval.Item) {})); !errors.Is(err, approval.ErrNoRight) {
		t.Errorf("got %v", err)
	}
}

// TestASecondRuleMayAllow: one rule that forbids self-approval does not take what another gives.
func TestASecondRuleMayAllow(t *testing.T) {
	t.Parallel()
	roles := []approval.Role{approval.PropertyManager}
	rules := []approval.Rule{{Roles: roles}, {Roles: roles, MaxAmountMinor: 100, Currency: "EUR", SelfApproval: true}}
	actor := approval.Actor{Subject: "me", Role: approval.PropertyManager}
	for range 2 {
		p := approval.Policy{Rules: rules}
		if err := p.Allows(actor, item(func(it *approval.Item) { it.CreatedBy = "me" })); err != nil {
			t.Errorf("got %v", err)
		}
		if err := p.Allows(actor, item(func(it *approval.Item) { it.CreatedBy = "me"; it.AmountMinor = 101 })); !errors.Is(err, approval.ErrSelfApproval) {
			t.Errorf("got %v", err)
		}
		slices.Reverse(rules)
	}
}

func TestDefaultPolicy(t *testing.T) {
	t.Parallel()
	p := approval.Default()
	if err := p.Check(); err != nil || p.Version != 0 || p.DailyGrant {
		t.Fatalf("%+v %v", p, err)
	}
	for role := range acts {
		decides := role == approval.OwnerAdmin || role == approval.PropertyManager || role == approval.Accountant
		actor := approval.Actor{Subject: "me", Role: role}
		it := item(func(*approval.Item) {})
		if got := p.Allows(actor, it) == nil; got != decides {
			t.Errorf("%q approves others' entries: %v", role, got)
		}
		if got := p.AtOnce(actor, it); got != (role == approval.OwnerAdmin) {
			t.Errorf("%q approves at once: %v", role, got)
		}
	}
}

// TestPolicyWithoutRulesAllowsNothing: what could not be read, or was never set, refuses (I15).
func TestPolicyWithoutRulesAllowsNothing(t *testing.T) {
	t.Parallel()
	for role := range acts {
		for _, p := range []approval.Policy{{}, {Rules: []approval.Rule{{}}}, {Rules: []approval.Rule{{SelfApproval: true}}}} {
			if p.Allows(approval.Actor{Subject: "me", Role: role}, item(func(*approval.Item) {})) == nil {
				t.Errorf("%q approves by %+v", role, p)
			}
		}
	}
}

func TestPolicyCheck(t *testing.T) {
	t.Parallel()
	owner := []approval.Role{approval.OwnerAdmin}
	for name, rule := range map[string]approval.Rule{
		"no roles":                 {},
		"a role that may not":      {Roles: []approval.Role{approval.OwnerAdmin, approval.FrontDesk}},
		"an unknown role":          {Roles: []approval.Role{"ADMIN"}},
		"a negative limit":         {Roles: owner, MaxAmountMinor: -1, Currency: "EUR"},
		"a limit without currency": {Roles: owner, MaxAmountMinor: 1},
		"a currency without limit": {Roles: owner, Currency: "EUR"},
	} {
		err := approval.Policy{Rules: []approval.Rule{{Roles: owner}, rule}}.Check()
		if f := fault.From(err); f == nil || f.Code != approval.ErrPolicy.Code || f.Kind != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if (approval.Policy{}).Check() == nil {
		t.Error("a policy without rules can be used")
	}
	ok := approval.Policy{Rules: []approval.Rule{{Roles: owner, MaxAmountMinor: 1, Currency: "EUR"}}}
	if err := ok.Check(); err != nil {
		t.Error(err)
	}
}
