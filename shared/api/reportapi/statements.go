package reportapi

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/report"
)

// TrialBalance is the balances of all accounts in one currency. Balances are positive on the debit side.
type TrialBalance struct {
	Block
	Accounts []AccountBalance `json:"accounts" nullable:"false" doc:"By code: those that anything was ever posted to."`
	Sum      BalanceSides     `json:"sum" doc:"Over all accounts: opening and closing are zero."`
	Balanced bool             `json:"balanced" doc:"That debits and credits are equal, before the range and within it. Where they are not the report is refused: the books have a defect."`
}

// BalanceSides are a balance and what moved it.
type BalanceSides struct {
	OpeningMinor int64 `json:"openingMinor" doc:"Before the range, since go-live. The opening entry itself is posted on the date of go-live."`
	DebitMinor   int64 `json:"debitMinor"`
	CreditMinor  int64 `json:"creditMinor"`
	ClosingMinor int64 `json:"closingMinor" doc:"opening + debits - credits."`
}

// AccountBalance is an account with its balance.
type AccountBalance struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Type string `json:"type" enum:"ASSET,LIABILITY,EQUITY,INCOME,EXPENSE,UNKNOWN" doc:"UNKNOWN: none of the organisation's charts has the account."`
	BalanceSides
}

// NewTrialBalance answers with the report.
func NewTrialBalance(ctx context.Context, source api.Source, in *AnalyticsInput) (Answer[Analysis[TrialBalance]], error) {
	return analyse(ctx, source, in, "trial-balance", nil, fromGoLive, func(a analysis, b block[ledgers]) (v TrialBalance, err error) {
		before, within, err := addLedgers(b)
		if err != nil {
			return v, err
		}
		t, err := report.NewTrialBalance(a.accounts, before, within)
		v = TrialBalance{Block: b.head(), Sum: newSides(t.Sum), Balanced: err == nil}
		v.Accounts = took(t.Balances, func(x report.Balance) AccountBalance {
			return AccountBalance{Code: x.Code, Name: x.Name, Type: string(x.Type), BalanceSides: newSides(x)}
		})
		return v, err
	})
}

func newSides(x report.Balance) BalanceSides {
	return BalanceSides{OpeningMinor: x.OpeningMinor, DebitMinor: x.DebitMinor, CreditMinor: x.CreditMinor, ClosingMinor: x.ClosingMinor}
}

// ProfitAndLoss is what was earned and spent in one currency, net of tax, whether it was paid or not.
type ProfitAndLoss struct {
	Block
	Revenue           []AccountLine `json:"revenue" nullable:"false" doc:"Accounts of the type INCOME, by code."`
	Expenses          []AccountLine `json:"expenses" nullable:"false" doc:"Accounts of the type EXPENSE, by code."`
	RevenueMinor      int64         `json:"revenueMinor"`
	ExpensesMinor     int64         `json:"expensesMinor"`
	NetIncomeMinor    int64         `json:"netIncomeMinor" doc:"Revenue less expenses."`
	MarginBasisPoints *int64        `json:"marginBasisPoints,omitempty" doc:"Net income by revenue, in hundredths of a percent; absent without revenue."`
	Unknown
}

// NewProfitAndLoss answers with the report.
func NewProfitAndLoss(ctx context.Context, source api.Source, in *AnalyticsInput) (Answer[Analysis[ProfitAndLoss]], error) {
	return analyse(ctx, source, in, "profit-and-loss", nil, within, func(a analysis, b block[report.Sums]) (ProfitAndLoss, error) {
		p, err := incomeOf(a, b)
		return ProfitAndLoss{
			Block: b.head(), Revenue: newLines(p.Revenue), Expenses: newLines(p.Expenses),
			RevenueMinor: p.RevenueMinor, ExpensesMinor: p.ExpensesMinor, NetIncomeMinor: p.NetMinor, MarginBasisPoints: margin(p),
			Unknown: newUnknown(p.Unknown),
		}, err
	})
}

func margin(p report.Income) *int64 {
	if bp, known := p.MarginBasisPoints(); known {
		return &bp
	}
	return nil
}

// Departments is the summary operating statement of the Uniform System of Accounts for the Lodging
// Industry, 11th revised edition, in one currency.
type Departments struct {
	Block
	Departments                []Department `json:"departments" nullable:"false" doc:"Those with anything in them, in the order of the statement. PAYROLL is what USALI spreads over the departments: entries do not say who worked where, so it stands undistributed, and departmental profit is before it."`
	OperatingRevenueMinor      int64        `json:"operatingRevenueMinor" doc:"Of schedules 1 to 4."`
	DepartmentalExpensesMinor  int64        `json:"departmentalExpensesMinor" doc:"Of schedules 1 to 4."`
	DepartmentalProfitMinor    int64        `json:"departmentalProfitMinor" doc:"The first less the second."`
	UndistributedExpensesMinor int64        `json:"undistributedExpensesMinor" doc:"Of schedules 5 to 9, and payroll."`
	GrossOperatingProfitMinor  int64        `json:"grossOperatingProfitMinor"`
	ManagementFeesMinor        int64        `json:"managementFeesMinor" doc:"Schedule 10."`
	BeforeNonOperatingMinor    int64        `json:"incomeBeforeNonOperatingMinor"`
	NonOperatingExpensesMinor  int64        `json:"nonOperatingExpensesMinor" doc:"Schedule 11: expenses less income."`
	AfterNonOperatingMinor     int64        `json:"incomeAfterNonOperatingMinor"`
	UnclassifiedMinor          int64        `json:"unclassifiedMinor" doc:"Revenue less expenses of accounts whose uses fall into several schedules, or into none."`
	NetIncomeMinor             int64        `json:"netIncomeMinor" doc:"That of the profit and loss account."`
	Unknown
}

