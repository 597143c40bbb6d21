package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/google/go-cmp/cmp"

	"innkeep.internal/functions"
	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/migrate"
)

// privileges are what a role may do, by table.
type privileges map[string]map[string]bool

// parsed reads all statements, the roles made, what each may do by itself, and of what roles it is.
func parsed(t *testing.T) (made []string, may map[string]privileges, of map[string][]string) {
	t.Helper()
	statements, err := roles()
	if err != nil {
		t.Fatal(err)
	}
	may, of = map[string]privileges{}, map[string][]string{}
	for _, s := range statements {
		ddl, err := memefish.ParseDDL("roles.sql", s)
		if err != nil {
			t.Fatal(err)
		}
		switch ddl := ddl.(type) {
		case *ast.CreateRole:
			made = append(made, ddl.Name.Name)
			may[ddl.Name.Name] = privileges{}
		case *ast.Grant:
			for _, role := range ddl.Roles {
				if !slices.Contains(made, role.Name) {
					t.Errorf("%s: there is no role %s before it", s, role.Name)
				}
				switch p := ddl.Privilege.(type) {
				case *ast.RolePrivilege:
					for _, r := range p.Names {
						of[role.Name] = append(of[role.Name], r.Name)
					}
				case *ast.PrivilegeOnTable:
					for _, table := range p.Names {
						for _, x := range p.Privileges {
							may[role.Name].add(table.SQL(), x.SQL())
						}
					}
				default:
					t.Errorf("%s: neither tables nor roles", s)
				}
			}
		default:
			t.Errorf("%s: neither a role nor a grant", s)
		}
	}
	return made, may, of
}

func (p privileges) add(table, what string) {
	if p[table] == nil {
		p[table] = map[string]bool{}
	}
	p[table][what] = true
}

// Every role that the catalogue names is made, every table is somebody's, and Spanner takes 100 roles.
func TestRolesAreTheCatalogues(t *testing.T) {
	made, may, of := parsed(t)
	c, err := functions.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Functions {
		if diff := cmp.Diff(f.Roles, of[f.DatabaseRole()]); diff != "" {
			t.Errorf("%s (-catalogue +role):\n%s", f.Name, diff)
		}
		for _, r := range f.Roles {
			if !slices.Contains(made, r) {
				t.Errorf("%s: nothing makes the role %s", f.Name, r)
			}
		}
	}
	if len(made) > 100 || len(made) != len(may) {
		t.Errorf("%d roles, %d different ones; Spanner takes 100", len(made), len(may))
	}
	whole, err := migrate.Split("schema.sql", schemas.SQL())
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]bool{}
	for _, s := range whole {
		if name, ok := strings.CutPrefix(s, "CREATE TABLE "); ok {
			tables[strings.Fields(name)[0]] = true
		}
	}
	granted := map[string]bool{}
	for role, p := range may {
		for table := range p {
			granted[table] = true
			if !tables[table] {
				t.Errorf("%s: there is no table %s", role, table)
			}
		}
	}
	for table := range tables {
		if !granted[table] {
			t.Errorf("no role may touch %s", table)
		}
	}
}

// What happened is never changed, whatever a function's code does.
func TestNoRoleChangesWhatHappened(t *testing.T) {
	_, may, _ := parsed(t)
	for role, p := range may {
		for _, table := range []string{"Events", "Commands", "CashCounts", "CorrectionDecisions", "ReconciliationActs", "ReportSnapshots", "ApprovalPolicies"} {
			if p[table]["UPDATE"] || p[table]["DELETE"] {
				t.Errorf("%s may change %s: %q", role, table, slices.Sorted(maps.Keys(p[table])))
			}
		}
		if p["Entries"]["DELETE"] {
			t.Errorf("%s may delete entries", role)
		}
	}
}

func TestMissingRoles(t *testing.T) {
	got := missing([]string{"CREATE ROLE a", "CREATE ROLE b", "GRANT ROLE a TO ROLE b"}, []string{"CREATE TABLE a (X INT64) PRIMARY KEY (X)", "CREATE ROLE `a`"})
	if diff := cmp.Diff([]string{"CREATE ROLE b", "GRANT ROLE a TO ROLE b"}, got); diff != "" {
		t.Error(diff)
	}
}
