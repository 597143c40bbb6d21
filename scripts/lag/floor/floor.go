// Package floor measures what the database itself does for commands of the product's shape, with the raw
// client, on a database of its own with the product's tables: what no program above it can exceed.
package floor

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"innkeep.internal/schemas"
	"innkeep.internal/shared/platform/migrate"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/platform/spannerdb/spanneradmin"
)

// Floor is a database beside another one. Close drops it.
type Floor struct {
	db   *spannerdb.DB
	book []any
	n    int // commands so far
	drop func()
}

// Open makes it on the server of the database that beside names.
func Open(ctx context.Context, beside string) (_ *Floor, err error) {
	name, err := spanneradmin.ParseName(beside)
	if err != nil {
		return nil, err
	}
	name.Database = fmt.Sprintf("floor%d", time.Now().UnixNano())
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return nil, err
	}
	if err := admin.CreateDatabase(ctx, name, migrate.Statements(all)); err != nil {
		return nil, err
	}
	f := &Floor{book: []any{int64(0), "floor", "floor"}, drop: func() { drop(context.WithoutCancel(ctx), name) }}
	if f.db, err = spannerdb.Open(ctx, name.String()); err != nil {
		f.drop()
		return nil, err
	}
	if _, err := f.db.Client().Apply(ctx, parents(f.book)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func drop(ctx context.Context, name spanneradmin.Name) {
	if admin, err := spanneradmin.Open(ctx); err == nil {
		_ = admin.DropDatabase(ctx, name)
		_ = admin.Close()
	}
}

// Close drops the database.
func (f *Floor) Close() {
	f.db.Close()
	f.drop()
}

// Transactions is how many transactions of a command's shape one client does a second, one after the
// other: one range read and one commit of four rows.
func (f *Floor) Transactions(ctx context.Context, d time.Duration) (float64, error) {
	began, n := time.Now(), 0
	for ; time.Since(began) < d; n++ {
		f.n++
		if err := command(ctx, f.db, f.book, f.n); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// Blind is how many commands' rows a second go in by commits of so many commands, which read nothing.
func (f *Floor) Blind(ctx context.Context, commands int, d time.Duration) (float64, error) {
	began, n := time.Now(), 0
	for ; time.Since(began) < d; n += commands {
		var all []*spanner.Mutation
		for range commands {
			f.n++
			all = append(all, rows(f.book, f.n)...)
		}
		if _, err := f.db.Client().Apply(ctx, all, spanner.ApplyAtLeastOnce(), spanner.TransactionTag("floor/blind")); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// Reads is how many range reads a second one client does, one after the other, each of the newest rows of
// a property at an exact timestamp.
func (f *Floor) Reads(ctx context.Context, d time.Duration) (float64, error) {
	began, n := time.Now(), 0
	snap := f.db.SnapshotAt(began)
	for ; time.Since(began) < d; n++ {
		err := snap.Read(ctx, "DailyCashBalances", spanner.Key(f.book).AsPrefix(), []string{"BusinessDate", "ClosingMinor"}, nil,
			func(*spanner.Row) error { return nil })
		if err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// Strong is how long a strong read of one row takes, one after the other. The emulator waits longer in it
// the more calls it has ever had, on whatever database of it (decision 42).
func (f *Floor) Strong(ctx context.Context, d time.Duration) (time.Duration, error) {
	began, n := time.Now(), 0
	for ; time.Since(began) < d; n++ {
		if _, err := f.db.Single().ReadRow(ctx, "Properties", spanner.Key(f.book), []string{"Code"}); err != nil {
			return 0, err
		}
	}
	return time.Since(began) / time.Duration(max(n, 1)), nil
}

func row(table string, columns []string, values ...any) *spanner.Mutation {
	return spanner.InsertOrUpdate(table, columns, values)
}

var bookColumns = []string{"ShardId", "OrgId", "PropertyId"}

func of(columns ...string) []string { return append(append([]string{}, bookColumns...), columns...) }

func parents(book []any) []*spanner.Mutation {
	return []*spanner.Mutation{
		row("Properties", of("Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"),
			append(book, "F", "Floor", "HOTEL", "UTC", 0, "EUR", "2026-03-01", 1, spanner.CommitTimestamp)...),
		row("Periods", of("Month"), append(book, 202603)...),
	}
}

// command reads the day rows and writes an event, an entry, the day row and the command's row.
func command(ctx context.Context, db *spannerdb.DB, book []any, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, err := db.ReadWrite(ctx, "lag/floor", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		found := tx.ReadWithOptions(ctx, "DailyCashBalances", spanner.Key(book).AsPrefix(), []string{"BusinessDate", "ClosingMinor"}, &spanner.ReadOptions{Limit: 64})
		if err := found.Do(func(*spanner.Row) error { return nil }); err != nil {
			return err
		}
		return tx.BufferWrite(rows(book, n))
	})
	return err
}

// rows are what a command writes: an event, an entry, the day row and the command's own.
func rows(book []any, n int) []*spanner.Mutation {
	hash := make([]byte, 32)
	hash[0], hash[1], hash[2] = byte(n), byte(n>>8), byte(n>>16) //nolint:gosec // a number in bytes
	return []*spanner.Mutation{
		row("Events", of("StreamId", "Version", "Type", "SchemaVersion", "Actor", "Cause", "Judged", "Data", "ChainHash", "RecordedAt"),
			append(book, "2026-03-01", n+1, "EntryRecorded", 1, `{"subject":"owner","role":"OWNER_ADMIN","version":1}`, hash, `{"policy":0,"chart":0}`, data, hash, spanner.CommitTimestamp)...),
		row("Entries", of("Month", "BusinessDate", "Kind", "EntryId", "Status", "AmountMinor", "NetMinor", "TaxMinor", "Currency", "PaymentMode", "Category",
			"PostedDate", "Legs", "CreatedBy", "RecordedStream", "RecordedVersion", "RecordedAt"),
			append(book, 202603, "2026-03-01", "REVENUE", fmt.Sprint(n), "APPROVED", 100, 100, 0, "EUR", "CASH", "ROOM",
				"2026-03-01", "[]", "owner", "2026-03-01", n+1, spanner.CommitTimestamp)...),
		row("DailyCashBalances", of("Month", "BusinessDate", "Currency", "Status", "OpeningMinor", "CashReceivedMinor", "BankReceivedMinor", "CashExpensesMinor",
			"BankExpensesMinor", "TransfersInMinor", "TransfersOutMinor", "OverShortMinor", "EntryCount", "ClosingMinor", "StreamVersion", "ChainHash", "AfterCountMinor"),
			append(book, 202603, "2026-03-01", "EUR", "OPEN", 0, 0, 0, 0, 0, 0, 0, 0, n, 0, n+1, hash, 0)...),
		row("Commands", of("CommandKey", "RequestHash", "StreamId", "Version", "RecordedAt"), append(book, hash, hash, "2026-03-01", n+1, spanner.CommitTimestamp)...),
	}
}

// data is as long as the data of an event.
const data = `{"entryId":"00000000-0000-4000-8000-000000000000","kind":"REVENUE","businessDate":"2026-03-01","amountMinor":100,"netMinor":100,` +
	`"currency":"EUR","mode":"CASH","category":"ROOM","legs":[{"account":"1010","amountMinor":100},{"account":"4010","amountMinor":-100}]}`
