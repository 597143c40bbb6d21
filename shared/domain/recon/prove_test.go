package recon_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/recon"
)

func minor(n int64) *int64 { return &n }

func on(day int) bizdate.Date { return first.AddDays(day - 1) }

func cleared(day int, match string) recon.Membership {
	return recon.Membership{Match: match, ClearedOn: on(day)}
}

func placed(l recon.Line, statement string, m recon.Membership) recon.BankLine {
	l.Statement = statement
	return recon.BankLine{Line: l, Membership: m}
}

// TestTheStatementProvesItself: the worked example. The account begins with 1,000; the books post 300,
// -50, 80 and 20; the bank counts 295 for the 300, -50, and a charge of 7.
func TestTheStatementProvesItself(t *testing.T) {
	t.Parallel()
	b := recon.Books{
		Rules: recon.Rules{OpeningDate: on(0), OpeningMinor: 1_000}, AsOf: on(20), LegsMinor: 355,
		Items: []recon.BookItem{
			{Item: item(3, 300, "", ""), Membership: cleared(5, "fee")}, {Item: item(4, -50, "", ""), Membership: cleared(6, "rent")},
			{Item: item(15, 80, "", "")}, {Item: item(19, 20, "", ""), Membership: cleared(22, "later")},
		},
		Lines: []recon.BankLine{
			placed(line(5, 295, "", ""), "s", cleared(5, "fee")), placed(line(6, -50, "", ""), "s", cleared(6, "rent")), placed(line(12, -7, "", ""), "s", recon.Membership{}),
		},
		Statements: []recon.Statement{{Key: "s", From: on(1), To: on(20), OpeningMinor: minor(1_000), ClosingMinor: minor(1_238)}},
	}
	r, err := b.Prove()
	if err != nil {
		t.Fatal(err)
	}
	// Book 1,355; the 5 of the legs belong to no bank item.
	if r.BookMinor != 1_355 || r.OtherMinor != 5 || r.ItemsMinor != 100 || r.LinesMinor != -7 || r.DifferencesMinor != -5 || r.ExpectedMinor != 1_238 ||
		!r.Proved || *r.UnexplainedMinor != 0 || *r.OpeningMinor != 0 || len(r.Items) != 2 || len(r.Lines) != 1 || r.BankDate != on(20) {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]recon.MatchDifference{{Match: "fee", DifferenceMinor: -5}}, r.Differences); diff != "" {
		t.Error(diff)
	}

	b.Rules.OpeningMinor = 900 // the bank began with more than the books say
	if r, err = b.Prove(); err != nil || r.Proved || *r.UnexplainedMinor != 100 || *r.OpeningMinor != 100 {
		t.Errorf("%+v %v", r, err)
	}
	b.Statements[0].OpeningMinor, b.Statements[0].ClosingMinor = nil, nil
	if r, err = b.Prove(); err != nil || r.Proved || r.BankMinor != nil || r.UnexplainedMinor != nil || r.OpeningMinor != nil {
		t.Errorf("without balances: %+v %v", r, err)
	}
	b.LegsMinor = math.MaxInt64
	if _, err = b.Prove(); !errors.Is(err, money.ErrOverflow) {
		t.Error(err)
	}
}

