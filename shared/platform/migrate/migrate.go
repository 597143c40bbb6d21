package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// ErrChanged means that the file of a migration says something else than what was applied.
// Migrations go forward only: what is applied is changed by a new one.
var ErrChanged = errors.New("the migration was changed after it was applied: take the change back and write a new migration")

// ErrBehind means that the database knows a migration that the folder does not have: the program
// is older than the schema.
var ErrBehind = errors.New("the database has a migration that is not in the folder: this checkout is older than the database")

// ErrConcurrent means that another run took the migration in the meantime.
var ErrConcurrent = errors.New("another run of the migrations is under way")

// Run applies the migrations that the database does not have, in their order, and calls say with
// one line for each migration. It may be stopped at any point and run again: the statements of a
// migration that were applied are counted by Spanner under an operation id that was noted before.
// A migration that failed in the middle may be changed behind the statements that are done.
//
// Errors: ErrChanged and ErrBehind before anything is applied, ErrConcurrent, or Spanner's own
// with the statement that it did not take.
func Run(ctx context.Context, admin *spanneradmin.Admin, db *spannerdb.DB, all []Migration, say func(line string)) (err error) {
	defer fault.Wrap(&err, "migrate.Run(%s)", db.Name())
	name, err := spanneradmin.ParseName(db.Name())
	if err != nil {
		return err
	}
	r := runner{admin: admin, name: name, book: book{db: db}}
	if err := r.ensureBook(ctx); err != nil {
		return err
	}
	rows, err := r.book.read(ctx)
	if err != nil {
		return err
	}
	if err := check(all, rows); err != nil {
		return err
	}
	for _, m := range all {
		did, err := r.apply(ctx, m, rows[m.Version])
		if err != nil {
			return fmt.Errorf("%04d_%s: %w", m.Version, m.Name, err)
		}
		say(fmt.Sprintf("%04d_%s: %s", m.Version, m.Name, did))
	}
	return nil
}

// check compares the folder with the rows before anything is touched.
func check(all []Migration, rows map[int64]row) error {
	for _, m := range all {
		r, ok := rows[m.Version]
		if !ok {
			continue
		}
		done := int(r.StatementsDone)
		if r.applied() {
			done = len(m.Statements)
		}
		if done > len(m.Statements) || done > 0 && checksum(m.Statements[:done]) != r.Checksum {
			return fmt.Errorf("%04d_%s: %w", m.Version, m.Name, ErrChanged)
		}
	}
	for v, r := range rows {
		if v > int64(len(all)) {
			return fmt.Errorf("%04d_%s: %w", v, r.Name, ErrBehind)
		}
	}
	return nil
}

type runner struct {
	admin *spanneradmin.Admin
	name  spanneradmin.Name
	book  book
}

// ensureBook makes the table SchemaMigrations when the database is new.
func (r runner) ensureBook(ctx context.Context) error {
	ddl, err := r.admin.DDL(ctx, r.name)
	if err != nil {
		return err
	}
	for _, s := range ddl {
		if strings.HasPrefix(s, "CREATE TABLE "+bookTable+" ") {
			return nil
		}
	}
	return r.admin.UpdateDDL(ctx, r.name, bookDDL)
}

// apply brings one migration to its end and says in a few words what that took.
func (r runner) apply(ctx context.Context, m Migration, at row) (did string, err error) {
	if at.applied() {
		return "was applied already", nil
	}
	at.Version, at.Name = m.Version, m.Name
	resumed := at.Tries > 0
	if resumed {
		if at, err = r.resume(ctx, m, at); err != nil {
			return "", err
		}
	}
	before := at.StatementsDone
	if int(before) < len(m.Statements) {
		if at, err = r.try(ctx, m, at); err != nil {
			return "", err
		}
	}
	if err := r.book.finish(ctx, at); err != nil {
		return "", err
	}
	if resumed {
		return fmt.Sprintf("applied; %d of its %d statements were there from an earlier run", before, len(m.Statements)), nil
	}
	return fmt.Sprintf("applied, %d statements", len(m.Statements)), nil
}

// resume finds out how far the last try came. The error of that schema change is no news: the
// statement that failed is tried again.
func (r runner) resume(ctx context.Context, m Migration, at row) (row, error) {
	applied, found, err := r.admin.ResumeDDL(ctx, r.name, at.operation())
	if ctx.Err() != nil || !found {
		return at, err
	}
	return r.advance(ctx, m, at, applied)
}

// try applies what is left as one schema change, whose id is noted before it is sent.
func (r runner) try(ctx context.Context, m Migration, at row) (row, error) {
	at, err := r.book.begin(ctx, at)
	if err != nil {
		return at, err
	}
	applied, applyErr := r.admin.StartDDL(ctx, r.name, at.operation(), m.Statements[at.StatementsDone:])
	if ctx.Err() != nil {
		return at, applyErr // the next run asks how far it came
	}
	if at, err = r.advance(ctx, m, at, applied); err != nil {
		return at, err
	}
	if left := m.Statements[at.StatementsDone:]; len(left) > 0 {
		return at, fmt.Errorf("%d of %d statements are applied; this one was not: %w\n%s",
			at.StatementsDone, len(m.Statements), applyErr, left[0])
	}
	return at, applyErr
}

// advance notes the statements that the try in at has applied.
func (r runner) advance(ctx context.Context, m Migration, at row, applied []string) (row, error) {
	if len(applied) == 0 {
		return at, nil
	}
	done := at.TriedFrom + int64(len(applied))
	if done > int64(len(m.Statements)) || !slices.Equal(m.Statements[at.TriedFrom:done], applied) {
		return at, ErrChanged
	}
	at.StatementsDone, at.Checksum = done, checksum(m.Statements[:done])
	return at, r.book.advance(ctx, at)
}
