package report

import (
	"slices"

	"innkeep.internal/shared/domain/ledger"
)

// Schedule is a line of the summary operating statement: its number and title as in the Uniform System
// of Accounts for the Lodging Industry (USALI), 11th revised edition. The lines without a number are
// this product's own.
type Schedule struct {
	Number int // 1 to 11; 0 for a line that is not USALI's
	Code   string
	Name   string
	part   part
}

// part is where in the statement a schedule stands.
type part int

const (
	operated part = iota
	undistributed
	management
	nonOperating
	unclassified
)

// The schedules, in the order of the statement.
var (
	Rooms         = Schedule{1, "ROOMS", "Rooms", operated}
	FoodBeverage  = Schedule{2, "FOOD_AND_BEVERAGE", "Food and beverage", operated}
	OtherOperated = Schedule{3, "OTHER_OPERATED", "Other operated departments", operated}
	Miscellaneous = Schedule{4, "MISCELLANEOUS", "Miscellaneous income", operated}
	Admin         = Schedule{5, "ADMINISTRATIVE", "Administrative and general", undistributed}
	Information   = Schedule{6, "INFORMATION", "Information and telecommunications systems", undistributed}
	Sales         = Schedule{7, "SALES", "Sales and marketing", undistributed}
	Maintenance   = Schedule{8, "MAINTENANCE", "Property operation and maintenance", undistributed}
	Utilities     = Schedule{9, "UTILITIES", "Utilities", undistributed}
	// Payroll is what USALI spreads over the departments by who worked where. Entries do not say that,
	// so it stands as an undistributed line of its own, and departments are shown before it.
	Payroll      = Schedule{0, "PAYROLL", "Payroll, not allocated to departments", undistributed}
	Management   = Schedule{10, "MANAGEMENT_FEES", "Management fees", management}
	NonOperating = Schedule{11, "NON_OPERATING", "Non-operating income and expenses", nonOperating}
	// Unclassified are the accounts whose uses fall into several schedules, or into none. They stand
	// after all others, so that the bottom line is that of the profit and loss account.
	Unclassified = Schedule{0, "UNCLASSIFIED", "Unclassified", unclassified}
)

// Schedules lists them in the order of the statement.
var Schedules = []Schedule{
	Rooms, FoodBeverage, OtherOperated, Miscellaneous, Admin, Information, Sales, Maintenance, Utilities, Payroll, Management, NonOperating, Unclassified,
}

// schedules says which schedule a use is of. What is not here is of none: words that an organisation's
// own chart has brought, and uses that have no place in income.
var schedules = map[ledger.Use]Schedule{
	"source:ROOM":             Rooms,
	"category:ROOMS":          Rooms,
	"category:GUEST_SUPPLIES": Rooms, // an other expense of the rooms department
	"category:COMMISSIONS":    Rooms, // of travel agents; those of cards are bank charges

	"source:FOOD":       FoodBeverage,
	"source:BEVERAGE":   FoodBeverage,
	"source:EVENTS":     FoodBeverage, // function rooms and what is let with them are its other revenue
	"category:FOOD":     FoodBeverage,
	"category:BEVERAGE": FoodBeverage,

	"source:SPA":         OtherOperated,
	"source:LAUNDRY":     OtherOperated, // the guests'
	"source:PARKING":     OtherOperated,
	"source:TRANSPORT":   OtherOperated,
	"category:LAUNDRY":   OtherOperated,
	"category:TRANSPORT": OtherOperated,
	"category:OTHER":     OtherOperated, // as in the default chart: other departments' expense

	"source:OTHER": Miscellaneous,

	"category:ADMIN":        Admin,
	"category:BANK_CHARGES": Admin, // with the commissions of cards
	"movement:OVER":         Admin, // cash overages and shortages
	"movement:SHORT":        Admin,

	"category:IT":              Information,
	"category:MARKETING":       Sales,
	"category:MAINTENANCE":     Maintenance,
	"category:UTILITIES":       Utilities,
	"category:PAYROLL":         Payroll,
	"category:MANAGEMENT_FEES": Management,
	"category:RENT":            NonOperating,
	"category:TAXES":           NonOperating, // on property and others; not those on income
	"category:INSURANCE":       NonOperating,
}