// TestTheBanksBalance: from the statement before, within one, and where statements do not say.
func TestTheBanksBalance(t *testing.T) {
	t.Parallel()
	lines := []recon.BankLine{
		placed(line(5, 10, "", ""), "a", recon.Membership{}), placed(line(10, 20, "", ""), "a", recon.Membership{}),
		placed(line(10, 40, "", ""), "b", recon.Membership{}), placed(line(15, 80, "", ""), "b", recon.Membership{}), placed(line(25, 160, "", ""), "c", recon.Membership{}),
	}
	a := recon.Statement{Key: "a", From: on(1), To: on(10), OpeningMinor: minor(1_000), ClosingMinor: minor(1_030)}
	b := recon.Statement{Key: "b", From: on(10), To: on(20), OpeningMinor: minor(1_030), ClosingMinor: minor(1_150)}
	c := recon.Statement{Key: "c", From: on(21), To: on(30)}
	for _, x := range []struct {
		day  int
		all  []recon.Statement
		want int64
		last int
	}{
		{9, []recon.Statement{a}, 1_010, 9}, {10, []recon.Statement{a, b}, 1_070, 10}, {14, []recon.Statement{a, b}, 1_070, 14}, {20, []recon.Statement{a, b}, 1_150, 20},
		{25, []recon.Statement{a, b}, 1_150, 20}, {26, []recon.Statement{a, b, c}, 1_310, 26}, {22, []recon.Statement{a, b, c}, 1_150, 22},
	} {
		books := recon.Books{Rules: recon.Rules{OpeningDate: on(0), OpeningMinor: 1_000}, AsOf: on(x.day), Statements: x.all}
		for _, l := range lines {
			held := slices.ContainsFunc(x.all, func(s recon.Statement) bool { return s.Key == l.Statement })
			if held && l.BookingDate <= books.AsOf {
				books.Lines = append(books.Lines, l)
			}
		}
		if r, err := books.Prove(); err != nil || r.BankMinor == nil || *r.BankMinor != x.want || r.BankDate != on(x.last) || !r.Proved {
			t.Errorf("day %d: %+v %v, want %d", x.day, r, err, x.want)
		}
	}
	// A statement that begins before the opening date, and one that does not go on from it.
	gap := recon.Statement{Key: "b", From: on(11), To: on(20), OpeningMinor: minor(1_033), ClosingMinor: minor(1_033)}
	books := recon.Books{
		Rules: recon.Rules{OpeningDate: on(7), OpeningMinor: 1_010}, AsOf: on(20), Statements: []recon.Statement{a, gap},
		Before: []recon.Line{lines[0].Line}, Lines: []recon.BankLine{lines[1]},
	}
	r, err := books.Prove()
	if err != nil || *r.OpeningMinor != 0 || r.Proved || *r.UnexplainedMinor != 3 || len(r.Gaps) != 1 || r.Gaps[0].DifferenceMinor != 3 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	all := []recon.Statement{
		{From: on(1), To: on(5)}, {From: on(6), To: on(9), ClosingMinor: minor(5)}, {From: on(12), To: on(12), OpeningMinor: minor(5)}, {From: on(14), To: on(15)},
	}
	if diff := cmp.Diff([]recon.Span{{From: on(1), To: on(12)}, {From: on(14), To: on(15)}}, recon.Spans(all)); diff != "" {
		t.Error(diff)
	}
}

// TestBankItems: what an entry does to the account, by its kind, mode and sign.
func TestBankItems(t *testing.T) {
	t.Parallel()
	r := recon.Rules{Modes: []recon.ModeRule{{Mode: ledger.Card}}}
	chart := ledger.Default()
	for _, c := range []struct {
		kind     ledger.Kind
		mode     ledger.PaymentMode
		category string
		minor    int64
		want     int64
	}{
		{ledger.Revenue, ledger.Bank, "ROOM", 100, 100}, {ledger.Expense, ledger.Bank, "FOOD", 100, -100}, {ledger.Revenue, ledger.Bank, "ROOM", -100, -100},
		{ledger.Revenue, ledger.Card, "ROOM", 100, 100}, {ledger.Revenue, ledger.UPI, "ROOM", 100, 0}, {ledger.Revenue, ledger.Cash, "ROOM", 100, 0},
		{ledger.Movement, ledger.Cash, "BANK_DEPOSIT", 100, 100}, {ledger.Movement, ledger.Cash, "BANK_WITHDRAWAL", 100, -100}, {ledger.Movement, ledger.Cash, "BANK_DEPOSIT", -100, -100},
		{ledger.Movement, ledger.Cash, "SAFE_DROP", 100, 0},
	} {
		legs, err := chart.Legs(ledger.Posting{Kind: c.kind, Category: c.category, Mode: c.mode, GrossMinor: c.minor, NetMinor: c.minor})
		if err != nil {
			t.Fatal(err)
		}
		e := daybook.Entry{Facts: daybook.Facts{Kind: c.kind, Mode: c.mode, Category: c.category, AmountMinor: c.minor, BusinessDate: on(1)}, PostedDate: on(2), Legs: legs}
		it, ok := r.Item(ids.UUID{}, e)
		if ok != (c.want != 0) || it.AmountMinor != c.want {
			t.Errorf("%+v: %+v %v", c, it, ok)
		}
		if sum, err := recon.LegsMinor(r.Accounts(chart), e); err != nil || sum != c.want {
			t.Errorf("%+v: the legs add %d, %v", c, sum, err)
		}
		e.PostedDate = 0
		if _, ok := r.Item(ids.UUID{}, e); ok {
			t.Errorf("%+v does not count and is an item", c)
		}
	}
}
