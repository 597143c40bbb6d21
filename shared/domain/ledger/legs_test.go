package ledger_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/ledger"
)

const drawer = "1010"

func TestLegs(t *testing.T) {
	t.Parallel()
	vat := []ledger.TaxLine{{Code: "VAT", AmountMinor: 18_000}}
	for _, c := range []struct {
		name string
		p    ledger.Posting
		want []ledger.Leg
	}{
		{"cash revenue with tax", ledger.Posting{Kind: ledger.Revenue, Category: "ROOM", Mode: ledger.Cash, GrossMinor: 118_000, NetMinor: 100_000, Taxes: vat},
			[]ledger.Leg{{Account: "1010", AmountMinor: 118_000}, {Account: "4010", AmountMinor: -100_000}, {Account: "2190", AmountMinor: -18_000}}},
		{"cash expense with tax", ledger.Posting{Kind: ledger.Expense, Category: "UTILITIES", Mode: ledger.Cash, GrossMinor: 118_000, NetMinor: 100_000, Taxes: vat},
			[]ledger.Leg{{Account: "1010", AmountMinor: -118_000}, {Account: "6510", AmountMinor: 100_000}, {Account: "1190", AmountMinor: 18_000}}},
		{"UPI revenue", ledger.Posting{Kind: ledger.Revenue, Category: "FOOD", Mode: ledger.UPI, GrossMinor: 59_000, NetMinor: 59_000},
			[]ledger.Leg{{Account: "1061", AmountMinor: 59_000}, {Account: "4110", AmountMinor: -59_000}}},
		{"bank deposit", ledger.Posting{Kind: ledger.Movement, Category: "BANK_DEPOSIT", Mode: ledger.Cash, GrossMinor: 5, NetMinor: 5},
			[]ledger.Leg{{Account: "1010", AmountMinor: -5}, {Account: "1050", AmountMinor: 5}}},
		{"float in", ledger.Posting{Kind: ledger.Movement, Category: "FLOAT_IN", Mode: ledger.Cash, GrossMinor: 5, NetMinor: 5},
			[]ledger.Leg{{Account: "1010", AmountMinor: 5}, {Account: "1030", AmountMinor: -5}}},
		{"a short drawer", ledger.Posting{Kind: ledger.Movement, Category: "SHORT", Mode: ledger.Cash, GrossMinor: 500, NetMinor: 500},
			[]ledger.Leg{{Account: "1010", AmountMinor: -500}, {Account: "6120", AmountMinor: 500}}},
		{"a drawer over", ledger.Posting{Kind: ledger.Movement, Category: "OVER", Mode: ledger.Cash, GrossMinor: 500, NetMinor: 500},
			[]ledger.Leg{{Account: "1010", AmountMinor: 500}, {Account: "6120", AmountMinor: -500}}},
	} {
		got, err := ledger.Default().Legs(c.p)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
	}
}

// into says by itself which movements fill the drawer.
var into = map[ledger.MovementKind]bool{ledger.BankWithdrawal: true, ledger.FloatIn: true, ledger.OwnerContribution: true, ledger.Over: true}

func TestMovementDirections(t *testing.T) {
	t.Parallel()
	for _, m := range ledger.MovementKinds {
		if m.In() != into[m] {
			t.Errorf("%s: into the drawer %v", m, m.In())
		}
		if m.OverShort() != (m == ledger.Over || m == ledger.Short) {
			t.Errorf("%s: over/short %v", m, m.OverShort())
		}
	}
}

func posting() *rapid.Generator[ledger.Posting] {
	return rapid.Custom(func(t *rapid.T) ledger.Posting {
		p := ledger.Posting{Kind: rapid.SampledFrom(ledger.Kinds).Draw(t, "kind"), Mode: ledger.Cash, NetMinor: rapid.Int64Range(0, money.MaxMinor).Draw(t, "net")}
		if p.Kind == ledger.Movement {
			p.Category, p.GrossMinor = string(rapid.SampledFrom(ledger.MovementKinds).Draw(t, "movement")), p.NetMinor
			return p
		}
		words := sources
		if p.Kind == ledger.Expense {
			words = categories
		}
		p.Category, p.Mode = rapid.SampledFrom(words).Draw(t, "word"), rapid.SampledFrom(ledger.PaymentModes).Draw(t, "mode")
		p.GrossMinor = p.NetMinor
		for range rapid.IntRange(0, 4).Draw(t, "taxes") {
			tax := ledger.TaxLine{Code: rapid.SampledFrom([]string{"VAT", "GST", "CITY"}).Draw(t, "tax"), AmountMinor: rapid.Int64Range(1, money.MaxMinor).Draw(t, "tax amount")}
			p.Taxes, p.GrossMinor = append(p.Taxes, tax), p.GrossMinor+tax.AmountMinor
		}
		return p
	})
}

