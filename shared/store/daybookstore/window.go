package daybookstore

import (
	"context"
	"slices"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	sppb "cloud.google.com/go/spanner/apiv1/spannerpb"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
)

// windowPage is how many day rows one read takes: the open window of a kept night audit (35 days)
// and the row before it, with room to spare, so that the window is one RPC.
const windowPage = 64

// reader is what a transaction, or a snapshot, reads with.
type reader interface {
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator
}

// exclusive locks what is read for the commit that follows: without it two commands on one day
// would both read and then wait for each other.
var exclusive = sppb.ReadRequest_LOCK_HINT_EXCLUSIVE

// readWindow reads and locks the property's day rows from the newest down to the first that is
// closed or earlier than from; oldest first.
func readWindow(ctx context.Context, tx reader, b tenant.Book, from bizdate.Date) ([]daybook.Day, error) {
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	opts := &spanner.ReadOptions{Limit: windowPage, LockHint: exclusive, RequestTag: "daybook/window"}
	var out []daybook.Day
	for {
		n, done := 0, false
		err := tx.ReadWithOptions(ctx, days, keys, dayColumns, opts).Do(func(r *spanner.Row) error {
			n++
			if done {
				return nil
			}
			d, err := readDay(r)
			out = append(out, d)
			done = d.Closed || d.Date < from
			return err
		})
		if err != nil {
			return nil, err
		}
		if done || n < windowPage {
			slices.Reverse(out)
			return out, nil
		}
		keys.Start, keys.Kind = datedKey(b, out[len(out)-1].Date), spanner.OpenClosed
	}
}

// readState is what the commands of one desk are decided on, but for the entries that they are
// about. needsGrant says that one of them is a record that may need a daily grant.
func (s *Store) readState(ctx context.Context, tx reader, d Desk, c command) (daybook.State, error) {
	st := daybook.State{
		Book: d.Book, Property: d.Property, Today: d.Today(s.now()), Policy: d.Policy, Chart: d.Chart,
	}
	var err error
	if st.Days, err = readWindow(ctx, tx, d.Book, c.from); err != nil {
		return st, err
	}
	if _, records := c.Do.(daybook.Record); records && st.NeedsGrant(c.Actor) {
		err = readGrant(ctx, tx, &st, c.Actor.Subject)
	}
	return st, err
}

// readGrant fills in what the daily grant is judged by: two more reads, only where a policy wants it.
func readGrant(ctx context.Context, tx reader, st *daybook.State, subject string) error {
	b := st.Book
	keys := spanner.KeyRange{
		Start: spanner.Key{string(b.Org), string(b.Property)},
		End:   spanner.Key{string(b.Org), string(b.Property), civilDate(st.OpenDay())},
		Kind:  spanner.ClosedOpen,
	}
	opts := &spanner.ReadOptions{Index: pendingByOrg, RequestTag: "daybook/own_pending"}
	err := tx.ReadWithOptions(ctx, entries, keys, []string{"BusinessDate", "CreatedBy"}, opts).Do(func(r *spanner.Row) error {
		var x struct {
			BusinessDate civil.Date
			CreatedBy    string
		}
		if err := r.ToStruct(&x); err != nil {
			return err
		}
		if x.CreatedBy == subject {
			st.OwnPending = append(st.OwnPending, fromCivil(x.BusinessDate))
		}
		return nil
	})
	if err != nil {
		return err
	}
	key := bookKey(b, civilDate(st.OpenDay()), subject)
	return tx.ReadWithOptions(ctx, grants, key, []string{"Subject"}, nil).Do(func(*spanner.Row) error {
		st.Granted = true
		return nil
	})
}

// readEntries reads and locks entries by key.
func readEntries(ctx context.Context, tx reader, b tenant.Book, located []ids.Entry) (map[ids.UUID]daybook.Entry, error) {
	keys := make([]spanner.KeySet, 0, len(located))
	for _, l := range located {
		if kind, ok := daybook.KindOfLocator(l); ok {
			keys = append(keys, entryKey(b, l.Date, kind, l.ID))
		}
	}
	out := make(map[ids.UUID]daybook.Entry, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	opts := &spanner.ReadOptions{LockHint: exclusive, RequestTag: "daybook/entries"}
	err := tx.ReadWithOptions(ctx, entries, spanner.KeySets(keys...), entryColumns, opts).Do(func(r *spanner.Row) error {
		e, err := readEntry(r)
		out[e.ID] = e
		return err
	})
	return out, err
}
