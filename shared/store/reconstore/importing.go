package reconstore

import (
	"bytes"
	"context"
	"crypto/sha256"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
)

var (
	// ErrDiffers means that the bank's name for a statement stands for other lines already.
	ErrDiffers = fault.New(fault.Conflict, "statement_differs", "a statement of this id was imported with other content")
	// ErrOverlaps means that a statement has dates that another one has.
	ErrOverlaps = fault.New(fault.Conflict, "statement_overlaps", "another statement covers some of these dates: its lines would count twice")
	// ErrAccount means that a statement is of another account than the one that is reconciled.
	ErrAccount = fault.New(fault.Invalid, "statement_account", "the statement is of another account than the one that is reconciled")
	// ErrSuperseded means that another import of the same dates came between.
	ErrSuperseded = fault.New(fault.Conflict, "statement_superseded", "another statement of these dates was imported at the same time; nothing of this one was")
)

// Imported is what an import came to.
type Imported struct {
	Statement
	Known bool `json:"known,omitempty"` // it had been imported before: nothing changed
}

// Import keeps a statement, whole or not at all: its row first, its lines in bounded commits, and then
// the one commit that lets it be seen, with the act. Who repeats an import that was cut off goes on. A
// statement that is there already, by its content, is recognised and changes nothing.
//
// read makes the statement by the settings in force; its error is the import's. ErrNotSet, ErrAccount,
// ErrDiffers, ErrOverlaps, ErrSuperseded.
func (s *Store) Import(ctx context.Context, a Act, format string, read func(Kept) (recon.Statement, error)) (_ Done[Imported], err error) {
	defer fault.Wrap(&err, "reconstore.Import")
	c, err := a.command(OpImport)
	if err != nil {
		return Done[Imported]{}, err
	}
	if d, err := before[Imported](ctx, s, c); err != nil {
		return d, settled(err)
	}
	set, err := s.Settings(ctx, a.Book)
	if err != nil {
		return Done[Imported]{}, err
	}
	what, err := read(set)
	if err != nil {
		return Done[Imported]{}, err
	}
	st, err := prepare(a, format, what)
	if err != nil {
		return Done[Imported]{}, err
	}
	known := false
	_, err = s.commit(ctx, "reconcile/import", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		var rows []*spanner.Mutation
		var err error
		if known, rows, err = s.begin(ctx, tx, a.Book, st); err != nil {
			return err
		}
		return tx.BufferWrite(rows)
	})
	if err != nil {
		observe(ctx, OpImport, outcomeOf(err))
		return Done[Imported]{}, err
	}
	if !known {
		if err := s.writeLines(ctx, a.Book, st); err != nil {
			return Done[Imported]{}, err
		}
	}
	return s.finish(ctx, c, st)
}

// prepare gives a statement its id and its hash.
func prepare(a Act, format string, what recon.Statement) (Statement, error) {
	st := Statement{Statement: what, Format: format, LineCount: int64(len(what.Lines)), ImportedBy: a.Subject}
	sum := money.Sum{}
	for _, l := range what.Lines {
		sum = sum.Add(l.AmountMinor)
	}
	if sum.Err != nil {
		return st, sum.Err
	}
	st.SumMinor = sum.Minor
	hash := what.Content()
	st.content = hash[:]
	id := sha256.Sum256(append([]byte("statement/"+string(a.Book.Org)+"/"+string(a.Book.Property)+"\n"), hash[:]...))
	st.Ref = recon.StatementRef{From: what.From, Statement: hashed(id[:])}
	st.Key = st.Ref.String()
	return st, nil
}

