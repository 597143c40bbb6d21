package reconstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
)

var errEnough = errors.New("enough was read")

// sortStatements puts them in the order in which they go on from one another: by their dates, and of one
// day by their balances.
func sortStatements(all []Statement) {
	slices.SortStableFunc(all, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Key, b.Key))
	})
	for i := 1; i < len(all); i++ { // some of one day: each after the one whose closing is its opening
		for j := i; j < len(all) && all[j].From == all[i-1].To; j++ {
			if follows(all[i-1].Statement, all[j].Statement) {
				all[i], all[j] = all[j], all[i]
				break
			}
		}
	}
}

// follows reports whether b goes on from the closing balance of a.
func follows(a, b recon.Statement) bool {
	return a.ClosingMinor != nil && b.OpeningMinor != nil && *a.ClosingMinor == *b.OpeningMinor
}

// Statements lists the statements that are imported whole, the latest first; after goes on from one.
func (s *Store) Statements(ctx context.Context, b tenant.Book, after *recon.StatementRef, limit int) (_ []Statement, err error) {
	defer fault.Wrap(&err, "reconstore.Statements")
	keys := spanner.KeyRange{Start: bookKey(b), End: bookKey(b), Kind: spanner.ClosedClosed}
	if after != nil {
		keys.Start, keys.Kind = refKey(b, *after), spanner.OpenClosed
	}
	var out []Statement
	opts := &spanner.ReadOptions{RequestTag: "reconcile/statements"}
	err = each(ctx, s.db.Single(), statementsTable, keys, statementColumns, opts, func(r *spanner.Row) error {
		st, err := readStatement(r)
		if err == nil && st.complete {
			out = append(out, st)
		}
		if len(out) == limit {
			return errEnough
		}
		return err
	})
	if err == errEnough { //nolint:errorlint // our own, returned as it is
		err = nil
	}
	return out, failureOf(err)
}

// Statement is one statement that is imported whole; fault.ErrNotFound.
func (s *Store) Statement(ctx context.Context, b tenant.Book, ref recon.StatementRef) (_ Statement, err error) {
	defer fault.Wrap(&err, "reconstore.Statement")
	st, err := statementAt(ctx, s.db.Single(), b, ref)
	if err == nil && !st.complete {
		err = fault.ErrNotFound
	}
	return st, failureOf(err)
}

func statementAt(ctx context.Context, tx any, b tenant.Book, ref recon.StatementRef) (st Statement, err error) {
	found := false
	err = each(ctx, tx, statementsTable, refKey(b, ref), statementColumns, nil, func(r *spanner.Row) (err error) {
		st, err = readStatement(r)
		found = true
		return err
	})
	if err == nil && !found {
		err = fault.ErrNotFound
	}
	return st, err
}

// Lines lists the lines of a statement in the order of its file, after a number.
func (s *Store) Lines(ctx context.Context, b tenant.Book, ref recon.StatementRef, after int64, limit int) (_ []recon.BankLine, err error) {
	defer fault.Wrap(&err, "reconstore.Lines")
	snap := s.db.Snapshot()
	st, err := statementAt(ctx, snap, b, ref)
	if err == nil && !st.complete {
		err = fault.ErrNotFound
	}
	if err != nil {
		return nil, failureOf(err)
	}
	keys := spanner.KeyRange{Start: append(st.key(b), after), End: st.key(b), Kind: spanner.OpenClosed}
	var out []recon.BankLine
	opts := &spanner.ReadOptions{Limit: limit, RequestTag: "reconcile/lines"}
	err = each(ctx, snap, linesTable, keys, lineColumns, opts, func(r *spanner.Row) error {
		l, err := readLine(r)
		out = append(out, recon.BankLine{Line: l})
		return err
	})
	if err != nil || len(out) == 0 {
		return out, failureOf(err)
	}
	keysOf := make([]spanner.KeySet, len(out))
	for i, l := range out {
		keysOf[i] = memberKey(b, bank, l.ID)
	}
	at, err := readMembers(ctx, snap, spanner.KeySets(keysOf...), "")
	for i := range out {
		out[i].Membership = at[member{bank, out[i].ID}]
	}
	return out, failureOf(err)
}

// linesOf reads all lines of some statements, in the order of their booking dates.
func linesOf(ctx context.Context, tx any, b tenant.Book, all []Statement) ([]recon.Line, error) {
	var keys []spanner.KeySet
	for _, st := range all {
		if st.complete && st.LineCount > 0 {
			keys = append(keys, st.key(b).AsPrefix())
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	var out []recon.Line
	err := each(ctx, tx, linesTable, spanner.KeySets(keys...), lineColumns, &spanner.ReadOptions{RequestTag: "reconcile/lines"}, func(r *spanner.Row) error {
		l, err := readLine(r)
		out = append(out, l)
		return err
	})
	slices.SortStableFunc(out, func(x, y recon.Line) int { return cmp.Compare(x.BookingDate, y.BookingDate) })
	return out, err
}
