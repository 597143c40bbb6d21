package ledger

import (
	"fmt"
	"slices"
	"strings"
)

// AccountType is an account's place in the statements.
type AccountType string

// The account types.
const (
	Asset     AccountType = "ASSET"
	Liability AccountType = "LIABILITY"
	Equity    AccountType = "EQUITY"
	Income    AccountType = "INCOME"
	Cost      AccountType = "EXPENSE"
)

// AccountTypes lists every type.
var AccountTypes = []AccountType{Asset, Liability, Equity, Income, Cost}

// Account is a line of the chart.
type Account struct {
	Code string      `json:"code"` // 1 to 20 characters, unique in the chart
	Name string      `json:"name"`
	Type AccountType `json:"type"`
	Uses []Use       `json:"uses"` // what is posted here; each use stands at one account only
}

// Chart is an organisation's chart of accounts. Make one with NewChart.
type Chart struct {
	Version  int64 // of the organisation's setup stream; 0 is the default chart
	Accounts []Account
	byUse    map[Use]string
}

// NewChart checks the accounts: codes and uses unique, known types, and an account for every
// payment mode, every movement and the opening, without which an entry could not be posted.
// The drawer's account has no other use, so that its balance is the cash in the drawer (I6).
// All faults are in the ErrChart that it returns.
func NewChart(version int64, accounts []Account) (Chart, error) {
	c := Chart{Version: version, Accounts: accounts, byUse: map[Use]string{}}
	var faults []string
	codes := map[string]bool{}
	for _, a := range accounts {
		switch {
		case a.Code == "" || len(a.Code) > 20:
			faults = append(faults, fmt.Sprintf("account code %q must have 1 to 20 characters", a.Code))
		case codes[a.Code]:
			faults = append(faults, fmt.Sprintf("account %s stands twice", a.Code))
		}
		codes[a.Code] = true
		if !slices.Contains(AccountTypes, a.Type) {
			faults = append(faults, fmt.Sprintf("account %s has the unknown type %q", a.Code, a.Type))
		}
		if len(a.Uses) > 1 && slices.Contains(a.Uses, useCash) {
			faults = append(faults, fmt.Sprintf("account %s is the drawer's: it can have no use but %s", a.Code, useCash))
		}
		for _, u := range a.Uses {
			if other, taken := c.byUse[u]; taken {
				faults = append(faults, fmt.Sprintf("use %s stands at %s and %s", u, other, a.Code))
			}
			if !knownUse(u) {
				faults = append(faults, fmt.Sprintf("account %s has the unknown use %s", a.Code, u))
			}
			c.byUse[u] = a.Code
		}
	}
	for _, u := range needed() {
		if c.byUse[u] == "" {
			faults = append(faults, fmt.Sprintf("no account has the use %s", u))
		}
	}
	if len(faults) > 0 {
		return Chart{}, ErrChart.With("faults", strings.Join(faults, "; "))
	}
	return c, nil
}

func needed() []Use {
	uses := []Use{UseOpening}
	for _, m := range PaymentModes {
		uses = append(uses, Use("mode:"+string(m)))
	}
	for _, m := range MovementKinds {
		uses = append(uses, CategoryUse(Movement, string(m)))
	}
	return uses
}

func knownUse(u Use) bool {
	if u == UseOpening {
		return true
	}
	prefix, code, found := strings.Cut(string(u), ":")
	if !found || code == "" || len(code) > 64 {
		return false
	}
	switch prefix {
	case "source", "category", "tax-in", "tax-out":
		return true
	case "mode", "movement":
		for _, n := range needed() {
			if u == n {
				return true
			}
		}
	}
	return false
}

// Account is the account of a use; for a tax without one of its own, that of "tax-in:*" or
// "tax-out:*". Empty when there is none.
func (c Chart) Account(u Use) string {
	if code, ok := c.byUse[u]; ok {
		return code
	}
	if prefix, _, _ := strings.Cut(string(u), ":"); prefix == "tax-in" || prefix == "tax-out" {
		return c.byUse[Use(prefix+":*")]
	}
	return ""
}

