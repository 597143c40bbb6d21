package report_test

import (
	"testing"

	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/domain/report"
)

// TestAccountsThatTellPaymentsApart: by the uses that an account has had, whether what was posted to it
// can be read off its totals.
func TestAccountsThatTellPaymentsApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		told bool
		uses []ledger.Use
	}{
		{true, []ledger.Use{"source:ROOM", "source:FOOD"}},
		{true, []ledger.Use{"category:RENT", "category:IT"}},
		{true, []ledger.Use{"source:DEPOSIT"}},
		{true, []ledger.Use{"tax-out:*", "tax-out:VAT"}},
		{true, []ledger.Use{"mode:BANK", "mode:CARD", "movement:BANK_DEPOSIT", "movement:BANK_WITHDRAWAL"}},
		{true, []ledger.Use{"mode:CARD", "movement:SAFE_DROP", "opening"}},
		{false, []ledger.Use{"source:ROOM", "source:DEPOSIT"}},
		{false, []ledger.Use{"source:ROOM", "category:ROOMS"}},
		{false, []ledger.Use{"source:ROOM", "tax-out:*"}},
		{false, []ledger.Use{"source:ROOM", "mode:CARD"}},
		{false, []ledger.Use{"tax-in:*", "tax-out:*"}},
		{false, []ledger.Use{"category:RENT", "movement:OWNER_DRAW"}},
		{false, []ledger.Use{"movement:BANK_DEPOSIT", "movement:SAFE_DROP"}},
		{false, []ledger.Use{"movement:BANK_DEPOSIT", "opening"}},
	} {
		a := report.NewAccounts([]ledger.Chart{{Accounts: []ledger.Account{{Code: "1", Type: ledger.Asset, Uses: c.uses}}}})
		totals := map[report.Account]report.Total{{PostedDate: january, Code: "1", Mode: ledger.Cash}: {DebitMinor: 1, LegCount: 1}}
		r := report.Range{From: january, To: january}
		if _, told, err := report.FlowsOf(a, totals, r); err != nil || told != c.told {
			t.Errorf("%v: told is %v, %v", c.uses, told, err)
		}
		if _, told, _ := report.FlowsOf(a, totals, report.Range{From: january.AddDays(1), To: january.AddDays(9)}); !told {
			t.Errorf("%v: what was posted on another date is in the way", c.uses)
		}
	}
	if _, told, _ := report.FlowsOf(report.NewAccounts(nil), map[report.Account]report.Total{{PostedDate: january, Code: "?"}: {}}, report.Range{From: january, To: january}); told {
		t.Error("an account that no chart has tells what was posted to it")
	}
}
