package reportapi

import (
	"innkeep.internal/shared/domain/report"
)

func newFlashFigures(f report.Flash) (v FlashFigures, err error) {
	v = FlashFigures{
		Span: newSpan(f.From, f.To), RevenueMinor: f.RevenueMinor, ExpensesMinor: f.ExpensesMinor, NetIncomeMinor: f.Income.NetMinor,
		Departments:         took(f.Statement.Departments, newFlashLine),
		TaxesCollectedMinor: f.Flows.TaxesCollectedMinor, TaxesPaidMinor: f.Flows.TaxesPaidMinor,
		Rooms: newRooms(f.Rooms, f.RoomRevenueMinor, f.Rates),
		Deposits: Deposits{
			ReceivedMinor: f.Flows.DepositsReceivedMinor, ReleasedMinor: f.Flows.DepositsReleasedMinor, ToBankMinor: f.Flows.ToBankMinor,
		},
		Counts: Counted{DaysCounted: f.DaysCounted}, Unknown: newUnknown(f.Income.Unknown),
	}
	if f.DaysCounted > 0 {
		v.Counts.VarianceMinor = &f.VarianceMinor
	}
	v.PaymentModes, err = newModes(f.Flows)
	return v, err
}

func newFlashLine(d report.Department) FlashLine {
	return FlashLine{
		Schedule: d.Number, Code: d.Schedule.Code, Name: d.Schedule.Name, RevenueMinor: d.RevenueMinor, ExpensesMinor: d.ExpensesMinor,
	}
}

// plan is the budget of a range beside its actual figures.
func (f *flash) plan(actual report.Flash, r report.Range) (*FlashPlan, error) {
	b, err := report.NewFlashBudget(f.accounts, *f.budget, r)
	if err != nil {
		return nil, err
	}
	v := &FlashPlan{
		RevenueMinor: b.RevenueMinor, ExpensesMinor: b.ExpensesMinor, NetIncomeMinor: b.Income.NetMinor,
		Departments: took(b.Statement.Departments, newFlashLine), Available: b.Available, Sold: b.Sold, RoomRevenueMinor: b.RoomRevenueMinor,
		OccupancyBasisPoints: b.Rates.OccupancyBasisPoints, ADRMinor: b.Rates.ADRMinor, RevPARMinor: b.Rates.RevPARMinor,
	}
	v.Variances, err = newVariances(actual.Income, b.Income)
	return v, err
}

func newVariances(actual, other report.Income) (v Variances, err error) {
	if v.RevenueVarianceMinor, err = report.Variance(actual.RevenueMinor, other.RevenueMinor); err != nil {
		return v, err
	}
	if v.ExpensesVarianceMinor, err = report.Variance(actual.ExpensesMinor, other.ExpensesMinor); err != nil {
		return v, err
	}
	v.NetIncomeVarianceMinor, err = report.Variance(actual.NetMinor, other.NetMinor)
	return v, err
}
