package main

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

// floorTime is how long the floor is measured.
const floorTime = 3 * time.Second

// measureFloor is how many transactions of a command's shape the emulator takes a second, on a
// database of their own, with the tables of the product.
func measureFloor(ctx context.Context, beside string) (_ float64, err error) {
	name, err := spanneradmin.ParseName(beside)
	if err != nil {
		return 0, err
	}
	name.Database = fmt.Sprintf("floor%d", time.Now().UnixNano())
	admin, err := spanneradmin.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer admin.Close()
	all, err := migrate.Load(schemas.Migrations())
	if err != nil {
		return 0, err
	}
	if err := admin.CreateDatabase(ctx, name, migrate.Statements(all)); err != nil {
		return 0, err
	}
	defer func() { _ = admin.DropDatabase(context.WithoutCancel(ctx), name) }()
	db, err := spannerdb.Open(ctx, name.String())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	book := []any{int64(0), "floor", "floor"}
	if _, err := db.Client().Apply(ctx, floorParents(book)); err != nil {
		return 0, err
	}
	began, n := time.Now(), 0
	for ; time.Since(began) < floorTime; n++ {
		if err := floorCommand(ctx, db, book, n); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

func row(table string, columns []string, values ...any) *spanner.Mutation {
	return spanner.InsertOrUpdate(table, columns, values)
}

var bookColumns = []string{"ShardId", "OrgId", "PropertyId"}

func of(columns ...string) []string { return append(append([]string{}, bookColumns...), columns...) }

func floorParents(book []any) []*spanner.Mutation {
	return []*spanner.Mutation{
		row("Properties", of("Code", "Name", "PropertyType", "TimeZone", "CutoffMinutes", "Currency", "GoLive", "RoomCount", "CreatedAt"),
			append(book, "F", "Floor", "HOTEL", "UTC", 0, "EUR", "2026-03-01", 1, spanner.CommitTimestamp)...),
		row("Periods", of("Month"), append(book, 202603)...),
	}
}

// floorCommand reads the day rows and writes an event, an entry, the day row and the command's row.
func floorCommand(ctx context.Context, db *spannerdb.DB, book []any, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	hash := make([]byte, 32)
	hash[0], hash[1], hash[2] = byte(n), byte(n>>8), byte(n>>16) //nolint:gosec // a number in bytes
	_, err := db.ReadWrite(ctx, "lag/floor", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		rows := tx.ReadWithOptions(ctx, "DailyCashBalances", spanner.Key(book).AsPrefix(), []string{"BusinessDate", "ClosingMinor"}, &spanner.ReadOptions{Limit: 64})
		if err := rows.Do(func(*spanner.Row) error { return nil }); err != nil {
			return err
		}
		return tx.BufferWrite([]*spanner.Mutation{
			row("Events", of("StreamId", "Version", "Type", "SchemaVersion", "Actor", "Cause", "Judged", "Data", "ChainHash", "RecordedAt"),
				append(book, "2026-03-01", n+1, "EntryRecorded", 1, `{"subject":"owner","role":"OWNER_ADMIN","version":1}`, hash, `{"policy":0,"chart":0}`, floorData, hash, spanner.CommitTimestamp)...),
			row("Entries", of("Month", "BusinessDate", "Kind", "EntryId", "Status", "AmountMinor", "NetMinor", "TaxMinor", "Currency", "PaymentMode", "Category",
				"PostedDate", "Legs", "CreatedBy", "RecordedStream", "RecordedVersion", "RecordedAt"),
				append(book, 202603, "2026-03-01", "REVENUE", fmt.Sprint(n), "APPROVED", 100, 100, 0, "EUR", "CASH", "ROOM",
					"2026-03-01", "[]", "owner", "2026-03-01", n+1, spanner.CommitTimestamp)...),
			row("DailyCashBalances", of("Month", "BusinessDate", "Currency", "Status", "OpeningMinor", "CashReceivedMinor", "BankReceivedMinor", "CashExpensesMinor",
				"BankExpensesMinor", "TransfersInMinor", "TransfersOutMinor", "OverShortMinor", "EntryCount", "ClosingMinor", "StreamVersion", "ChainHash", "AfterCountMinor"),
				append(book, 202603, "2026-03-01", "EUR", "OPEN", 0, 0, 0, 0, 0, 0, 0, 0, n, 0, n+1, hash, 0)...),
			row("Commands", of("CommandKey", "RequestHash", "StreamId", "Version", "RecordedAt"), append(book, hash, hash, "2026-03-01", n+1, spanner.CommitTimestamp)...),
		})
	})
	return err
}

// floorData is as long as the data of an event.
const floorData = `{"entryId":"00000000-0000-4000-8000-000000000000","kind":"REVENUE","businessDate":"2026-03-01","amountMinor":100,"netMinor":100,` +
	`"currency":"EUR","mode":"CASH","category":"ROOM","legs":[{"account":"1010","amountMinor":100},{"account":"4010","amountMinor":-100}]}`
