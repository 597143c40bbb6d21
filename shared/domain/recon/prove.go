package recon

import (
	"cmp"
	"slices"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
)

// Membership says in which match an item or a line stands, and when that cleared it: on the latest
// date of the match's items and lines. The zero value is none.
type Membership struct {
	Match     string
	ClearedOn bizdate.Date
}

// clears reports whether what is a member is settled at the end of a date.
func (m Membership) clears(asOf bizdate.Date) bool { return m.Match != "" && m.ClearedOn <= asOf }

// BookItem is an item and where it stands.
type BookItem struct {
	Item
	Membership
}

// BankLine is a line and where it stands.
type BankLine struct {
	Line
	Membership
}

// Books is all that a reconciliation stands on, at one moment.
type Books struct {
	Rules Rules
	AsOf  bizdate.Date
	// Items and Lines are those after the opening date and not after AsOf, in the order of their dates.
	Items []BookItem
	Lines []BankLine
	// Statements are those that begin not after AsOf, oldest first, without their lines.
	Statements []Statement
	// Before are the lines on or before the opening date that Statements hold.
	Before []Line
	// LegsMinor is what all postings after the opening date and not after AsOf add to Rules.Accounts.
	LegsMinor int64
}

// Gap is a place where a statement does not go on from where the one before ended.
type Gap struct {
	After, Next     bizdate.Date // the end of the one, the beginning of the next
	DifferenceMinor int64        // the next opening less the closing
}

// MatchDifference is a match whose lines are not the sum of its items: a fee, as a rule.
type MatchDifference struct {
	Match           string
	DifferenceMinor int64 // lines less items
}

// Reconciliation is the reconciliation statement:
//
//	bank = book - other postings - items outstanding + lines not in the books + differences of matches
//
// which is proved when the bank's own balance is that.
type Reconciliation struct {
	AsOf             bizdate.Date
	BookMinor        int64 // opening and all legs on the bank account
	OtherMinor       int64 // legs on the account of entries that the rules do not count as bank items
	Items            []BookItem
	ItemsMinor       int64
	Lines            []BankLine
	LinesMinor       int64
	Differences      []MatchDifference
	DifferencesMinor int64
	ExpectedMinor    int64  // what the bank should say
	BankMinor        *int64 // what it says; nil where no statement gives a balance
	BankDate         bizdate.Date
	UnexplainedMinor *int64 // bank less expected
	OpeningMinor     *int64 // the bank's balance at the end of the opening date less the declared one
	Gaps             []Gap
	Proved           bool
}

// Prove draws up the reconciliation statement. money.ErrOverflow when a sum leaves an int64.
func (b Books) Prove() (Reconciliation, error) {
	r := Reconciliation{AsOf: b.AsOf}
	items := money.Sum{}
	differences := map[string]int64{}
	note := func(match string, minor int64) money.Sum {
		s := money.NewSum(differences[match]).Add(minor)
		differences[match] = s.Minor
		return s
	}
	var failed error
	outstanding, unknown := money.Sum{}, money.Sum{}
	for _, it := range b.Items {
		items = items.Add(it.AmountMinor)
		if it.clears(b.AsOf) {
			failed = cmp.Or(failed, note(it.Match, -it.AmountMinor).Err)
			continue
		}
		r.Items = append(r.Items, it)
		outstanding = outstanding.Add(it.AmountMinor)
	}
	for _, l := range b.Lines {
		if l.clears(b.AsOf) {
			failed = cmp.Or(failed, note(l.Match, l.AmountMinor).Err)
			continue
		}
		r.Lines = append(r.Lines, l)
		unknown = unknown.Add(l.AmountMinor)
	}
	different := money.Sum{}
	for match, minor := range differences {
		if minor != 0 {
			r.Differences = append(r.Differences, MatchDifference{match, minor})
			different = different.Add(minor)
		}
	}
	slices.SortFunc(r.Differences, func(x, y MatchDifference) int { return cmp.Compare(x.Match, y.Match) })
	book := money.NewSum(b.Rules.OpeningMinor).Add(b.LegsMinor)
	other := money.NewSum(b.LegsMinor).Sub(items.Minor)
	expected := money.NewSum(book.Minor).Sub(other.Minor).Sub(outstanding.Minor).Add(unknown.Minor).Add(different.Minor)
	r.BookMinor, r.OtherMinor, r.ItemsMinor, r.LinesMinor = book.Minor, other.Minor, outstanding.Minor, unknown.Minor
	r.DifferencesMinor, r.ExpectedMinor = different.Minor, expected.Minor
	if err := cmp.Or(failed, items.Err, outstanding.Err, unknown.Err, different.Err, book.Err, other.Err, expected.Err); err != nil {
		return r, err
	}
	return r, b.compare(&r)
}

