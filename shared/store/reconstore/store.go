// Package reconstore keeps the reconciliation of a property's bank account: how it is done, the bank's
// statements, and which book items and statement lines belong together. It moves no money: what it
// reads of the day book it reads through daybookstore.
//
// It owns the tables ReconciliationSettings, Statements, StatementLines, Matches, MatchMembers and
// ReconciliationActs. What belongs together is decided by domain/recon. A statement is seen whole or
// not at all, and an item or a line stands in one match at most, by the key of MatchMembers (I19).
package reconstore

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	// timeout bounds one transaction with its repetitions: less than the 15 s of the reports service, so
	// that its outcome can still be told.
	timeout = 12 * time.Second
	// maxDoubts is how often a call goes on after a commit whose outcome nobody told.
	maxDoubts = 4
	// lineBatch is how many lines of a statement a commit writes: 12 cells each are 24,000 of the 80,000
	// that a commit may hold.
	lineBatch = 2_000
	// matchBatch is how many matches of a run a commit writes: with two members and their index entries
	// about 60 cells each, 30,000 in all.
	matchBatch = 500
	// emulatorBatch is matchBatch on the emulator, whose time for a commit grows with the square of its
	// rows of a table with a CHECK.
	emulatorBatch = 100
)

// The tables and indexes, as in schemas/schema.sql.
const (
	settingsTable   = "ReconciliationSettings"
	statementsTable = "Statements"
	linesTable      = "StatementLines"
	matchesTable    = "Matches"
	membersTable    = "MatchMembers"
	actsTable       = "ReconciliationActs"

	byContent     = "StatementsByContent"
	byBankID      = "StatementsByBankId"
	membersByDate = "MatchMembersByDate"
	logIndex      = "ReconciliationLog"
)

// Store reads and changes the reconciliations of all properties in one database.
type Store struct {
	db    *spannerdb.DB
	books *daybookstore.Store
	batch int // matches of a commit
}

// New is a store that reads the day books of another one.
func New(db *spannerdb.DB, books *daybookstore.Store) *Store {
	s := &Store{db: db, books: books, batch: matchBatch}
	if spannerdb.IsEmulator() {
		s.batch = emulatorBatch
	}
	return s
}

// failure is the answer to an error of the database that no decision explains.
func failure(err error, out spannerdb.Outcome) error {
	switch {
	case err == nil || fault.From(err) != nil:
		return err
	case out.Unknown:
		return errors.Join(daybookstore.ErrOutcomeUnknown, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	switch spanner.ErrCode(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Aborted, codes.ResourceExhausted:
		return errors.Join(daybookstore.ErrUnavailable, err)
	}
	return err
}

// failureOf is failure for what reads alone.
func failureOf(err error) error { return failure(err, spannerdb.Outcome{}) }

// bookKey is a key of a table of a property.
func bookKey(b tenant.Book, rest ...any) spanner.Key {
	return append(spanner.Key{b.Shard(), string(b.Org), string(b.Property)}, rest...)
}

// row is a row to be written, column by column; what is null is left out.
type row map[string]any

func newRow(b tenant.Book) row {
	return row{"ShardId": b.Shard(), "OrgId": string(b.Org), "PropertyId": string(b.Property)}
}

// text sets a column unless the text is empty, which is stored as null.
func (r row) text(column, v string) row {
	if v != "" {
		r[column] = v
	}
	return r
}

// minor sets a column unless there is no amount.
func (r row) minor(column string, v *int64) row {
	if v != nil {
		r[column] = *v
	}
	return r
}

func civilDate(d bizdate.Date) civil.Date { return civil.DateOf(d.Time()) }

func fromCivil(d civil.Date) bizdate.Date {
	n, _ := bizdate.FromNumber(int64(d.Year)*10000 + int64(d.Month)*100 + int64(d.Day)) // what a DATE column holds is a date
	return n
}

func nullDate(d spanner.NullDate) bizdate.Date {
	if !d.Valid {
		return 0
	}
	return fromCivil(d.Date)
}

func nullMinor(n spanner.NullInt64) *int64 {
	if !n.Valid {
		return nil
	}
	return &n.Int64
}

// reader is a transaction of either sort.
type reader interface {
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator
}

// each calls f for every row of keys.
func each(ctx context.Context, tx any, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions, f func(*spanner.Row) error) error {
	if s, ok := tx.(*spannerdb.Snapshot); ok {
		return s.Read(ctx, table, keys, columns, opts, f)
	}
	r, ok := tx.(reader)
	if !ok {
		return errReader
	}
	return r.ReadWithOptions(ctx, table, keys, columns, opts).Do(f)
}

var errReader = errors.New("reconstore: neither a transaction nor a snapshot")
