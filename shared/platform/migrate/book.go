package migrate

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/platform/spannerdb"
)

// bookTable is the migrations' own table. It is not part of schema.sql: it says how a database
// came to its schema.
const bookTable = "SchemaMigrations"

const bookDDL = `CREATE TABLE SchemaMigrations (
  Version INT64 NOT NULL,
  Name STRING(200) NOT NULL,
  Checksum STRING(64) NOT NULL,
  StatementsDone INT64 NOT NULL,
  Tries INT64 NOT NULL,
  TriedFrom INT64 NOT NULL,
  AppliedAt TIMESTAMP OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (Version)`

// bookTimeout bounds one read or write of the book, which has a row a migration.
const bookTimeout = 30 * time.Second

var bookColumns = []string{"Version", "Name", "Checksum", "StatementsDone", "Tries", "TriedFrom", "AppliedAt"}

// row is what the database knows of one migration.
type row struct {
	Version        int64
	Name           string
	Checksum       string // over the statements that are done
	StatementsDone int64
	Tries          int64 // schema changes that were begun for it; part of the last one's id
	TriedFrom      int64 // statements that were done when the last try began
	AppliedAt      spanner.NullTime
}

func (r row) applied() bool { return r.AppliedAt.Valid }

// operation is the id of the last try's schema change.
func (r row) operation() string { return fmt.Sprintf("migration_%04d_%d", r.Version, r.Tries) }

func (r row) write(appliedAt any) *spanner.Mutation {
	return spanner.InsertOrUpdate(bookTable, bookColumns,
		[]any{r.Version, r.Name, r.Checksum, r.StatementsDone, r.Tries, r.TriedFrom, appliedAt})
}

type book struct{ db *spannerdb.DB }

// read gives the rows by version.
func (b book) read(ctx context.Context) (map[int64]row, error) {
	ctx, cancel := context.WithTimeout(ctx, bookTimeout)
	defer cancel()
	rows := make(map[int64]row)
	err := b.db.Single().Read(ctx, bookTable, spanner.AllKeys(), bookColumns).Do(func(sr *spanner.Row) error {
		var r row
		if err := sr.ToStruct(&r); err != nil {
			return err
		}
		rows[r.Version] = r
		return nil
	})
	return rows, err
}

// begin notes a new try of r, unless another run has changed the row since it was read.
func (b book) begin(ctx context.Context, r row) (row, error) {
	next := r
	next.Tries++
	next.TriedFrom = r.StatementsDone
	err := b.write(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		var now row
		sr, err := tx.ReadRow(ctx, bookTable, spanner.Key{r.Version}, bookColumns)
		switch {
		case spanner.ErrCode(err) == codes.NotFound:
		case err != nil:
			return err
		default:
			if err := sr.ToStruct(&now); err != nil {
				return err
			}
		}
		if now.Tries != r.Tries || now.applied() {
			return ErrConcurrent
		}
		return tx.BufferWrite([]*spanner.Mutation{next.write(nil)})
	})
	return next, err
}

// advance notes how many statements are done.
func (b book) advance(ctx context.Context, r row) error {
	return b.write(ctx, func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
		return tx.BufferWrite([]*spanner.Mutation{r.write(nil)})
	})
}

// finish notes that the whole migration is applied.
func (b book) finish(ctx context.Context, r row) error {
	return b.write(ctx, func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
		return tx.BufferWrite([]*spanner.Mutation{r.write(spanner.CommitTimestamp)})
	})
}

func (b book) write(ctx context.Context, f func(context.Context, *spanner.ReadWriteTransaction) error) error {
	ctx, cancel := context.WithTimeout(ctx, bookTimeout)
	defer cancel()
	_, err := b.db.ReadWrite(ctx, "migrate/book", f)
	return err
}
