package tenant_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
)

// TestFault11ShardOfKnownAnswers has answers of another implementation (Python's hashlib): a shard that
// moved would part a property from its books.
func TestFault11ShardOfKnownAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		org      tenant.OrgID
		property tenant.PropertyID
		want     int64
	}{
		{"acme", tenant.Setup, 13}, {"acme", "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10", 3},
		{"org-000001", tenant.Setup, 7}, {"org-000002", tenant.Setup, 14}, {"a", "b", 1},
		{"Z.z_9-", "00000000-0000-4000-8000-000000000000", 4},
	} {
		if got := tenant.ShardOf(c.org, c.property); got != c.want {
			t.Errorf("%s/%s: %d, want %d", c.org, c.property, got, c.want)
		}
		if got := (tenant.Book{Org: c.org, Property: c.property}).Shard(); got != c.want {
			t.Errorf("the book %s/%s: %d, want %d", c.org, c.property, got, c.want)
		}
	}
}

func TestShardsAreEvenForNumberedOrganisations(t *testing.T) {
	t.Parallel()
	const orgs, share = 100_000, 100_000 / tenant.Shards
	for _, property := range []tenant.PropertyID{tenant.Setup, "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"} {
		var counts [tenant.Shards]int
		for i := range orgs {
			counts[tenant.ShardOf(tenant.OrgID(fmt.Sprintf("org-%06d", i)), property)]++
		}
		for shard, n := range counts {
			if n < share*95/100 || n > share*105/100 { // 5 % is four standard deviations
				t.Errorf("shard %d of %q has %d of %d organisations", shard, property, n, orgs)
			}
		}
	}
}

func TestParseOrgID(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"a", "Acme-7_x.y", strings.Repeat("a", 64)} {
		if id, err := tenant.ParseOrgID(s); err != nil || string(id) != s {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"", strings.Repeat("a", 65), "a/b", "a b", "ä", "a\x00", "a\n", "a%", "a'", "a:b", "\xff"} {
		if _, err := tenant.ParseOrgID(s); !errors.Is(err, tenant.ErrOrgID) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestParsePropertyID: the setup stream has a property id that no caller may name.
func TestParsePropertyID(t *testing.T) {
	t.Parallel()
	const good = "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a10"
	if id, err := tenant.ParsePropertyID(good); err != nil || string(id) != good {
		t.Errorf("%v %v", id, err)
	}
	for _, s := range []string{"", "-", strings.ToUpper(good), good + " ", "../" + good, "{" + good + "}", strings.ReplaceAll(good, "-", "")} {
		if _, err := tenant.ParsePropertyID(s); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%q: %v", s, err)
		}
	}
}