// TestInvariant2LegsBalance: the legs sum to zero, the drawer moves by cash alone, by the gross and
// in the right direction, and a reversal undoes it account by account.
func TestInvariant2LegsBalance(t *testing.T) {
	t.Parallel()
	chart := ledger.Default()
	rapid.Check(t, func(t *rapid.T) {
		p := posting().Draw(t, "posting")
		legs, err := chart.Legs(p)
		if err != nil {
			t.Fatal(err)
		}
		var sum, cash int64
		accounts := map[string]int64{}
		for _, l := range append(ledger.Opposite(legs), legs...) {
			accounts[l.Account] += l.AmountMinor
		}
		for _, l := range legs {
			sum += l.AmountMinor
			if l.Account == drawer {
				cash += l.AmountMinor
			}
		}
		want := int64(0)
		if p.Mode == ledger.Cash {
			want = p.GrossMinor
			if p.Kind == ledger.Expense || p.Kind == ledger.Movement && !into[ledger.MovementKind(p.Category)] {
				want = -want
			}
		}
		if sum != 0 || cash != want || len(legs) != 2+len(p.Taxes) {
			t.Fatalf("sum %d, drawer %d (want %d): %v", sum, cash, want, legs)
		}
		for account, left := range accounts {
			if left != 0 {
				t.Fatalf("entry and reversal leave %d on %s", left, account)
			}
		}
	})
}

func TestOpeningLegsBalance(t *testing.T) {
	t.Parallel()
	want := []ledger.Leg{{Account: drawer, AmountMinor: -50}, {Account: "3010", AmountMinor: 50}}
	if diff := cmp.Diff(want, ledger.Default().OpeningLegs(-50)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLegsRefuse(t *testing.T) {
	t.Parallel()
	base := ledger.Posting{Kind: ledger.Revenue, Category: "ROOM", Mode: ledger.Cash, GrossMinor: 10, NetMinor: 10}
	for name, c := range map[string]struct {
		change func(*ledger.Posting)
		want   error // nil: any
	}{
		"an unknown source":   {func(p *ledger.Posting) { p.Category = "NONE" }, ledger.ErrUnknownSource},
		"no source":           {func(p *ledger.Posting) { p.Category = "" }, ledger.ErrUnknownSource},
		"another kind's word": {func(p *ledger.Posting) { p.Category = "UTILITIES" }, ledger.ErrUnknownSource},
		"an unknown category": {func(p *ledger.Posting) { p.Kind = ledger.Expense; p.Category = "ROOM" }, ledger.ErrUnknownCategory},
		"an unknown movement": {func(p *ledger.Posting) { p.Kind = ledger.Movement; p.Category = "LOST" }, ledger.ErrUnknownCategory},
		"gross is not net":    {func(p *ledger.Posting) { p.NetMinor = 9 }, nil},
		"an unsaid tax":       {func(p *ledger.Posting) { p.Taxes = []ledger.TaxLine{{Code: "VAT", AmountMinor: 1}} }, nil},
		"overflow":            {func(p *ledger.Posting) { p.GrossMinor, p.NetMinor = math.MaxInt64, math.MinInt64 }, nil},
	} {
		p := base
		c.change(&p)
		legs, err := ledger.Default().Legs(p)
		if err == nil || legs != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v %v", name, legs, err)
		}
	}
	noTaxes, err := ledger.NewChart(1, changed(func(list []ledger.Account) []ledger.Account {
		for i, a := range list {
			if a.Code == "1190" || a.Code == "2190" {
				list[i].Uses = nil
			}
		}
		return list
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []ledger.Kind{ledger.Revenue, ledger.Expense} {
		p := ledger.Posting{Kind: kind, Category: "FOOD", Mode: ledger.Bank, GrossMinor: 10, NetMinor: 9, Taxes: []ledger.TaxLine{{Code: "VAT", AmountMinor: 1}}}
		if _, err := noTaxes.Legs(p); !errors.Is(err, ledger.ErrUnknownTax) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func ExampleChart_Legs() {
	legs, _ := ledger.Default().Legs(ledger.Posting{
		Kind: ledger.Revenue, Category: "ROOM", Mode: ledger.Card, GrossMinor: 11_800, NetMinor: 10_000,
		Taxes: []ledger.TaxLine{{Code: "GST", AmountMinor: 1_800}},
	})
	for _, l := range legs {
		fmt.Println(l.Account, l.AmountMinor)
	}
	// Output:
	// 1060 11800
	// 4010 -10000
	// 2190 -1800
}