// Default is the chart that every organisation begins with. Numbers and departments follow USALI's
// summary operating statement: operated departments, undistributed expenses, fixed charges.
func Default() Chart {
	c, err := NewChart(0, defaultAccounts)
	if err != nil {
		panic(err)
	}
	return c
}

var defaultAccounts = []Account{
	{"1010", "Cash on hand", Asset, []Use{"mode:CASH"}},
	{"1020", "Safe", Asset, []Use{"movement:SAFE_DROP"}},
	{"1030", "House float", Asset, []Use{"movement:FLOAT_IN", "movement:FLOAT_OUT"}},
	{"1050", "Bank", Asset, []Use{"mode:BANK", "movement:BANK_DEPOSIT", "movement:BANK_WITHDRAWAL"}},
	{"1060", "Card clearing", Asset, []Use{"mode:CARD"}},
	{"1061", "UPI clearing", Asset, []Use{"mode:UPI"}},
	{"1062", "Wallet clearing", Asset, []Use{"mode:WALLET"}},
	{"1063", "Cheques in hand", Asset, []Use{"mode:CHEQUE"}},
	{"1110", "Receivable from online travel agencies", Asset, []Use{"mode:OTA"}},
	{"1120", "City ledger", Asset, []Use{"mode:CITY_LEDGER"}},
	{"1190", "Input tax recoverable", Asset, []Use{"tax-in:*"}},
	{"2190", "Taxes collected", Liability, []Use{"tax-out:*"}},
	{"2200", "Advance deposits", Liability, []Use{"source:DEPOSIT"}},
	{"3010", "Opening balances", Equity, []Use{UseOpening}},
	{"3020", "Owner's account", Equity, []Use{"movement:OWNER_DRAW", "movement:OWNER_CONTRIBUTION"}},
	{"4010", "Rooms revenue", Income, []Use{"source:ROOM"}},
	{"4110", "Food revenue", Income, []Use{"source:FOOD"}},
	{"4120", "Beverage revenue", Income, []Use{"source:BEVERAGE"}},
	{"4130", "Meetings and events revenue", Income, []Use{"source:EVENTS"}},
	{"4210", "Spa revenue", Income, []Use{"source:SPA"}},
	{"4220", "Laundry revenue", Income, []Use{"source:LAUNDRY"}},
	{"4230", "Parking revenue", Income, []Use{"source:PARKING"}},
	{"4240", "Transport and tours revenue", Income, []Use{"source:TRANSPORT"}},
	{"4300", "Miscellaneous income", Income, []Use{"source:OTHER"}},
	{"5010", "Rooms expense", Cost, []Use{"category:ROOMS", "category:GUEST_SUPPLIES", "category:COMMISSIONS"}},
	{"5110", "Cost of food", Cost, []Use{"category:FOOD"}},
	{"5120", "Cost of beverages", Cost, []Use{"category:BEVERAGE"}},
	{"5300", "Other departments' expense", Cost, []Use{"category:LAUNDRY", "category:TRANSPORT", "category:OTHER"}},
	{"6010", "Salaries and wages", Cost, []Use{"category:PAYROLL"}},
	{"6110", "Administrative and general", Cost, []Use{"category:ADMIN", "category:BANK_CHARGES"}},
	{"6120", "Cash over and short", Cost, []Use{"movement:OVER", "movement:SHORT"}},
	{"6210", "Information and telecommunications", Cost, []Use{"category:IT"}},
	{"6310", "Sales and marketing", Cost, []Use{"category:MARKETING"}},
	{"6410", "Property operation and maintenance", Cost, []Use{"category:MAINTENANCE"}},
	{"6510", "Utilities", Cost, []Use{"category:UTILITIES"}},
	{"7010", "Management fees", Cost, []Use{"category:MANAGEMENT_FEES"}},
	{"7110", "Rent", Cost, []Use{"category:RENT"}},
	{"7120", "Property and other taxes", Cost, []Use{"category:TAXES"}},
	{"7130", "Insurance", Cost, []Use{"category:INSURANCE"}},
}