// ScheduleOf is the schedule of an account of income or expense: the one that all of its uses are of,
// else Unclassified.
func ScheduleOf(x ledger.Account) Schedule {
	var s Schedule
	for i, u := range x.Uses {
		own, known := schedules[u]
		if !known || i > 0 && own != s {
			return Unclassified
		}
		s = own
	}
	if len(x.Uses) == 0 {
		return Unclassified
	}
	return s
}

// Department is a schedule with its accounts.
type Department struct {
	Schedule
	Revenue       []AccountAmount
	Expenses      []AccountAmount
	RevenueMinor  int64
	ExpensesMinor int64
	ProfitMinor   int64
}

// Statement is the summary operating statement. Each figure is the one before it less the next part's
// expenses, so that NetMinor is the net of the profit and loss account.
type Statement struct {
	Departments []Department // those with anything in them, in the order of Schedules

	OperatingRevenueMinor      int64 // of the operated departments and miscellaneous income
	DepartmentalExpensesMinor  int64
	DepartmentalProfitMinor    int64
	UndistributedExpensesMinor int64 // less revenue that stands there, payroll included
	GrossOperatingProfitMinor  int64
	ManagementFeesMinor        int64
	BeforeNonOperatingMinor    int64
	NonOperatingExpensesMinor  int64 // less income that stands there
	AfterNonOperatingMinor     int64
	UnclassifiedMinor          int64 // revenue less expenses
	NetMinor                   int64
	Unknown                    []AccountAmount // see Income
}

// NewStatement puts the accounts of the profit and loss account under their schedules.
func NewStatement(p Income) (Statement, error) {
	by := map[string]*Department{}
	add := adder{}
	of := func(x ledger.Account) *Department {
		s := ScheduleOf(x)
		if by[s.Code] == nil {
			by[s.Code] = &Department{Schedule: s}
		}
		return by[s.Code]
	}
	for _, x := range p.Revenue {
		d := of(x.Account)
		d.Revenue = append(d.Revenue, x)
		add.to(&d.RevenueMinor, x.AmountMinor)
	}
	for _, x := range p.Expenses {
		d := of(x.Account)
		d.Expenses = append(d.Expenses, x)
		add.to(&d.ExpensesMinor, x.AmountMinor)
	}
	st := Statement{Unknown: p.Unknown}
	for _, s := range Schedules {
		if d := by[s.Code]; d != nil {
			d.ProfitMinor = add.less(d.RevenueMinor, d.ExpensesMinor)
			st.Departments = append(st.Departments, *d)
			st.take(*d, &add)
		}
	}
	st.DepartmentalProfitMinor = add.less(st.OperatingRevenueMinor, st.DepartmentalExpensesMinor)
	st.GrossOperatingProfitMinor = add.less(st.DepartmentalProfitMinor, st.UndistributedExpensesMinor)
	st.BeforeNonOperatingMinor = add.less(st.GrossOperatingProfitMinor, st.ManagementFeesMinor)
	st.AfterNonOperatingMinor = add.less(st.BeforeNonOperatingMinor, st.NonOperatingExpensesMinor)
	st.NetMinor = add.sum(st.AfterNonOperatingMinor, st.UnclassifiedMinor)
	return st, add.err
}

func (st *Statement) take(d Department, add *adder) {
	cost := add.less(0, d.ProfitMinor)
	switch d.part {
	case operated:
		add.to(&st.OperatingRevenueMinor, d.RevenueMinor)
		add.to(&st.DepartmentalExpensesMinor, d.ExpensesMinor)
	case undistributed:
		add.to(&st.UndistributedExpensesMinor, cost)
	case management:
		add.to(&st.ManagementFeesMinor, cost)
	case nonOperating:
		add.to(&st.NonOperatingExpensesMinor, cost)
	case unclassified:
		add.to(&st.UnclassifiedMinor, d.ProfitMinor)
	}
}

// RoomRevenue is the revenue of the rooms department; nil when the account of ROOM is for something
// else as well, so that it cannot be told.
func (a Accounts) RoomRevenue(p Income) *int64 {
	var sum int64
	add := adder{}
	for _, x := range p.Revenue {
		if ScheduleOf(x.Account) == Rooms {
			add.to(&sum, x.AmountMinor)
		} else if slices.Contains(x.Uses, "source:ROOM") {
			return nil
		}
	}
	if add.err != nil { // parts of the revenue, whose sum was no overflow, may be of either sign
		return nil
	}
	return &sum
}
