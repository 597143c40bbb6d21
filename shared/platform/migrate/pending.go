package migrate

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// Pending are the migrations that Run would apply, or go on with, in their order. Nothing is changed. Its
// errors are ErrChanged, ErrBehind and Spanner's own.
func Pending(ctx context.Context, admin *spanneradmin.Admin, db *spannerdb.DB, all []Migration) (left []Migration, err error) {
	defer fault.Wrap(&err, "migrate.Pending(%s)", db.Name())
	name, err := spanneradmin.ParseName(db.Name())
	if err != nil {
		return nil, err
	}
	ddl, err := admin.DDL(ctx, name)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(ddl, func(s string) bool { return strings.HasPrefix(s, "CREATE TABLE "+bookTable+" ") }) {
		return all, nil
	}
	rows, err := (&book{db: db}).read(ctx)
	if err != nil {
		return nil, err
	}
	if err := check(all, rows); err != nil {
		return nil, err
	}
	for _, m := range all {
		if !rows[m.Version].applied() {
			left = append(left, m)
		}
	}
	return left, nil
}

var takes = regexp.MustCompile(`(?is)^\s*(DROP|RENAME)\b|^\s*ALTER\s+TABLE\b.*\b(DROP|RENAME|NOT\s+NULL|ADD\s+CONSTRAINT|ADD\s+CHECK|ADD\s+FOREIGN)\b`)

// Contracts reports whether a migration takes something away that a program of before may use, or refuses
// what it writes: it is
// applied only when no such program runs any more. All others expand the schema and go first.
func (m Migration) Contracts() bool { return slices.ContainsFunc(m.Statements, takes.MatchString) }
