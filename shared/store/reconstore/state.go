package reconstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/platform/spannerdb"
	"innkeep.internal/shared/store/daybookstore"
)

// MaxDays bounds what one report or run looks at: three years from the opening date. Who reconciles for
// longer declares a later opening.
const MaxDays = 1_100

// ErrTooLong means that a reconciliation began too long ago to be drawn up in one call.
var ErrTooLong = fault.New(fault.Conflict, "reconciliation_too_long", "the account was opened more than 1,100 days before this date: declare a later opening")

// State is what books and bank say of some dates, and what of it is matched, all at one moment.
type State struct {
	Settings   Kept
	Statements []Statement // imported whole, oldest first
	Items      []recon.BookItem
	Lines      []recon.BankLine
	Before     []recon.Line // of the statements, on or before the opening date
	LegsMinor  int64        // of all postings on the accounts that are reconciled
	At         time.Time
}

// state reads the dates from one to another, of those after the opening date.
func (s *Store) state(ctx context.Context, d daybookstore.Desk, from, to bizdate.Date) (st State, err error) {
	snap := s.db.Snapshot()
	if st.Settings, err = readSettings(ctx, snap, d.Book); err != nil {
		return st, failureOf(err)
	}
	opening := st.Settings.OpeningDate
	from = max(from, opening.AddDays(1))
	all, err := readStatements(ctx, snap, d.Book, min(from, opening), max(to, from))
	if err != nil {
		return st, failureOf(err)
	}
	st.Statements = slices.DeleteFunc(all, func(x Statement) bool { return !x.complete })
	if from <= to {
		if err := s.fill(ctx, snap, d, &st, from, to); err != nil {
			return st, failureOf(err)
		}
	}
	st.At = snap.Timestamp()
	return st, nil
}

// fill reads postings, lines and what is matched.
func (s *Store) fill(ctx context.Context, snap *spannerdb.Snapshot, d daybookstore.Desk, st *State, from, to bizdate.Date) error {
	if from.AddDays(MaxDays) <= to {
		return ErrTooLong
	}
	if err := s.postings(ctx, snap, d, st, from, to); err != nil {
		return err
	}
	near := slices.DeleteFunc(slices.Clone(st.Statements), func(x Statement) bool { return x.From > to || x.To < from && x.From > st.Settings.OpeningDate })
	lines, err := linesOf(ctx, snap, d.Book, near)
	if err != nil {
		return err
	}
	for _, l := range lines {
		switch {
		case l.BookingDate <= st.Settings.OpeningDate:
			st.Before = append(st.Before, l)
		case l.BookingDate >= from && l.BookingDate <= to:
			st.Lines = append(st.Lines, recon.BankLine{Line: l})
		}
	}
	at, err := membersOf(ctx, snap, d.Book, from, to)
	if err != nil {
		return err
	}
	for i := range st.Items {
		st.Items[i].Membership = at[member{book, st.Items[i].ID}]
	}
	for i := range st.Lines {
		st.Lines[i].Membership = at[member{bank, st.Lines[i].ID}]
	}
	return nil
}

// postings reads the book items, a year at a time.
func (s *Store) postings(ctx context.Context, snap *spannerdb.Snapshot, d daybookstore.Desk, st *State, from, to bizdate.Date) error {
	accounts := st.Settings.Accounts(d.Chart)
	legs := money.Sum{}
	for ; from <= to; from = from.AddDays(daybookstore.MaxListDays) {
		all, err := s.books.Postings(ctx, snap, d.Book, from, min(to, from.AddDays(daybookstore.MaxListDays-1)))
		if err != nil {
			return err
		}
		for _, e := range all {
			minor, err := recon.LegsMinor(accounts, e)
			if err != nil {
				return err
			}
			legs = legs.Add(minor)
			if it, ok := st.Settings.Item(d.Property.UUID, e); ok {
				st.Items = append(st.Items, recon.BookItem{Item: it})
			}
		}
	}
	slices.SortStableFunc(st.Items, func(x, y recon.BookItem) int {
		return cmp.Or(cmp.Compare(x.Date, y.Date), cmp.Compare(x.ID, y.ID))
	})
	st.LegsMinor = legs.Minor
	return legs.Err
}

// open is what of a state is not matched, as a case. The books are kept up to a date.
func (st State) open(booksTo bizdate.Date) recon.Case {
	c := recon.Case{Rules: st.Settings.Rules, Cover: recon.Cover{BooksTo: booksTo}}
	for _, it := range st.Items {
		if it.Match == "" {
			c.Items = append(c.Items, it.Item)
		}
	}
	for _, l := range st.Lines {
		if l.Match == "" {
			c.Lines = append(c.Lines, l.Line)
		}
	}
	c.Cover.Bank = recon.Spans(plain(st.Statements))
	return c
}

func plain(all []Statement) []recon.Statement {
	out := make([]recon.Statement, len(all))
	for i, st := range all {
		out[i] = st.Statement
	}
	return out
}
