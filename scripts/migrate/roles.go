package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"innkeep.internal/functions"
	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

var createRole = regexp.MustCompile("^CREATE ROLE `?([A-Za-z0-9_]+)`?")

// grant makes the roles that the database does not have, and grants what they may. A grant that stands
// already changes nothing, so all of them are sent in one schema change. What is taken out of roles.sql
// or of the catalogue is not revoked: a person does that, when no instance needs it any more.
func grant(ctx context.Context, admin *spanneradmin.Admin, name spanneradmin.Name, out io.Writer) error {
	existing, err := admin.DDL(ctx, name)
	if err != nil {
		return err
	}
	wanted, err := roles()
	if err != nil {
		return err
	}
	statements := missing(wanted, existing)
	if err := admin.UpdateDDL(ctx, name, statements...); err != nil {
		return err
	}
	fmt.Fprintf(out, "roles: %d statements\n", len(statements))
	return nil
}

// roles are all statements: the catalogue's roles, then each function's own, made of them.
func roles() ([]string, error) {
	statements, err := migrate.Split("roles.sql", schemas.Roles())
	if err != nil {
		return nil, err
	}
	c, err := functions.Load()
	if err != nil {
		return nil, err
	}
	for _, f := range c.Functions {
		statements = append(statements, "CREATE ROLE "+f.DatabaseRole(),
			"GRANT ROLE "+strings.Join(f.Roles, ", ")+" TO ROLE "+f.DatabaseRole())
	}
	return statements, nil
}

// missing are the statements without those that make a role which is there.
func missing(wanted, existing []string) []string {
	there := map[string]bool{}
	for _, s := range existing {
		if m := createRole.FindStringSubmatch(s); m != nil {
			there[m[1]] = true
		}
	}
	var out []string
	for _, s := range wanted {
		if m := createRole.FindStringSubmatch(s); m == nil || !there[m[1]] {
			out = append(out, s)
		}
	}
	return out
}
