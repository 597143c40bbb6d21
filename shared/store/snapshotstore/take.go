package snapshotstore

import (
	"context"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/store/eventlog"
)

// State is a day of a book, as Load gives it.
type State struct {
	Book tenant.Book
	Day  daybook.Day
}

// place is the key of a row, to compare.
type place struct {
	book   tenant.Book
	stream string
}

// Take gives the mutations that keep the states, for the commit of the transaction that it reads
// in. A sound snapshot of a later version stays: a slow instance does not undo a fast one's work. At
// most one state a stream.
func Take(ctx context.Context, tx *spanner.ReadWriteTransaction, states []State) (_ []*spanner.Mutation, err error) {
	defer fault.Wrap(&err, "snapshotstore.Take")
	if len(states) == 0 {
		return nil, nil
	}
	keys := make([]spanner.KeySet, len(states))
	for i, s := range states {
		keys[i] = key(s.Book, s.Day.Date)
	}
	var rows []row
	if err := tx.Read(ctx, table, spanner.KeySets(keys...), columns).Do(into(&rows)); err != nil {
		return nil, err
	}
	there := make(map[place]row, len(rows))
	for _, x := range rows {
		there[place{tenant.Book{Org: tenant.OrgID(x.OrgId), Property: tenant.PropertyID(x.PropertyId)}, x.StreamId}] = x
	}
	ms := make([]*spanner.Mutation, 0, len(states))
	for _, s := range states {
		if x := there[place{s.Book, s.Day.Date.String()}]; x.Version > s.Day.Version {
			stays, err := sound(ctx, tx, s.Book, s.Day.Date, x)
			if err != nil {
				return nil, err
			}
			if stays {
				continue
			}
		}
		ms = append(ms, write(s.Book, s.Day))
	}
	return ms, nil
}

// sound reports whether a row says what was once written into it, of the stream as it is. Its schema
// may be a newer program's.
func sound(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book, stream bizdate.Date, x row) (bool, error) {
	if !x.hashed() {
		return false, nil
	}
	r, err := tx.ReadRow(ctx, eventlog.Table, key(b, stream, x.Version), []string{"ChainHash"})
	if spanner.ErrCode(err) == codes.NotFound {
		return false, nil
	}
	var chain []byte
	if err == nil {
		err = r.Columns(&chain)
	}
	return err == nil && string(chain) == string(x.ChainHash), err
}
