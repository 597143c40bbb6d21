package reconstore

import (
	"context"
	"slices"
	"strconv"

	"cloud.google.com/go/spanner"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/recon"
	"innkeep.internal/shared/store/daybookstore"
)

// MaxMembers bounds the items and lines of one match.
const MaxMembers = 500

var (
	// ErrShape means that a match is neither one to one nor many to one.
	ErrShape = fault.New(fault.Invalid, "match_shape", "a match has one entry and one line, several entries and one line, one entry and several lines, or an entry with its reversal")
	// ErrDuplicate means that a match names something twice.
	ErrDuplicate = fault.New(fault.Invalid, "match_duplicate", "the match names an entry or a line twice")
	// ErrNoItem means that an entry did not move the bank account, or does not count.
	ErrNoItem = fault.New(fault.Invalid, "not_a_bank_item", "the entry is not approved, or its payment mode does not settle through the bank account")
	// ErrBeforeOpening means that something lies before the reconciliation's beginning.
	ErrBeforeOpening = fault.New(fault.Invalid, "before_opening_date", "the opening balance holds this already: it counts on the opening date or before")
	// ErrDifference means that a match's lines are not the sum of its items, and nobody said so.
	ErrDifference = fault.New(fault.Conflict, "match_difference", "the lines are not the sum of the entries: send the difference with the match if it is meant")
	// ErrMatched means that an item or a line stands in a match already.
	ErrMatched = fault.New(fault.Conflict, "already_matched", "an entry or a line stands in a match already")
	// ErrUndone means that a match was undone before.
	ErrUndone = fault.New(fault.Conflict, "match_undone", "the match was undone already")
)

// Declaration is a match that a person makes.
type Declaration struct {
	Entries, Lines  []string
	DifferenceMinor *int64 // of the lines to the items, where it is more than the rules allow
	SuggestionID    string
	Note            string
}

// kind is the shape of a match; "" when it has none that is allowed.
func (d Declaration) kind() recon.Kind {
	switch e, l := len(d.Entries), len(d.Lines); {
	case e+l > MaxMembers:
		return ""
	case e == 1 && l == 1:
		return recon.OneToOne
	case e > 1 && l == 1:
		return recon.Merged
	case e == 1 && l > 1:
		return recon.Split
	case e == 2 && l == 0:
		return recon.Reversal
	}
	return ""
}

// Declare makes a match. ErrShape, ErrDuplicate, ErrNoItem, ErrBeforeOpening, ErrDifference, ErrMatched;
// fault.ErrNotFound for an entry or a line that is not the property's.
func (s *Store) Declare(ctx context.Context, a Act, d daybookstore.Desk, what Declaration) (_ Done[Match], err error) {
	defer fault.Wrap(&err, "reconstore.Declare")
	c, err := a.command(OpMatch)
	if err != nil {
		return Done[Match]{}, err
	}
	if d, err := before[Match](ctx, s, c); err != nil {
		return d, settled(err)
	}
	kind := what.kind()
	if kind == "" {
		return Done[Match]{}, ErrShape
	}
	m := Match{
		Kind: kind, Origin: Declared, SuggestionID: what.SuggestionID, Note: what.Note, MatchedBy: a.Subject,
		Ref: recon.MatchRef{Match: c.derive("match")},
	}
	items, lines, err := s.named(ctx, d, what)
	if err != nil {
		return Done[Match]{}, err
	}
	done, err := perform(ctx, s, c, func(ctx context.Context, tx *spanner.ReadWriteTransaction) (Match, []*spanner.Mutation, error) {
		set, err := readSettings(ctx, tx, a.Book)
		if err != nil {
			return Match{}, nil, err
		}
		made := m
		made.Settings = set.Version
		if err := made.fill(set, d, items, lines); err != nil {
			return Match{}, nil, err
		}
		if err := made.agrees(set, what.DifferenceMinor, items); err != nil {
			return Match{}, nil, err
		}
		taken, err := takenBy(ctx, tx, a.Book, []Match{made})
		if err == nil && taken[0] != "" {
			err = ErrMatched.With("match", taken[0])
		}
		return made, made.rows(a.Book), err
	})
	if err == nil && !done.Replayed {
		observeMatches(ctx, Declared, 1)
	}
	return done, err
}

