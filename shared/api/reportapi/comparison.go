package reportapi

import (
	"context"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
)

// Comparison is the properties of one currency side by side.
type Comparison struct {
	Block
	Compared []Compared `json:"properties" nullable:"false" doc:"By code, or as they were asked for."`
}

// Compared is a property among others. Ranks are places from the largest figure down; equal figures
// share a place.
type Compared struct {
	Place
	RevenueMinor      int64  `json:"revenueMinor" doc:"Net of tax."`
	ExpensesMinor     int64  `json:"expensesMinor"`
	NetIncomeMinor    int64  `json:"netIncomeMinor"`
	MarginBasisPoints *int64 `json:"marginBasisPoints,omitempty" doc:"Net income by revenue; absent without revenue."`
	Rooms             Rooms  `json:"rooms"`
	Ranks             Ranks  `json:"ranks"`
	Unknown
}

// Ranks are a property's places.
type Ranks struct {
	Revenue   *int `json:"revenue,omitempty"`
	NetIncome *int `json:"netIncome,omitempty"`
	Margin    *int `json:"margin,omitempty" doc:"Absent without revenue."`
	Occupancy *int `json:"occupancy,omitempty" doc:"Absent where statistics are missing."`
	RevPAR    *int `json:"revPar,omitempty" doc:"Absent where statistics are missing."`
}

// Rooms are the rooms of a range, and what follows from them and from the revenue of rooms. Numbers and
// figures are absent unless statistics exist for every day.
type Rooms struct {
	Days                 int    `json:"days" doc:"Of the range, from go-live on."`
	DaysRecorded         int    `json:"daysRecorded" doc:"Those that room statistics exist for."`
	Available            *int64 `json:"roomsAvailable,omitempty" doc:"Room nights, those out of order included; absent unless there are statistics for every day."`
	OutOfOrder           *int64 `json:"roomsOutOfOrder,omitempty"`
	Sold                 *int64 `json:"roomsSold,omitempty" doc:"Without complimentary ones."`
	Complimentary        *int64 `json:"roomsComplimentary,omitempty"`
	RevenueMinor         *int64 `json:"roomRevenueMinor,omitempty" doc:"Of the rooms department, net of tax; absent where the account of ROOM is for something else as well."`
	OccupancyBasisPoints *int64 `json:"occupancyBasisPoints,omitempty" doc:"Rooms sold by rooms available, in hundredths of a percent."`
	ADRMinor             *int64 `json:"adrMinor,omitempty" doc:"Room revenue by rooms sold."`
	RevPARMinor          *int64 `json:"revParMinor,omitempty" doc:"Room revenue by rooms available."`
	FormulaVersion       int    `json:"formulaVersion" doc:"Of these formulas."`
}

// newRooms shows rooms; a nil revenue is not known.
func newRooms(n report.RoomNights, revenueMinor *int64, r report.Rates) Rooms {
	v := Rooms{
		Days: n.Days, DaysRecorded: n.DaysRecorded, RevenueMinor: revenueMinor, FormulaVersion: report.FormulaVersion,
		OccupancyBasisPoints: r.OccupancyBasisPoints, ADRMinor: r.ADRMinor, RevPARMinor: r.RevPARMinor,
	}
	if n.Whole() {
		v.Available, v.OutOfOrder, v.Sold, v.Complimentary = &n.Available, &n.OutOfOrder, &n.Sold, &n.Complimentary
	}
	return v
}

// performance is what a property is compared by.
type performance struct {
	sums  report.Sums
	rooms report.RoomNights
}

// NewComparison answers with the report.
func NewComparison(ctx context.Context, source api.Source, in *AnalyticsInput) (Answer[Analysis[Comparison]], error) {
	return analyse(ctx, source, in, "comparison", nil, readPerformance, newComparison)
}

func readPerformance(ctx context.Context, a analysis, h House) (p performance, err error) {
	dates, _ := a.dates.Since(h.GoLive)
	var all []daybook.Statistics
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		p.sums, err = within(ctx, a, h)
		return err
	})
	g.Go(func() (err error) {
		all, err = a.read.Statistics(ctx, h.Book, dates.From, dates.To)
		return err
	})
	if err := g.Wait(); err != nil {
		return p, err
	}
	p.rooms = report.NewRoomNights(all, dates)
	return p, nil
}

func newComparison(a analysis, b block[performance]) (Comparison, error) {
	v := Comparison{Block: b.head(), Compared: make([]Compared, len(b.houses))}
	for i, h := range b.houses {
		p, err := report.NewIncome(a.accounts, b.values[i].sums)
		if err != nil {
			return v, err
		}
		room := a.accounts.RoomRevenue(p)
		v.Compared[i] = Compared{
			Place:        newPlace(h),
			RevenueMinor: p.RevenueMinor, ExpensesMinor: p.ExpensesMinor, NetIncomeMinor: p.NetMinor, MarginBasisPoints: margin(p),
			Rooms: newRooms(b.values[i].rooms, room, b.values[i].rooms.Rates(room)), Unknown: newUnknown(p.Unknown),
		}
	}
	rank := func(figure func(*Compared) *int64, place func(*Ranks) **int) {
		values := make([]*int64, len(v.Compared))
		for i := range v.Compared {
			values[i] = figure(&v.Compared[i])
		}
		for i, r := range report.Ranks(values) {
			*place(&v.Compared[i].Ranks) = r
		}
	}
	rank(func(c *Compared) *int64 { return &c.RevenueMinor }, func(r *Ranks) **int { return &r.Revenue })
	rank(func(c *Compared) *int64 { return &c.NetIncomeMinor }, func(r *Ranks) **int { return &r.NetIncome })
	rank(func(c *Compared) *int64 { return c.MarginBasisPoints }, func(r *Ranks) **int { return &r.Margin })
	rank(func(c *Compared) *int64 { return c.Rooms.OccupancyBasisPoints }, func(r *Ranks) **int { return &r.Occupancy })
	rank(func(c *Compared) *int64 { return c.Rooms.RevPARMinor }, func(r *Ranks) **int { return &r.RevPAR })
	return v, nil
}
