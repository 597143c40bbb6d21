package daybookstore

import (
	"context"
	"slices"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/spannerdb"
)

var statisticsColumns = []string{
	"BusinessDate", "RoomsAvailable", "RoomsOutOfOrder", "RoomsSold", "RoomsComplimentary", "Guests", "StreamVersion",
}

// statisticsRow is a row of DailyStatistics: the columns of statisticsColumns.
type statisticsRow struct {
	BusinessDate       civil.Date
	RoomsAvailable     int64
	RoomsOutOfOrder    int64
	RoomsSold          int64
	RoomsComplimentary int64
	Guests             spanner.NullInt64
	StreamVersion      int64
}

func readStatisticsRow(r *spanner.Row) (daybook.Statistics, error) {
	var x statisticsRow
	if err := r.ToStruct(&x); err != nil {
		return daybook.Statistics{}, err
	}
	s := daybook.Statistics{Date: fromCivil(x.BusinessDate), Version: x.StreamVersion, Rooms: daybook.Rooms{
		Available: x.RoomsAvailable, OutOfOrder: x.RoomsOutOfOrder, Sold: x.RoomsSold, Complimentary: x.RoomsComplimentary,
	}}
	if x.Guests.Valid {
		s.Guests = &x.Guests.Int64
	}
	return s, nil
}

// writeStatistics is a whole row. Guests that nobody counted are written as null: the row may hold
// those of an event before.
func writeStatistics(b tenant.Book, e daybook.Event, d daybook.StatisticsRecorded) *row {
	guests := spanner.NullInt64{}
	if d.Guests != nil {
		guests = spanner.NullInt64{Int64: *d.Guests, Valid: true}
	}
	return datedRow(b, e.Stream).set("RoomsAvailable", d.Available).set("RoomsOutOfOrder", d.OutOfOrder).
		set("RoomsSold", d.Sold).set("RoomsComplimentary", d.Complimentary).set("Guests", guests).
		set("StreamVersion", e.Version)
}

// ReadStatistics reads the room statistics of the business dates from to to, oldest first, as they
// stand at a snapshot: one read, of a key range. Dates without any are left out. ErrRange for more
// than MaxListDays.
func ReadStatistics(ctx context.Context, snap *spannerdb.Snapshot, b tenant.Book, from, to bizdate.Date) (_ []daybook.Statistics, err error) {
	defer fault.Wrap(&err, "daybookstore.ReadStatistics(%s..%s)", from, to)
	if from > to || from.AddDays(MaxListDays) <= to {
		return nil, ErrRange
	}
	keys := spanner.KeyRange{Start: datedKey(b, to), End: datedKey(b, from), Kind: spanner.ClosedClosed}
	opts := &spanner.ReadOptions{RequestTag: "daybook/statistics"}
	var out []daybook.Statistics
	err = snap.Read(ctx, statistics, keys, statisticsColumns, opts, func(r *spanner.Row) error {
		s, err := readStatisticsRow(r)
		out = append(out, s)
		return err
	})
	slices.Reverse(out)
	return out, failureOf(err)
}

// Statistics is ReadStatistics at the moment of the read.
func (s *Store) Statistics(ctx context.Context, b tenant.Book, from, to bizdate.Date) ([]daybook.Statistics, error) {
	return ReadStatistics(ctx, s.db.Snapshot(), b, from, to)
}
