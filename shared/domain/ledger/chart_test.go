package ledger_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/ledger"
)

var (
	sources    = strings.Fields("ROOM FOOD BEVERAGE EVENTS SPA LAUNDRY PARKING TRANSPORT OTHER DEPOSIT")
	categories = strings.Fields(`ROOMS GUEST_SUPPLIES COMMISSIONS FOOD BEVERAGE LAUNDRY TRANSPORT OTHER PAYROLL ADMIN
		BANK_CHARGES IT MARKETING MAINTENANCE UTILITIES MANAGEMENT_FEES RENT TAXES INSURANCE`)
)

func TestDefaultChartTakesTheFrontDesksWords(t *testing.T) {
	t.Parallel()
	c := ledger.Default()
	uses := []ledger.Use{ledger.UseOpening, "tax-in:VAT", "tax-out:VAT"}
	for _, s := range sources {
		uses = append(uses, ledger.CategoryUse(ledger.Revenue, s))
	}
	for _, s := range categories {
		uses = append(uses, ledger.CategoryUse(ledger.Expense, s))
	}
	for _, m := range ledger.MovementKinds {
		uses = append(uses, ledger.CategoryUse(ledger.Movement, string(m)))
	}
	for _, m := range ledger.PaymentModes {
		uses = append(uses, ledger.Use("mode:"+string(m)))
	}
	types := map[string]ledger.AccountType{}
	for _, a := range c.Accounts {
		types[a.Code] = a.Type
		if a.Name == "" || !slices.Contains(ledger.AccountTypes, a.Type) {
			t.Errorf("%+v", a)
		}
	}
	for _, u := range uses {
		code := c.Account(u)
		if code == "" {
			t.Errorf("no account for %s", u)
		}
		prefix, _, _ := strings.Cut(string(u), ":")
		switch want := types[code]; {
		case prefix == "category" && want != ledger.Cost, prefix == "mode" && want != ledger.Asset,
			prefix == "source" && want != ledger.Income && u != "source:DEPOSIT":
			t.Errorf("%s is posted to %s, an account of type %s", u, code, want)
		}
	}
	if ledger.Default().Version != 0 {
		t.Error("the default chart has a version")
	}
}

// changed is the default chart's accounts after f.
func changed(f func(accounts []ledger.Account) []ledger.Account) []ledger.Account {
	accounts := slices.Clone(ledger.Default().Accounts)
	for i := range accounts {
		accounts[i].Uses = slices.Clone(accounts[i].Uses)
	}
	return f(accounts)
}

func with(a ledger.Account) func([]ledger.Account) []ledger.Account {
	return func(list []ledger.Account) []ledger.Account { return append(list, a) }
}

func TestNewChartFaults(t *testing.T) {
	t.Parallel()
	without := func(use ledger.Use) func([]ledger.Account) []ledger.Account {
		return func(list []ledger.Account) []ledger.Account {
			for i := range list {
				list[i].Uses = slices.DeleteFunc(list[i].Uses, func(u ledger.Use) bool { return u == use })
			}
			return list
		}
	}
	drawer := func(use ledger.Use) func([]ledger.Account) []ledger.Account {
		return func(list []ledger.Account) []ledger.Account {
			list = without(use)(list)
			list[0].Uses = append(list[0].Uses, use)
			return list
		}
	}
	for name, c := range map[string]struct {
		change func([]ledger.Account) []ledger.Account
		want   string
	}{
		"an empty code":         {with(ledger.Account{Name: "x", Type: ledger.Cost}), `account code "" must have`},
		"a long code":           {with(ledger.Account{Code: strings.Repeat("9", 21), Type: ledger.Cost}), "1 to 20 characters"},
		"a code twice":          {with(ledger.Account{Code: "1010", Type: ledger.Asset}), "account 1010 stands twice"},
		"a use twice":           {with(ledger.Account{Code: "9000", Type: ledger.Asset, Uses: []ledger.Use{"source:ROOM"}}), "use source:ROOM stands at 4010 and 9000"},
		"an unknown use":        {with(ledger.Account{Code: "9000", Type: ledger.Asset, Uses: []ledger.Use{"sauce:ROOM"}}), "unknown use sauce:ROOM"},
		"a use without a word":  {with(ledger.Account{Code: "9000", Type: ledger.Asset, Uses: []ledger.Use{"source:"}}), "unknown use source:"},
		"an unknown mode":       {with(ledger.Account{Code: "9000", Type: ledger.Asset, Uses: []ledger.Use{"mode:GOLD"}}), "unknown use mode:GOLD"},
		"an unknown movement":   {with(ledger.Account{Code: "9000", Type: ledger.Asset, Uses: []ledger.Use{"movement:LOST"}}), "unknown use movement:LOST"},
		"an unknown type":       {with(ledger.Account{Code: "9000", Type: "ASSETS"}), `account 9000 has the unknown type "ASSETS"`},
		"no type":               {with(ledger.Account{Code: "9000"}), "unknown type"},
		"no drawer":             {without("mode:CASH"), "no account has the use mode:CASH"},
		"no mode":               {without("mode:UPI"), "no account has the use mode:UPI"},
		"no movement":           {without("movement:SHORT"), "no account has the use movement:SHORT"},
		"no opening":            {without("opening"), "no account has the use opening"},
		"the drawer and a safe": {drawer("movement:SAFE_DROP"), "account 1010 is the drawer's"},
		"the drawer and a bank": {drawer("mode:BANK"), "account 1010 is the drawer's"},
		"nothing at all":        {func([]ledger.Account) []ledger.Account { return nil }, "no account has the use opening"},
	} {
		_, err := ledger.NewChart(3, changed(c.change))
		if !errors.Is(err, ledger.ErrChart) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fault.From(err).Params["faults"]; !strings.Contains(got, c.want) {
			t.Errorf("%s: %q does not say %q", name, got, c.want)
		}
	}
}

func TestNewChartTakesOwnWords(t *testing.T) {
	t.Parallel()
	c, err := ledger.NewChart(7, changed(with(ledger.Account{
		Code: "9000", Name: "City tax", Type: ledger.Liability, Uses: []ledger.Use{"tax-out:CITY", "source:MINIBAR"},
	})))
	if err != nil || c.Version != 7 {
		t.Fatal(c.Version, err)
	}
	for use, want := range map[ledger.Use]string{
		"tax-out:CITY": "9000", "source:MINIBAR": "9000", "tax-out:VAT": "2190", "tax-in:CITY": "1190", "source:CITY": "", "category:*": "",
	} {
		if got := c.Account(use); got != want {
			t.Errorf("%s: %q, want %q", use, got, want)
		}
	}
}

// TestChartWithoutAccounts: a chart that nobody made posts nothing.
func TestChartWithoutAccounts(t *testing.T) {
	t.Parallel()
	p := ledger.Posting{Kind: ledger.Revenue, Category: "ROOM", Mode: ledger.Cash, GrossMinor: 1, NetMinor: 1}
	if legs, err := (ledger.Chart{}).Legs(p); err == nil || legs != nil {
		t.Errorf("%v %v", legs, err)
	}
}