// compare sets what the bank says beside what it should say.
func (b Books) compare(r *Reconciliation) error {
	bank, on, err := b.balance(b.AsOf)
	if err != nil || bank == nil {
		return err
	}
	opening, _, err := b.balance(b.Rules.OpeningDate)
	if err != nil {
		return err
	}
	r.BankMinor, r.BankDate = bank, on
	unexplained, err := money.SubMinor(*bank, r.ExpectedMinor)
	if err != nil {
		return err
	}
	r.UnexplainedMinor, r.Proved = &unexplained, unexplained == 0
	if opening != nil {
		differs, err := money.SubMinor(*opening, b.Rules.OpeningMinor)
		if err != nil {
			return err
		}
		r.OpeningMinor = &differs
	}
	r.Gaps = Gaps(b.Statements)
	return nil
}

// balance is what the bank says of the end of a date, and the date up to which it says it: the closing
// of the last statement that ended by then, or the opening of one that began by then and ends later, and
// the lines since. It is nil where no statement gives a balance. Before the first statement it is the
// opening of that one.
func (b Books) balance(at bizdate.Date) (*int64, bizdate.Date, error) {
	var known *int64
	last := at
	from := 0 // the first statement whose lines are not in known
	for i, s := range b.Statements {
		switch {
		case s.To <= at && s.ClosingMinor != nil:
			known, from = s.ClosingMinor, i+1
		case s.OpeningMinor != nil && (s.From <= at && s.To > at || i == 0):
			known, from = s.OpeningMinor, i
		}
		if s.From <= at {
			last = min(at, s.To)
		}
	}
	if known == nil {
		return nil, 0, nil
	}
	since := map[string]bool{}
	for _, s := range b.Statements[from:] {
		since[s.Key] = true
	}
	sum := money.NewSum(*known)
	for _, l := range b.Before {
		if since[l.Statement] && l.BookingDate <= at {
			sum = sum.Add(l.AmountMinor)
		}
	}
	for _, l := range b.Lines {
		if since[l.Statement] && l.BookingDate <= at {
			sum = sum.Add(l.AmountMinor)
		}
	}
	return &sum.Minor, last, sum.Err
}

// Gaps are the places where statements, oldest first, do not go on from one another.
func Gaps(all []Statement) []Gap {
	var out []Gap
	for i := 1; i < len(all); i++ {
		before, next := all[i-1], all[i]
		if before.ClosingMinor != nil && next.OpeningMinor != nil && *before.ClosingMinor != *next.OpeningMinor {
			out = append(out, Gap{before.To, next.From, *next.OpeningMinor - *before.ClosingMinor})
		}
	}
	return out
}

// Spans are the dates that statements, oldest first, cover without a break: where one goes on from the
// day after another, or from its closing balance, the two are one.
func Spans(all []Statement) []Span {
	var out []Span
	for i, s := range all {
		joins := i > 0 && (s.From <= out[len(out)-1].To.AddDays(1) ||
			all[i-1].ClosingMinor != nil && s.OpeningMinor != nil && *all[i-1].ClosingMinor == *s.OpeningMinor)
		if !joins {
			out = append(out, Span{s.From, s.To})
			continue
		}
		last := &out[len(out)-1]
		last.To = max(last.To, s.To)
	}
	return out
}
