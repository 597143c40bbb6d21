package reportapi

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/reportstore"
)

// PeriodicInput says over which properties, in what rows and at which moment a periodic report is.
type PeriodicInput struct {
	Houses
	Rows string `query:"rows" enum:"days,months" doc:"A row for each business date, or for each month; none by default."`
	api.Moment
}

// Periodic is the cash of a period: of each property, and of those of one currency together.
type Periodic struct {
	From       string          `json:"from" format:"date"`
	To         string          `json:"to" format:"date"`
	Properties []PropertyCash  `json:"properties" nullable:"false" doc:"By code, or as they were asked for. A property whose books begin later is left out."`
	Totals     []CurrencyTotal `json:"totals" nullable:"false" doc:"One for each currency: amounts of two currencies are never added."`
	Stamp
}

// PropertyCash is the cash of one property.
type PropertyCash struct {
	PropertyID string `json:"propertyId"`
	Code       string `json:"code"`
	Name       string `json:"name"`
	Figures
	ProfitMarginBasisPoints int64 `json:"profitMarginBasisPoints" doc:"Net cash flow by total received, in hundredths of a percent; 0 when nothing was received."`
	*Breakdown
	Status string `json:"status" enum:"OPEN,CLOSED"`
	Rows   []Row  `json:"rows,omitempty"`
}

// CurrencyTotal is the cash of all properties that keep their books in one currency.
type CurrencyTotal struct {
	Figures
	ProfitMarginBasisPoints int64 `json:"profitMarginBasisPoints"`
	Properties              int   `json:"properties" doc:"How many they are."`
	Rows                    []Row `json:"rows,omitempty"`
}

// property is what a periodic report knows of one.
type property struct {
	house House
	scope daybookstore.Scope
	cash  report.Cash
	parts []report.Part
	split *report.Breakdown
}

// NewPeriodic answers with the report of a range of dates. A range of a month at most has breakdowns: those
// of longer ones stand in the analytics.
func NewPeriodic(ctx context.Context, source api.Source, in *PeriodicInput, dates report.Range) (none Answer[Periodic], _ error) {
	c, houses, err := in.Find(ctx, source)
	if err != nil {
		return none, err
	}
	single := len(in.PropertyIDs) == 1
	if single {
		if err := houses[0].since(dates.To); err != nil {
			return none, err
		}
	}
	q := question{report: "periodic", params: []string{in.Rows, strconv.FormatBool(single)}, dates: dates, many: len(houses) != 1}
	q.houses = slices.DeleteFunc(houses, func(h House) bool { return dates.To < h.GoLive })
	return answer(ctx, c, in.Moment, q, func(ctx context.Context, read api.Reading) (Periodic, bizdate.Date, error) {
		return in.build(ctx, c, q.houses, single, dates, read)
	})
}

// build makes the report.
func (in *PeriodicInput) build(ctx context.Context, c api.Caller, houses []House, single bool, dates report.Range, read api.Reading) (Periodic, bizdate.Date, error) {
	all, err := each(ctx, houses, func(ctx context.Context, h House) (property, error) { return in.property(ctx, read, h, dates) })
	if err != nil {
		return Periodic{}, 0, err
	}
	last := dates.To
	for _, p := range all {
		last = furthest(last, through(p.scope))
	}
	all = slices.DeleteFunc(all, func(p property) bool { return len(p.scope.Days) == 0 && p.scope.Before == nil })
	if single && len(all) == 0 {
		return Periodic{}, 0, ErrNothingKnown
	}
	v := Periodic{From: dates.From.String(), To: dates.To.String(), Properties: make([]PropertyCash, len(all))}
	for i, p := range all {
		v.Properties[i] = p.show()
	}
	if v.Totals, err = totals(all, dates); err != nil {
		return v, 0, err
	}
	if err := v.seal(v, in.Moment, read); err != nil {
		return v, 0, err
	}
	if len(all) == 1 && single && all[0].scope.Closed() {
		p := all[0]
		err = keep(ctx, c.Backend, reportstore.Content{
			Book: p.house.Book.Book, Report: "periodic+" + in.Rows, From: dates.From, To: dates.To, State: reportstore.StateOf(p.scope),
		}, v.Stamp)
	}
	return v, last, err
}

func (in *PeriodicInput) property(ctx context.Context, read api.Reading, h House, dates report.Range) (p property, err error) {
	detail := dates.From.AddDays(maxEntryDays) > dates.To
	if p.scope, err = read.Scope(ctx, h.Book, dates.From, dates.To, daybookstore.Want{Sums: detail}); err != nil {
		return p, err
	}
	p.house = h
	if p.cash, err = report.NewCash(p.scope.Before, p.scope.Days); err != nil {
		return p, err
	}
	if detail {
		split, err := report.NewBreakdown(p.scope.Postings)
		if err != nil {
			return p, err
		}
		p.split = &split
	}
	if in.Rows == "" {
		return p, nil
	}
	cuts := dates.Months()
	if in.Rows == "days" {
		cuts = dates.Days()
	}
	p.parts, err = report.Parts(p.scope.Before, p.scope.Days, cuts, p.scope.LastClosed)
	return p, err
}

func (p property) show() PropertyCash {
	currency := string(p.house.Property.Currency)
	v := PropertyCash{
		PropertyID: string(p.house.ID), Code: p.house.Code, Name: p.house.Name,
		Figures: newFigures(currency, p.scope.From, p.scope.To, p.cash), ProfitMarginBasisPoints: p.cash.ProfitMarginBasisPoints(),
		Status: status(p.scope.Closed()),
	}
	if p.split != nil {
		b := newBreakdown(*p.split)
		v.Breakdown = &b
	}
	if p.parts != nil {
		v.Rows = newRows(currency, p.parts)
	}
	return v
}

// totals adds up the properties of each currency, rows included, by currency.
func totals(all []property, dates report.Range) ([]CurrencyTotal, error) {
	by := map[money.Currency][]property{}
	for _, p := range all {
		by[p.house.Property.Currency] = append(by[p.house.Property.Currency], p)
	}
	out := make([]CurrencyTotal, 0, len(by))
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		own := by[currency]
		sum, err := together(own, func(p property) report.Cash { return p.cash })
		if err != nil {
			return nil, err
		}
		t := CurrencyTotal{
			Figures: newFigures(string(currency), dates.From, dates.To, sum), ProfitMarginBasisPoints: sum.ProfitMarginBasisPoints(), Properties: len(own),
		}
		for i, part := range own[0].parts {
			closed := true
			row, err := together(own, func(p property) report.Cash {
				closed = closed && p.parts[i].Closed
				return p.parts[i].Cash
			})
			if err != nil {
				return nil, err
			}
			t.Rows = append(t.Rows, Row{Figures: newFigures(string(currency), part.From, part.To, row), Status: status(closed)})
		}
		out = append(out, t)
	}
	return out, nil
}

func together(all []property, cash func(property) report.Cash) (report.Cash, error) {
	list := make([]report.Cash, len(all))
	for i, p := range all {
		list[i] = cash(p)
	}
	return report.Together(list)
}
