package reconstore

import (
	"context"
	"time"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/daybookstore"
)

// Proved is a reconciliation statement, and the moment that it speaks of.
type Proved struct {
	recon.Reconciliation
	Settings Kept
	At       time.Time
}

// Prove draws up the reconciliation statement as of the end of a date. ErrNotSet, ErrBeforeOpening,
// ErrTooLong.
func (s *Store) Prove(ctx context.Context, d daybookstore.Desk, asOf bizdate.Date) (_ Proved, err error) {
	defer fault.Wrap(&err, "reconstore.Prove(%s)", asOf)
	st, err := s.state(ctx, d, 0, asOf)
	if err != nil {
		return Proved{}, err
	}
	if asOf < st.Settings.OpeningDate {
		return Proved{}, ErrBeforeOpening
	}
	r, err := st.prove(asOf)
	return Proved{Reconciliation: r, Settings: st.Settings, At: st.At}, err
}

func (st State) prove(asOf bizdate.Date) (recon.Reconciliation, error) {
	return recon.Books{
		Rules: st.Settings.Rules, AsOf: asOf, Items: st.Items, Lines: st.Lines, Statements: plain(st.Statements),
		Before: st.Before, LegsMinor: st.LegsMinor,
	}.Prove()
}

// Suggested is what may belong together, and the moment at which it did.
type Suggested struct {
	recon.Case
	Suggestions []recon.Suggestion
	At          time.Time
}

// Suggest gives what may belong together of the lines and items from one date to another and is not
// decided, at most limit. today is the last date of the books.
func (s *Store) Suggest(ctx context.Context, d daybookstore.Desk, from, to, today bizdate.Date, limit int) (_ Suggested, err error) {
	defer fault.Wrap(&err, "reconstore.Suggest")
	if err := checkRange(from, to); err != nil {
		return Suggested{}, err
	}
	st, err := s.around(ctx, d, from, to)
	if err != nil {
		return Suggested{}, err
	}
	out := Suggested{Case: st.open(today), At: st.At}
	for _, x := range out.Case.Suggest(maxLooked) {
		if len(out.Suggestions) < limit && out.touches(x, from, to) {
			out.Suggestions = append(out.Suggestions, x)
		}
	}
	return out, nil
}

// maxLooked bounds the suggestions that are made before those of the range are picked.
const maxLooked = 20_000

// touches reports whether a suggestion has a line of the range, or, without lines, an item.
func (s Suggested) touches(x recon.Suggestion, from, to bizdate.Date) bool {
	for _, l := range x.Lines {
		if on := s.Lines[l].BookingDate; on >= from && on <= to {
			return true
		}
	}
	for _, i := range x.Items {
		if on := s.Items[i].Date; len(x.Lines) == 0 && on >= from && on <= to {
			return true
		}
	}
	return false
}
