package report

import (
	"strings"

	"innkeep.internal/shared/domain/ledger"
)

// UnknownType is the type of an account that none of the organisation's charts has ever had. What is
// posted to it is in no statement of income; every statement says that there is such an account.
const UnknownType ledger.AccountType = "UNKNOWN"

// role is what the counter-account of an entry is for. An account that has ever had two of them does not
// tell what was posted to it (Flows).
type role string

const (
	roleRevenue  role = "revenue"
	roleDeposit  role = "deposit" // of a revenue that is earned later
	roleTaxOut   role = "tax-out"
	roleExpense  role = "expense"
	roleTaxIn    role = "tax-in"
	roleBank     role = "bank"     // what cash is brought to and fetched from
	roleMovement role = "movement" // every other cash movement
	roleMoney    role = "money"    // where a payment mode but cash stands
	roleDrawer   role = "drawer"
	roleOpening  role = "opening"
	roleMixed    role = "mixed" // more than one, or an account that is unknown
)

// cashUses are the uses of accounts that hold cash, or cash at the bank: the drawer and the bank, and
// the places between which cash moves without being earned or spent.
var cashUses = []ledger.Use{
	"mode:CASH", "mode:BANK", "movement:SAFE_DROP", "movement:FLOAT_IN", "movement:FLOAT_OUT", "movement:BANK_DEPOSIT", "movement:BANK_WITHDRAWAL",
}

// useDeposit is the use of the account that advance deposits stand on.
const useDeposit ledger.Use = "source:DEPOSIT"

// Accounts are what an organisation's charts say of its accounts. An account that a later chart has
// dropped is known by its latest definition, and one that is kept without a use by the uses that it had:
// what was posted to them stays in the books.
type Accounts struct {
	latest map[string]ledger.Account
	roles  map[string]role // over every chart
}

// NewAccounts takes the charts that were ever in force, the earliest first.
func NewAccounts(charts []ledger.Chart) Accounts {
	a := Accounts{latest: map[string]ledger.Account{}, roles: map[string]role{}}
	had := map[string]map[role]bool{}
	for _, c := range charts {
		for _, x := range c.Accounts {
			if len(x.Uses) == 0 {
				x.Uses = a.latest[x.Code].Uses
			}
			a.latest[x.Code] = x
			if had[x.Code] == nil {
				had[x.Code] = map[role]bool{}
			}
			for _, u := range x.Uses {
				had[x.Code][roleOf(u)] = true
			}
		}
	}
	for code, all := range had {
		a.roles[code] = single(all)
	}
	return a
}

// Of is an account by its code. One that no chart knows goes by its code and has UnknownType.
func (a Accounts) Of(code string) ledger.Account {
	if x, known := a.latest[code]; known {
		return x
	}
	return ledger.Account{Code: code, Name: code, Type: UnknownType}
}

// role is what the account is for; mixed where what is posted to it cannot be told apart by it.
func (a Accounts) role(code string) role {
	if r, known := a.roles[code]; known {
		return r
	}
	return roleMixed
}

func roleOf(u ledger.Use) role {
	prefix, code, _ := strings.Cut(string(u), ":")
	switch {
	case u == useDeposit:
		return roleDeposit
	case u == "mode:"+ledger.Use(ledger.Cash):
		return roleDrawer
	case u == ledger.UseOpening:
		return roleOpening
	case prefix == "source":
		return roleRevenue
	case prefix == "category":
		return roleExpense
	case prefix == "tax-out":
		return roleTaxOut
	case prefix == "tax-in":
		return roleTaxIn
	case prefix == "mode":
		return roleMoney
	case code == string(ledger.BankDeposit) || code == string(ledger.BankWithdrawal):
		return roleBank
	}
	return roleMovement
}

// single is the one role that decides how an account's totals are read. Where cash is brought to may be
// where another payment mode stands as well: movements are in cash. Among accounts of which none is of a
// revenue, an expense or the bank, which is which makes no figure.
func single(all map[role]bool) role {
	if len(all) == 1 {
		for r := range all {
			return r
		}
	}
	if len(all) == 2 && all[roleBank] && all[roleMoney] {
		return roleBank
	}
	for r := range all {
		if r != roleMoney && r != roleMovement && r != roleOpening {
			return roleMixed
		}
	}
	return roleMovement
}

// Cash reports whether the account holds cash, or cash at the bank.
func (a Accounts) Cash(code string) bool {
	x := a.Of(code)
	if x.Type != ledger.Asset {
		return false
	}
	for _, u := range x.Uses {
		for _, c := range cashUses {
			if u == c {
				return true
			}
		}
	}
	return false
}
