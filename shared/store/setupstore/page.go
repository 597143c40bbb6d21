package setupstore

import (
	"context"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/spannerdb"
)

// Located is a property, and whose it is.
type Located struct {
	Book tenant.Book
	setup.Property
}

// Page is at most limit properties of a shard from a book on, of all organisations, in the order of
// their keys; the zero Book is before all. For walks over the whole installation: one RPC as a rule,
// more where organisations have more streams of their own here than properties.
func Page(ctx context.Context, db *spannerdb.DB, shard int64, from tenant.Book, limit int) (found []Located, err error) {
	defer fault.Wrap(&err, "setupstore.Page(%d)", shard)
	keys := spanner.KeyRange{Start: spanner.Key{shard}, End: spanner.Key{shard}, Kind: spanner.ClosedClosed}
	if from != (tenant.Book{}) {
		keys.Start = spanner.Key{shard, string(from.Org), string(from.Property)}
	}
	columns := append([]string{"OrgId", "PropertyId", "Code"}, propertyColumns...)
	opts := &spanner.ReadOptions{Limit: limit + limit, RequestTag: "setup/page"}
	for {
		rows := 0
		var last tenant.Book
		err = db.Single().ReadWithOptions(ctx, properties, keys, columns, opts).Do(func(r *spanner.Row) error {
			if len(found) == limit {
				return nil
			}
			x, err := readLocated(r)
			rows, last = rows+1, x.Book
			if x.Book.Property != tenant.Setup {
				found = append(found, x)
			}
			return err
		})
		if err != nil || rows < opts.Limit || len(found) == limit {
			return found, unavailable(err)
		}
		keys.Start, keys.Kind = spanner.Key{shard, string(last.Org), string(last.Property)}, spanner.OpenClosed
	}
}

// readLocated is a row of Properties with all its columns; of an organisation's own stream only the key.
func readLocated(r *spanner.Row) (x Located, err error) {
	var code, name, kind, zone, currency spanner.NullString
	var cutoff, rooms spanner.NullInt64
	var goLive spanner.NullDate
	err = r.Columns((*string)(&x.Book.Org), (*string)(&x.Book.Property), &code, &name, &kind, &zone, &cutoff, &currency, &goLive, &rooms)
	x.Property = setup.Property{
		ID: x.Book.Property, Code: code.StringVal, Name: name.StringVal, Type: kind.StringVal, TimeZone: zone.StringVal,
		CutoffMinutes: int(cutoff.Int64), Currency: money.Currency(currency.StringVal), RoomCount: rooms.Int64,
		GoLive: dateOf(goLive.Date),
	}
	return x, err
}

func dateOf(d civil.Date) bizdate.Date {
	n, _ := bizdate.FromNumber(int64(d.Year)*10000 + int64(d.Month)*100 + int64(d.Day)) // zero for no date
	return n
}
