package reconstore

import (
	"context"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/daybookstore"
)

// Ran is what a run came to.
type Ran struct {
	From         bizdate.Date `json:"from"` // of the lines that it looked at
	To           bizdate.Date `json:"to"`
	Lines        int          `json:"lines"`       // without a match before it
	ByReference  int          `json:"byReference"` // matches that it made
	ByAmount     int          `json:"byAmount"`
	LinesLeft    int          `json:"linesLeft"` // without a match after it
	BooksTo      bizdate.Date `json:"booksTo"`
	BankComplete bool         `json:"bankComplete"` // statements cover the whole range
}

// ErrRange means that dates are not a range that can be looked at.
var ErrRange = fault.New(fault.Invalid, "bad_reconciliation_range", "from must not be after to, and a range has at most 366 days")

func checkRange(from, to bizdate.Date) error {
	if from > to || from.AddDays(daybookstore.MaxListDays) <= to {
		return ErrRange
	}
	return nil
}

// lastDate is the last that a date can be.
const lastDate bizdate.Date = 99991231

// around reads the state that decides about the lines from one date to another: their items, and the
// lines that these fit as well.
func (s *Store) around(ctx context.Context, d daybookstore.Desk, from, to bizdate.Date) (State, error) {
	set, err := s.Settings(ctx, d.Book)
	if err != nil {
		return State{}, err
	}
	margin := 3*set.WindowDays + 1 // the window, and the wider one in which late payments are looked for
	return s.state(ctx, d, from.AddDays(-margin), min(to.AddDays(margin), lastDate))
}

// Run makes the matches that are beyond doubt (recon.Case.Decide) of the lines from one date to another,
// in commits of their own. Run again it makes what has become so since; called again with its key it
// goes on where it was cut off, and tells what it came to. today is the last date of the books.
func (s *Store) Run(ctx context.Context, a Act, d daybookstore.Desk, from, to, today bizdate.Date) (_ Done[Ran], err error) {
	defer fault.Wrap(&err, "reconstore.Run")
	if err := checkRange(from, to); err != nil {
		return Done[Ran]{}, err
	}
	c, err := a.command(OpRun)
	if err != nil {
		return Done[Ran]{}, err
	}
	if d, err := before[Ran](ctx, s, c); err != nil {
		return d, settled(err)
	}
	st, err := s.around(ctx, d, from, to)
	if err != nil {
		return Done[Ran]{}, err
	}
	ran := Ran{From: from, To: to, BooksTo: today}
	open := st.open(today)
	ran.BankComplete = len(open.Cover.Bank) == 1 && open.Cover.Bank[0].From <= max(from, st.Settings.OpeningDate.AddDays(1)) && open.Cover.Bank[0].To >= to
	var found []Match
	for _, p := range open.Decide() {
		if on := open.Lines[p.Line].BookingDate; on >= from && on <= to {
			found = append(found, c.pair(st.Settings, open.Items[p.Item], open.Lines[p.Line], p.Reason))
		}
	}
	for first := 0; first < len(found); first += s.batch {
		n, err := s.apply(ctx, a.Book, found[first:min(len(found), first+s.batch)], &ran)
		if err != nil {
			return Done[Ran]{}, err
		}
		observeMatches(ctx, Automatic, n)
	}
	c.count(st, &ran)
	return perform(ctx, s, c, func(context.Context, *spanner.ReadWriteTransaction) (Ran, []*spanner.Mutation, error) {
		return ran, nil, nil
	})
}

// count counts the lines, and the matches that an earlier attempt of the same call made.
func (c command) count(st State, ran *Ran) {
	for _, l := range st.Lines {
		switch {
		case l.BookingDate < ran.From || l.BookingDate > ran.To:
		case l.Match == "":
			ran.Lines++
		default:
			if c.made(l, recon.ByReference) {
				ran.ByReference, ran.Lines = ran.ByReference+1, ran.Lines+1
			} else if c.made(l, recon.ByAmount) {
				ran.ByAmount, ran.Lines = ran.ByAmount+1, ran.Lines+1
			}
		}
	}
	ran.LinesLeft = ran.Lines - ran.ByReference - ran.ByAmount
}

// made reports whether the command put a line into its match.
func (c command) made(l recon.BankLine, why recon.Reason) bool {
	return recon.MatchRef{ClearedOn: l.ClearedOn, Match: c.derive(string(why) + "/" + l.ID)}.String() == l.Match
}

// pair is the match of an item and a line that a run makes.
func (c command) pair(k Kept, it recon.Item, l recon.Line, why recon.Reason) Match {
	m := Match{Kind: recon.OneToOne, Origin: Automatic, Reason: why, Settings: k.Version, MatchedBy: c.Subject}
	m.Ref.Match = c.derive(string(why) + "/" + l.ID)
	m.item(it)
	m.line(l)
	return m
}

// apply makes the matches of a run whose items and lines are still free: in between somebody else may
// have matched one, or taken its statement away.
func (s *Store) apply(ctx context.Context, b tenant.Book, found []Match, ran *Ran) (int, error) {
	var byReference, byAmount int
	_, err := s.commit(ctx, "reconcile/apply", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		byReference, byAmount = 0, 0
		taken, err := takenBy(ctx, tx, b, found)
		if err != nil {
			return err
		}
		var rows []*spanner.Mutation
		for n, m := range found {
			switch taken[n] {
			case "":
				rows = append(rows, m.rows(b)...)
			case m.ID(): // by a commit of this call whose outcome nobody told
			default:
				continue
			}
			if m.Reason == recon.ByReference {
				byReference++
			} else {
				byAmount++
			}
		}
		return tx.BufferWrite(rows)
	})
	if err != nil {
		return 0, err
	}
	ran.ByReference, ran.ByAmount = ran.ByReference+byReference, ran.ByAmount+byAmount
	return byReference + byAmount, nil
}