// Department is a schedule of the statement with its accounts.
type Department struct {
	Schedule      int           `json:"schedule,omitempty" doc:"USALI's number; absent for lines that are not USALI's."`
	Code          string        `json:"code"`
	Name          string        `json:"name"`
	Revenue       []AccountLine `json:"revenue" nullable:"false"`
	Expenses      []AccountLine `json:"expenses" nullable:"false"`
	RevenueMinor  int64         `json:"revenueMinor"`
	ExpensesMinor int64         `json:"expensesMinor"`
	ProfitMinor   int64         `json:"profitMinor" doc:"Revenue less expenses."`
}

// NewDepartments answers with the report.
func NewDepartments(ctx context.Context, source api.Source, in *AnalyticsInput) (Answer[Analysis[Departments]], error) {
	return analyse(ctx, source, in, "departments", nil, within, func(a analysis, b block[report.Sums]) (v Departments, err error) {
		p, err := incomeOf(a, b)
		if err != nil {
			return v, err
		}
		s, err := report.NewStatement(p)
		return Departments{
			Block: b.head(), Departments: took(s.Departments, newDepartment),
			OperatingRevenueMinor: s.OperatingRevenueMinor, DepartmentalExpensesMinor: s.DepartmentalExpensesMinor,
			DepartmentalProfitMinor: s.DepartmentalProfitMinor, UndistributedExpensesMinor: s.UndistributedExpensesMinor,
			GrossOperatingProfitMinor: s.GrossOperatingProfitMinor, ManagementFeesMinor: s.ManagementFeesMinor,
			BeforeNonOperatingMinor: s.BeforeNonOperatingMinor, NonOperatingExpensesMinor: s.NonOperatingExpensesMinor,
			AfterNonOperatingMinor: s.AfterNonOperatingMinor, UnclassifiedMinor: s.UnclassifiedMinor, NetIncomeMinor: s.NetMinor,
			Unknown: newUnknown(s.Unknown),
		}, err
	})
}

func newDepartment(d report.Department) Department {
	return Department{
		Schedule: d.Number, Code: d.Schedule.Code, Name: d.Schedule.Name, Revenue: newLines(d.Revenue), Expenses: newLines(d.Expenses),
		RevenueMinor: d.RevenueMinor, ExpensesMinor: d.ExpensesMinor, ProfitMinor: d.ProfitMinor,
	}
}

// CashToAccrual leads from net income to the change of cash and bank, in one currency.
type CashToAccrual struct {
	Block
	NetIncomeMinor int64         `json:"netIncomeMinor" doc:"What was earned less what was spent, paid or not: that of the profit and loss account."`
	Lines          []AccountLine `json:"lines" nullable:"false" doc:"What the movement of every other account of the balance sheet does to cash: positive where it adds."`
	ChangeMinor    int64         `json:"changeInCashMinor" doc:"Net income and all lines: the movement of the cash accounts, which the report proves."`
	CashAccounts   []CashBalance `json:"cashAccounts" nullable:"false" doc:"Asset accounts of the drawer and the bank, and of the places between which cash moves."`
	OpeningMinor   int64         `json:"openingCashMinor"`
	ClosingMinor   int64         `json:"closingCashMinor"`
}

// CashBalance is an account that holds cash.
type CashBalance struct {
	Code         string `json:"code"`
	Name         string `json:"name"`
	OpeningMinor int64  `json:"openingMinor"`
	ChangeMinor  int64  `json:"changeMinor"`
	ClosingMinor int64  `json:"closingMinor"`
}

// NewCashToAccrual answers with the report.
func NewCashToAccrual(ctx context.Context, source api.Source, in *AnalyticsInput) (Answer[Analysis[CashToAccrual]], error) {
	return analyse(ctx, source, in, "cash-to-accrual", nil, fromGoLive, func(a analysis, b block[ledgers]) (v CashToAccrual, err error) {
		before, within, err := addLedgers(b)
		if err != nil {
			return v, err
		}
		x, err := report.NewBridge(a.accounts, before, within)
		return CashToAccrual{
			Block: b.head(), NetIncomeMinor: x.NetMinor, Lines: newLines(x.Lines), ChangeMinor: x.ChangeMinor,
			CashAccounts: took(x.Cash, func(c report.CashAccount) CashBalance {
				return CashBalance{Code: c.Code, Name: c.Name, OpeningMinor: c.OpeningMinor, ChangeMinor: c.ChangeMinor, ClosingMinor: c.ClosingMinor}
			}),
			OpeningMinor: x.OpeningMinor, ClosingMinor: x.ClosingMinor,
		}, err
	})
}