// begin reserves the place of a statement; known when it is there, whole.
func (s *Store) begin(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book, st Statement) (known bool, rows []*spanner.Mutation, err error) {
	set, err := readSettings(ctx, tx, b)
	if err != nil {
		return false, nil, err
	}
	if set.Account != "" && st.Account != set.Account {
		return false, nil, ErrAccount.With("account", st.Account)
	}
	twin, err := s.twin(ctx, tx, b, st)
	if err != nil || twin != nil && twin.complete {
		return err == nil, nil, err
	}
	near, err := readStatements(ctx, tx, b, st.From, st.To)
	if err != nil {
		return false, nil, err
	}
	touching, joined := "", false
	for _, other := range near {
		switch {
		case other.Ref == st.Ref: // this one, cut off: it goes on
		case !other.complete: // one that was given up
			rows = append(rows, remove(b, other)...)
		case other.To > st.From && other.From < st.To:
			return false, nil, ErrOverlaps.With("statement", other.Key).With("from", other.From.String()).With("to", other.To.String())
		default: // they share one day, on which one goes on from the other
			touching = other.Key
			joined = joined || follows(other.Statement, st.Statement) || follows(st.Statement, other.Statement)
		}
	}
	if touching != "" && !joined {
		return false, nil, ErrOverlaps.With("statement", touching)
	}
	if twin == nil {
		rows = append(rows, st.write(b, importing))
	}
	return false, rows, nil
}

// twin is the statement that has the content, or the bank's id, of another; nil when there is none.
// ErrDiffers when the bank's id stands for other content.
func (s *Store) twin(ctx context.Context, tx *spanner.ReadWriteTransaction, b tenant.Book, st Statement) (*Statement, error) {
	var at *recon.StatementRef
	note := func(r *spanner.Row) error {
		var other Statement
		other, err := readRef(r)
		at = &other.Ref
		return err
	}
	columns := []string{"FromDate", "StatementId"}
	err := each(ctx, tx, statementsTable, bookKey(b, st.content), columns, &spanner.ReadOptions{Index: byContent}, note)
	if err == nil && at == nil && st.ID != "" {
		err = each(ctx, tx, statementsTable, bookKey(b, st.Account, st.ID), columns, &spanner.ReadOptions{Index: byBankID}, note)
	}
	if err != nil || at == nil {
		return nil, err
	}
	other, err := statementAt(ctx, tx, b, *at)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(other.content, st.content) {
		if other.complete {
			return nil, ErrDiffers.With("statement", other.Key)
		}
		return nil, tx.BufferWrite(remove(b, other)) // it was given up
	}
	return &other, nil
}

// remove are the mutations that take away a statement that is not whole, with the lines it has.
func remove(b tenant.Book, st Statement) []*spanner.Mutation {
	return []*spanner.Mutation{
		spanner.Delete(linesTable, st.key(b).AsPrefix()), spanner.Delete(statementsTable, st.key(b)),
	}
}

// writeLines writes the lines in commits of their own. Each may come twice: the rows are the same.
func (s *Store) writeLines(ctx context.Context, b tenant.Book, st Statement) error {
	for from := 0; from < len(st.Lines); from += lineBatch {
		var ms []*spanner.Mutation
		for n := from; n < min(len(st.Lines), from+lineBatch); n++ {
			ms = append(ms, st.writeLine(b, n))
		}
		_, err := s.db.Client().Apply(ctx, ms, spanner.ApplyAtLeastOnce(), spanner.TransactionTag("reconcile/lines"))
		if spanner.ErrCode(err) == codes.NotFound {
			return ErrSuperseded
		}
		if err != nil {
			return failureOf(err)
		}
	}
	return nil
}

// finish lets a statement be seen.
func (s *Store) finish(ctx context.Context, c command, st Statement) (Done[Imported], error) {
	d, err := perform(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Imported, []*spanner.Mutation, error) {
		twin, err := s.twin(ctx, tx, c.Book, st)
		if err != nil {
			return Imported{}, nil, err
		}
		if twin == nil {
			return Imported{}, nil, ErrSuperseded
		}
		at := *twin
		if at.complete {
			return Imported{Statement: at, Known: true}, nil, nil
		}
		r := newRow(c.Book)
		r["FromDate"], r["StatementId"], r["Status"] = civilDate(at.From), at.Ref.Statement.String(), complete
		r["ImportedBy"], r["ImportedAt"] = c.Subject, spanner.CommitTimestamp
		at.ImportedBy = c.Subject
		return Imported{Statement: at}, []*spanner.Mutation{spanner.UpdateMap(statementsTable, r)}, nil
	})
	if err == nil && !d.Replayed && !d.Outcome.Known {
		lineCount.Add(ctx, d.Outcome.LineCount)
	}
	return d, err
}
