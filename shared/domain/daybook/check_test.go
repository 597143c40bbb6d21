package daybook_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
)

func fields(err error) []string {
	var out []string
	if e := fault.From(err); e != nil {
		for _, f := range e.Fields {
			out = append(out, f.Pointer+" "+f.Code)
		}
	}
	return out
}

func TestDraftCheck(t *testing.T) {
	t.Parallel()
	tax := func(minor ...int64) func(*daybook.Draft) {
		return func(d *daybook.Draft) {
			for _, m := range minor {
				d.Taxes = append(d.Taxes, ledger.TaxLine{Code: "VAT", AmountMinor: m})
			}
		}
	}
	amount := func(minor int64) func(*daybook.Draft) { return func(d *daybook.Draft) { d.AmountMinor = minor } }
	at := func(when time.Time) func(*daybook.Draft) { return func(d *daybook.Draft) { d.OccurredAt = &when } }
	move := func(change func(*daybook.Draft)) func(*daybook.Draft) {
		return func(d *daybook.Draft) {
			d.Kind, d.Category = ledger.Movement, "SAFE_DROP"
			change(d)
		}
	}
	for name, c := range map[string]struct {
		change func(*daybook.Draft)
		want   []string
	}{
		"good":                        {func(*daybook.Draft) {}, nil},
		"zero":                        {amount(0), []string{"/amountMinor amount_zero"}},
		"negative":                    {amount(-1), []string{"/amountMinor amount_negative"}},
		"the largest":                 {amount(money.MaxMinor), nil},
		"too large":                   {amount(money.MaxMinor + 1), []string{"/amountMinor amount_too_large"}},
		"the smallest int64":          {amount(math.MinInt64), []string{"/amountMinor amount_negative"}},
		"no currency":                 {func(d *daybook.Draft) { d.Currency = "" }, []string{"/currency unknown_currency"}},
		"another currency":            {func(d *daybook.Draft) { d.Currency = "USD" }, []string{"/currency currency_mismatch"}},
		"lower case":                  {func(d *daybook.Draft) { d.Currency = "eur" }, []string{"/currency unknown_currency"}},
		"no mode":                     {func(d *daybook.Draft) { d.Mode = "" }, []string{"/paymentMode unknown_payment_mode"}},
		"no source":                   {func(d *daybook.Draft) { d.Category = "" }, []string{"/source category_missing"}},
		"no category":                 {func(d *daybook.Draft) { d.Kind, d.Category = ledger.Expense, "" }, []string{"/categoryCode category_missing"}},
		"all tax":                     {tax(400, 600), nil},
		"more tax than gross":         {tax(400, 601), []string{"/taxLines tax_exceeds_amount"}},
		"a tax of nothing":            {tax(0), []string{"/taxLines/0/amountMinor amount_zero"}},
		"a negative tax":              {tax(-1), []string{"/taxLines/0/amountMinor amount_negative"}},
		"taxes overflow":              {tax(math.MaxInt64, math.MaxInt64), []string{"/taxLines/0/amountMinor amount_too_large", "/taxLines/1/amountMinor amount_too_large", "/taxLines tax_exceeds_amount"}},
		"movement":                    {move(func(*daybook.Draft) {}), nil},
		"movement by card":            {move(func(d *daybook.Draft) { d.Mode = ledger.Card }), []string{"/paymentMode movement_not_cash"}},
		"movement with tax":           {move(tax(1)), []string{"/taxLines tax_on_movement"}},
		"unknown movement":            {move(func(d *daybook.Draft) { d.Category = "LOST" }), []string{"/kind unknown_movement"}},
		"no movement":                 {move(func(d *daybook.Draft) { d.Category = "" }), []string{"/kind unknown_movement"}},
		"no kind":                     {func(d *daybook.Draft) { d.Kind = "" }, []string{" unknown_kind"}},
		"unknown kind":                {func(d *daybook.Draft) { d.Kind, d.Category, d.Mode = "FEE", "SAFE_DROP", ledger.Card }, []string{" unknown_kind"}},
		"all at once":                 {func(d *daybook.Draft) { d.AmountMinor, d.Currency, d.Mode = 0, "X", "X" }, []string{"/amountMinor amount_zero", "/currency unknown_currency", "/paymentMode unknown_payment_mode"}},
		"a time":                      {at(time.Date(2024, 5, 10, 1, 2, 3, 4, time.UTC)), nil},
		"a time after 9999 in UTC":    {at(time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600*2))), []string{"/occurredAt occurred_at_out_of_range"}},
		"a time before year 1 in UTC": {at(time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600))), []string{"/occurredAt occurred_at_out_of_range"}},
	} {
		d := revenue(may(10), ledger.Cash, 1_000).Draft
		c.change(&d)
		if diff := cmp.Diff(c.want, fields(d.Check("EUR"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCountCheck(t *testing.T) {
	t.Parallel()
	notes := func(pairs ...int64) daybook.Count {
		c := daybook.Count{CountedMinor: 1_200}
		for i := 0; i < len(pairs); i += 2 {
			c.Denominations = append(c.Denominations, daybook.Denomination{ValueMinor: pairs[i], Quantity: pairs[i+1]})
		}
		return c
	}
	for name, c := range map[string]struct {
		count daybook.Count
		want  []string
	}{
		"no denominations":    {notes(), nil},
		"they add up":         {notes(500, 2, 100, 2, 50, 0), nil},
		"they do not":         {notes(500, 2), []string{"/denominations denominations_mismatch"}},
		"a value of nothing":  {notes(0, 5, 600, 2), []string{"/denominations/0 bad_denomination"}},
		"a negative value":    {notes(-1, 1, 600, 2), []string{"/denominations/0 bad_denomination"}},
		"a negative quantity": {notes(600, 3, 600, -1), []string{"/denominations/1 bad_denomination", "/denominations denominations_mismatch"}},
		"overflow in a line":  {notes(1<<40, 1<<40, 1_200, 1), []string{"/denominations/0 bad_denomination"}},
		"a huge value":        {notes(math.MaxInt64, 0), []string{"/denominations/0 bad_denomination", "/denominations denominations_mismatch"}},
		"nothing counted":     {daybook.Count{}, nil},
		"negative":            {daybook.Count{CountedMinor: -1}, []string{"/countedMinor balance_negative"}},
		"too large":           {daybook.Count{CountedMinor: money.MaxMinor + 1}, []string{"/countedMinor amount_too_large"}},
	} {
		if diff := cmp.Diff(c.want, fields(c.count.Check())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOpeningCheck(t *testing.T) {
	t.Parallel()
	for minor, want := range map[int64]error{
		0: nil, money.MaxMinor: nil, -1: daybook.ErrCountNegative, money.MaxMinor + 1: daybook.ErrAmountTooLarge, math.MinInt64: daybook.ErrCountNegative,
	} {
		if err := (daybook.SetOpening{OpeningMinor: minor}).Check(); !errors.Is(err, want) {
			t.Errorf("%d: %v", minor, err)
		}
	}
}

// TestKeysBelongToCallerOperationAndProperty: what differs in one part has another key, also where
// the parts would read the same when put together.
func TestKeysBelongToCallerOperationAndProperty(t *testing.T) {
	t.Parallel()
	b := unopened(t).state.Book
	other := b
	other.Property = "8d9f3a52-0c1e-4b7a-9f65-2f8f0c6f4a11"
	stranger := b
	stranger.Org = "acme2"
	seen := map[daybook.Hash]int{}
	for i, k := range []daybook.Hash{
		daybook.KeyFor(b, "ab", "c", "d"), daybook.KeyFor(b, "a", "bc", "d"), daybook.KeyFor(b, "a", "b", "cd"), daybook.KeyFor(b, "ab", "", "cd"),
		daybook.KeyFor(other, "ab", "c", "d"), daybook.KeyFor(stranger, "ab", "c", "d"), daybook.KeyFor(b, `a","b`, "c", "d"), daybook.KeyFor(b, "a", `b","c`, "d"),
	} {
		if first, taken := seen[k]; taken {
			t.Errorf("keys %d and %d are the same", first, i)
		}
		seen[k] = i
	}
	if again := daybook.KeyFor(b, "ab", "c", "d"); seen[again] != 0 || len(seen) != 8 {
		t.Error("a key changes")
	}
}

func TestRequestHashTellsRequestsApart(t *testing.T) {
	t.Parallel()
	draft := revenue(may(10), ledger.Cash, 1_000)
	other := revenue(may(10), ledger.Cash, 1_001)
	b := opened(t, 0)
	same := b.must(owner, draft).Data.(daybook.EntryRecorded)
	if daybook.RequestHash(draft) == daybook.RequestHash(other) || daybook.RequestHash(daybook.Reject{EntryID: "a"}) == daybook.RequestHash(daybook.Withdraw{EntryID: "a"}) {
		t.Error("two requests have one hash")
	}
	if daybook.RequestHash(draft) != daybook.RequestHash(daybook.Record{Draft: same.Facts.Draft()}) {
		t.Error("the event gives another request than made it")
	}
}
