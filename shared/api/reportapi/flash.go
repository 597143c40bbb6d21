package reportapi

import (
	"context"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/domain/setup"
)

// FlashInput asks for the flash report of a property and a date.
type FlashInput struct {
	PropertyID string       `query:"propertyId" required:"true" maxLength:"100"`
	Date       bizdate.Date `query:"date" doc:"YYYY-MM-DD; the property's current business date by default."`
	api.Moment
}

// Flash is what a manager reads in the morning: a date, its month and its year so far, each beside the
// budget and the year before.
type Flash struct {
	Place
	BusinessDate string      `json:"businessDate" format:"date"`
	Status       string      `json:"status" enum:"OPEN,CLOSED" doc:"Of the date."`
	Day          FlashColumn `json:"day"`
	MonthToDate  FlashColumn `json:"monthToDate"`
	YearToDate   FlashColumn `json:"yearToDate"`
	Stamp
}

// FlashColumn is one range of a flash report.
type FlashColumn struct {
	Actual   FlashFigures  `json:"actual"`
	Budget   *FlashPlan    `json:"budget,omitempty" doc:"Absent where the property has no budget for the year. A month's amounts are spread over its days by largest remainder."`
	LastYear *FlashCompare `json:"lastYear,omitempty" doc:"The same dates of the year before, for 29 February the 28th; absent where the books began later."`
}

// FlashFigures are the figures of a range.
type FlashFigures struct {
	Span
	RevenueMinor        int64       `json:"revenueMinor" doc:"Net of tax, as in the profit and loss account."`
	ExpensesMinor       int64       `json:"expensesMinor"`
	NetIncomeMinor      int64       `json:"netIncomeMinor"`
	Departments         []FlashLine `json:"departments" nullable:"false" doc:"As in the summary operating statement."`
	TaxesCollectedMinor int64       `json:"taxesCollectedMinor" doc:"In revenues."`
	TaxesPaidMinor      int64       `json:"taxesPaidMinor" doc:"In expenses."`
	PaymentModes        []ModeFlow  `json:"paymentModes" nullable:"false" doc:"Payments and refunds, taxes included."`
	Rooms               Rooms       `json:"rooms"`
	Deposits            Deposits    `json:"deposits"`
	Counts              Counted     `json:"counts"`
	Unknown
}

// FlashLine is a department in a flash report.
type FlashLine struct {
	Schedule      int    `json:"schedule,omitempty" doc:"USALI's number."`
	Code          string `json:"code"`
	Name          string `json:"name"`
	RevenueMinor  int64  `json:"revenueMinor"`
	ExpensesMinor int64  `json:"expensesMinor"`
}

// Deposits are advance deposits of guests, and what cash was brought to the bank.
type Deposits struct {
	ReceivedMinor int64 `json:"advanceReceivedMinor" doc:"Advance deposits, net of tax."`
	ReleasedMinor int64 `json:"advanceReleasedMinor" doc:"Advance deposits that were reversed."`
	ToBankMinor   int64 `json:"toBankMinor" doc:"Cash brought to the bank less cash fetched from it."`
}

// Counted is what counts of the drawer have found.
type Counted struct {
	DaysCounted   int    `json:"daysCounted"`
	VarianceMinor *int64 `json:"varianceMinor,omitempty" doc:"Of the last count of each day that was counted, together, by what is known now; absent where nothing was counted."`
}

// FlashPlan is the budget of a range.
type FlashPlan struct {
	RevenueMinor         int64       `json:"revenueMinor"`
	ExpensesMinor        int64       `json:"expensesMinor"`
	NetIncomeMinor       int64       `json:"netIncomeMinor"`
	Departments          []FlashLine `json:"departments" nullable:"false"`
	Available            *int64      `json:"roomsAvailable,omitempty" doc:"Room nights; absent where none were planned."`
	Sold                 *int64      `json:"roomsSold,omitempty"`
	RoomRevenueMinor     *int64      `json:"roomRevenueMinor,omitempty"`
	OccupancyBasisPoints *int64      `json:"occupancyBasisPoints,omitempty"`
	ADRMinor             *int64      `json:"adrMinor,omitempty"`
	RevPARMinor          *int64      `json:"revParMinor,omitempty"`
	Variances
}

// FlashCompare is the same range of the year before.
type FlashCompare struct {
	FlashFigures
	Variances
}

// Variances are the actual figures less the ones beside them.
type Variances struct {
	RevenueVarianceMinor   int64 `json:"revenueVarianceMinor" doc:"Actual less this one."`
	ExpensesVarianceMinor  int64 `json:"expensesVarianceMinor"`
	NetIncomeVarianceMinor int64 `json:"netIncomeVarianceMinor"`
}