// named reads the entries and lines of a declaration. What they say never changes, so it is read before
// the transaction that locks where they stand.
func (s *Store) named(ctx context.Context, d daybookstore.Desk, what Declaration) ([]daybook.Entry, []recon.Line, error) {
	at := make([]ids.Entry, len(what.Entries))
	for i, text := range what.Entries {
		id, err := ids.ParseEntry(text)
		if err != nil || id.Property != d.Property.UUID {
			return nil, nil, fault.ErrNotFound
		}
		at[i] = id
	}
	known, err := s.books.Located(ctx, d.Book, at)
	if err != nil {
		return nil, nil, err
	}
	entries := make([]daybook.Entry, len(at))
	for i, id := range at {
		e, found := known[id.ID]
		if !found || e.Locator(d.Property.UUID) != what.Entries[i] {
			return nil, nil, fault.ErrNotFound
		}
		entries[i] = e
	}
	lines, err := s.linesAt(ctx, d.Book, what.Lines)
	if err != nil {
		return nil, nil, err
	}
	if twice(what.Entries) || twice(what.Lines) {
		return nil, nil, ErrDuplicate
	}
	return entries, lines, nil
}

func twice(all []string) bool {
	sorted := slices.Sorted(slices.Values(all))
	return len(slices.Compact(sorted)) < len(all)
}

// linesAt reads lines by their ids, in their order; fault.ErrNotFound when one is not there.
func (s *Store) linesAt(ctx context.Context, b tenant.Book, all []string) ([]recon.Line, error) {
	if len(all) == 0 {
		return nil, nil
	}
	keys := make([]spanner.KeySet, len(all))
	for i, text := range all {
		ref, err := recon.ParseLineRef(text)
		if err != nil {
			return nil, err
		}
		keys[i] = bookKey(b, civilDate(ref.From), ref.Statement.String(), ref.Number)
	}
	found := map[string]recon.Line{}
	err := each(ctx, s.db.Single(), linesTable, spanner.KeySets(keys...), lineColumns, nil, func(r *spanner.Row) error {
		l, err := readLine(r)
		found[l.ID] = l
		return err
	})
	if err != nil {
		return nil, failureOf(err)
	}
	out := make([]recon.Line, len(all))
	for i, text := range all {
		l, ok := found[text]
		if !ok {
			return nil, fault.ErrNotFound
		}
		out[i] = l
	}
	return out, nil
}

// fill puts the members into a match, each after the opening date.
func (m *Match) fill(set Kept, d daybookstore.Desk, entries []daybook.Entry, lines []recon.Line) error {
	sum := money.Sum{}
	for i, e := range entries {
		it, ok := set.Item(d.Property.UUID, e)
		if !ok {
			return ErrNoItem.At("/entryIds/" + strconv.Itoa(i))
		}
		if it.Date <= set.OpeningDate {
			return ErrBeforeOpening.At("/entryIds/" + strconv.Itoa(i))
		}
		if sum = sum.Sub(it.AmountMinor); sum.Err != nil {
			return sum.Err
		}
		m.item(it)
	}
	for i, l := range lines {
		if l.BookingDate <= set.OpeningDate {
			return ErrBeforeOpening.At("/lineIds/" + strconv.Itoa(i))
		}
		if sum = sum.Add(l.AmountMinor); sum.Err != nil {
			return sum.Err
		}
		m.line(l)
	}
	return nil
}

// agrees judges a match's difference, and a reversal's two entries.
func (m *Match) agrees(set Kept, declared *int64, entries []daybook.Entry) error {
	if m.Kind == recon.Reversal {
		if entries[0].ReversalOf != m.Entries[1] && entries[1].ReversalOf != m.Entries[0] {
			return ErrShape
		}
		return nil
	}
	difference := m.DifferenceMinor()
	if difference >= -set.ToleranceMinor && difference <= set.ToleranceMinor || declared != nil && *declared == difference {
		return nil
	}
	return ErrDifference.With("differenceMinor", strconv.FormatInt(difference, 10))
}
