package reconstore

import (
	"context"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/recon"
)

// Undo frees the items and lines of a match; the match stays as evidence. ErrUndone, fault.ErrNotFound.
func (s *Store) Undo(ctx context.Context, a Act, ref recon.MatchRef, reason string) (_ Done[Match], err error) {
	defer fault.Wrap(&err, "reconstore.Undo")
	c, err := a.command(OpUndo)
	if err != nil {
		return Done[Match]{}, err
	}
	return perform(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Match, []*spanner.Mutation, error) {
		m, err := matchAt(ctx, tx, a.Book, ref)
		if err == nil && m.Undone {
			err = ErrUndone
		}
		if err != nil {
			return Match{}, nil, err
		}
		m.Undone, m.UndoneBy, m.UndoneReason = true, a.Subject, reason
		r := newRow(a.Book).text("UndoneReason", reason)
		r["ClearedOn"], r["MatchId"], r["Status"] = civilDate(ref.ClearedOn), ref.Match.String(), undone
		r["UndoneBy"], r["UndoneAt"] = a.Subject, spanner.CommitTimestamp
		rows := []*spanner.Mutation{spanner.UpdateMap(matchesTable, r)}
		for _, x := range m.standing() {
			rows = append(rows, x.remove(a.Book))
		}
		return m, rows, nil
	})
}

// ErrStatementMatched means that a statement cannot go while a line of it is matched.
var ErrStatementMatched = fault.New(fault.Conflict, "statement_matched", "a line of the statement stands in a match: undo it first")

// Remove takes a statement away that was imported by mistake, lines and all; the log keeps that it was
// there. ErrStatementMatched, fault.ErrNotFound.
func (s *Store) Remove(ctx context.Context, a Act, ref recon.StatementRef) (_ Done[Imported], err error) {
	defer fault.Wrap(&err, "reconstore.Remove")
	c, err := a.command(OpRemove)
	if err != nil {
		return Done[Imported]{}, err
	}
	return perform(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Imported, []*spanner.Mutation, error) {
		st, err := statementAt(ctx, tx, a.Book, ref)
		if err == nil && !st.complete {
			err = fault.ErrNotFound
		}
		if err != nil {
			return Imported{}, nil, err
		}
		at, err := membersOf(ctx, tx, a.Book, st.From, st.To)
		if err != nil {
			return Imported{}, nil, err
		}
		for m := range at {
			line, err := recon.ParseLineRef(m.id)
			if m.side == bank && err == nil && line.From == ref.From && line.Statement == ref.Statement {
				return Imported{}, nil, ErrStatementMatched
			}
		}
		return Imported{Statement: st}, remove(a.Book, st), nil
	})
}