// flash is what a flash report has read.
type flash struct {
	house    House
	now      report.Books
	last     *report.Books // nil where the books began later
	lastEnd  bizdate.Date  // the same date of the year before
	budget   *setup.Budget
	accounts report.Accounts
	closed   bool
	through  bizdate.Date // the last date that the report depends on
}

// NewFlash answers with the report: reads of one property, side by side.
func NewFlash(ctx context.Context, source api.Source, in *FlashInput) (none Answer[Flash], _ error) {
	d, house, err := One(ctx, source, in.PropertyID)
	if err != nil {
		return none, err
	}
	date := in.Date
	if date.IsZero() {
		date = d.Desk.Today(d.Now())
	}
	if err := house.since(date); err != nil {
		return none, err
	}
	q := question{report: "flash", houses: []House{house}, dates: report.Range{From: date, To: date}, setup: true}
	return answer(ctx, d.Caller, in.Moment, q, func(ctx context.Context, read api.Reading) (Flash, bizdate.Date, error) {
		v, last, err := in.build(ctx, house, date, read)
		return v, last, proved(ctx, err)
	})
}

// build makes the report.
func (in *FlashInput) build(ctx context.Context, house House, date bizdate.Date, read api.Reading) (Flash, bizdate.Date, error) {
	begun, err := read.Begun(ctx, house.Book)
	if err != nil {
		return Flash{}, 0, err
	}
	if !begun {
		return Flash{}, 0, ErrNothingKnown
	}
	f := flash{house: house, lastEnd: report.LastYear(date)}
	if err := f.read(ctx, read, date); err != nil {
		return Flash{}, 0, err
	}
	v := Flash{
		Place:        newPlace(house),
		BusinessDate: date.String(), Status: status(f.closed),
	}
	now, last := report.NewFlashRanges(date), report.NewFlashRanges(f.lastEnd)
	for _, c := range []struct {
		column    *FlashColumn
		now, last report.Range
	}{{&v.Day, now.Day, last.Day}, {&v.MonthToDate, now.Month, last.Month}, {&v.YearToDate, now.Year, last.Year}} {
		if *c.column, err = f.column(c.now, c.last); err != nil {
			return v, 0, err
		}
	}
	return v, f.through, v.seal(v, in.Moment, read)
}

func (f *flash) read(ctx context.Context, read api.Reading, date bizdate.Date) (err error) {
	if f.accounts, err = read.Accounts(ctx, f.house.Org); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	year, _ := report.NewFlashRanges(date).Year.Since(f.house.GoLive)
	g.Go(func() (err error) {
		f.now, f.closed, f.through, err = f.books(ctx, read, year)
		return err
	})
	if before, began := report.NewFlashRanges(f.lastEnd).Year.Since(f.house.GoLive); began {
		g.Go(func() error {
			b, _, _, err := f.books(ctx, read, before)
			f.last = &b
			return err
		})
	}
	g.Go(func() error {
		b, set, err := read.Budget(ctx, f.house.Book, int(date/10_000))
		if set {
			f.budget = &b
		}
		return err
	})
	return g.Wait()
}

// books reads a year up to a date, whether that date is closed, and the last date that all this depends on.
func (f *flash) books(ctx context.Context, read api.Reading, r report.Range) (b report.Books, closed bool, last bizdate.Date, err error) {
	b.Accounts = f.accounts
	g, side := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		b.Statistics, err = read.Statistics(side, f.house.Book, r.From, r.To)
		return err
	})
	g.Go(func() error {
		totals, sc, err := paid(side, read, f.accounts, f.house, r)
		b.Totals, b.Days, b.Postings, closed, last = totals, sc.Days, sc.Postings, sc.Closed(), through(sc)
		return err
	})
	err = g.Wait()
	return b, closed, last, err
}

func (f *flash) column(now, last report.Range) (c FlashColumn, err error) {
	now, _ = now.Since(f.house.GoLive)
	actual, err := f.now.Flash(now)
	if err != nil {
		return c, err
	}
	if c.Actual, err = newFlashFigures(actual); err != nil {
		return c, err
	}
	if f.budget != nil {
		if c.Budget, err = f.plan(actual, now); err != nil {
			return c, err
		}
	}
	last, began := last.Since(f.house.GoLive)
	if f.last == nil || !began {
		return c, nil
	}
	before, err := f.last.Flash(last)
	if err != nil {
		return c, err
	}
	c.LastYear = &FlashCompare{}
	if c.LastYear.FlashFigures, err = newFlashFigures(before); err != nil {
		return c, err
	}
	c.LastYear.Variances, err = newVariances(actual.Income, before.Income)
	return c, err
}
