// Package grants holds what functions do to the database against what their roles may
// (schemas/roles.sql): the emulator knows no roles, so a grant that is missing would show in the cloud
// alone. It looks at the calls of a client's own connection.
package grants

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/migrate"
)

// Book is what each role may: "INSERT Events", its parents' grants included.
type Book map[string]map[string]bool

// Load reads schemas/roles.sql.
func Load(t testing.TB) Book {
	t.Helper()
	statements, err := migrate.Split("roles.sql", schemas.Roles())
	if err != nil {
		t.Fatal(err)
	}
	b := Book{}
	for _, s := range statements {
		ddl, err := memefish.ParseDDL("roles.sql", s)
		if err != nil {
			t.Fatal(err)
		}
		switch ddl := ddl.(type) {
		case *ast.CreateRole:
			b[ddl.Name.Name] = map[string]bool{}
		case *ast.Grant:
			for _, role := range ddl.Roles {
				if err := b.grant(role.Name, ddl.Privilege); err != nil {
					t.Fatalf("%s: %v", s, err)
				}
			}
		}
	}
	return b
}

// grant gives a role what a statement says; roles are made of roles that stand before them.
func (b Book) grant(role string, p ast.Privilege) error {
	mine, ok := b[role]
	if !ok {
		return fmt.Errorf("there is no role %s", role)
	}
	switch p := p.(type) {
	case *ast.RolePrivilege:
		for _, of := range p.Names {
			maps.Copy(mine, b[of.Name])
		}
	case *ast.PrivilegeOnTable:
		for _, table := range p.Names {
			for _, what := range p.Privileges {
				mine[what.SQL()+" "+table.SQL()] = true
			}
		}
	}
	return nil
}

// Missing are the privileges that a call needs and none of the roles has.
func (b Book) Missing(roles []string, call any) []string {
	var out []string
	for _, need := range needs(call) {
		if !slices.ContainsFunc(roles, func(r string) bool { return b[r][need] }) {
			out = append(out, need)
		}
	}
	return out
}

// needs are the privileges that a call of Spanner's API takes.
func needs(call any) (out []string) {
	switch call := call.(type) {
	case *spannerpb.ReadRequest:
		out = append(out, "SELECT "+call.GetTable())
	case *spannerpb.ExecuteSqlRequest:
		for _, word := range strings.FieldsFunc(call.GetSql(), func(r rune) bool { return r != '_' && (r < 'A' || r > 'z') }) {
			if tables()[word] {
				out = append(out, "SELECT "+word)
			}
		}
	case *spannerpb.CommitRequest:
		for _, m := range call.GetMutations() {
			switch {
			case m.GetInsert() != nil:
				out = append(out, "INSERT "+m.GetInsert().GetTable())
			case m.GetUpdate() != nil:
				out = append(out, "UPDATE "+m.GetUpdate().GetTable())
			case m.GetInsertOrUpdate() != nil:
				out = append(out, "INSERT "+m.GetInsertOrUpdate().GetTable(), "UPDATE "+m.GetInsertOrUpdate().GetTable())
			case m.GetDelete() != nil:
				out = append(out, "DELETE "+m.GetDelete().GetTable())
			default:
				out = append(out, "a mutation of a kind that no role has")
			}
		}
	}
	return out
}

// tables are those of schema.sql.
func tables() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(schemas.SQL()) {
		if rest, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			out[strings.Fields(rest)[0]] = true
		}
	}
	return out
}
