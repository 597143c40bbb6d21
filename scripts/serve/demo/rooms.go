package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"innkeep.internal/shared/core/bizdate"
)

// statistics are a date's rooms, as the API takes them.
type statistics struct {
	PropertyID    string       `json:"propertyId"`
	BusinessDate  bizdate.Date `json:"businessDate"`
	Available     int64        `json:"roomsAvailable"`
	OutOfOrder    int64        `json:"roomsOutOfOrder"`
	Sold          int64        `json:"roomsSold"`
	Complimentary int64        `json:"roomsComplimentary"`
	Guests        int64        `json:"guests"`
}

// let says how the house was let on each date. What was said of a date that is closed by now is
// answered as it was then.
func (d *Demo) let(ctx context.Context, h house, p *Property) error {
	for on := p.From; on <= p.Today; on = on.AddDays(1) {
		if err := d.owner.put(ctx, "/v1/setup/daily-statistics", "demo/statistics/"+on.String(), h.lets(p.ID, on)); err != nil {
			return err
		}
	}
	return nil
}

// lets are the rooms of a date: those sold are the ones whose revenue the date brings, so that the
// average rate is what a guest pays.
func (h house) lets(property string, on bizdate.Date) statistics {
	s := statistics{PropertyID: property, BusinessDate: on, Available: h.rooms}
	for _, r := range h.day(property, on).revenues {
		if r.Source == "ROOM" {
			s.Sold++
		}
	}
	rng := h.roomDice(on)
	s.OutOfOrder, s.Complimentary = rng.Int64N(2), rng.Int64N(2)
	s.Guests = s.Complimentary + s.Sold + rng.Int64N(s.Sold+1)
	return s
}

// roomDice are others than dice, which say what the date brings.
func (h house) roomDice(on bizdate.Date) *rand.Rand {
	var seed [32]byte
	copy(seed[:], h.code+" rooms "+on.String())
	return rand.New(rand.NewChaCha8(seed))
}

// budget is a year's, as the API takes it.
type budget struct {
	PropertyID     string       `json:"propertyId"`
	Year           int          `json:"year"`
	Lines          []budgetLine `json:"lines"`
	RoomsAvailable []int64      `json:"roomsAvailable"`
	RoomsSold      []int64      `json:"roomsSold"`
}

type budgetLine struct {
	AccountCode string  `json:"accountCode"`
	MonthsMinor []int64 `json:"monthsMinor"`
}

// plan sets the budgets of the years that the books lie in.
func (d *Demo) plan(ctx context.Context, h house, p *Property) error {
	for year := p.From.Time().Year(); year <= p.Today.Time().Year(); year++ {
		key := fmt.Sprintf("demo/budget/%s/%d", h.code, year)
		if err := d.owner.put(ctx, "/v1/setup/budgets", key, h.budget(p.ID, year)); err != nil {
			return err
		}
	}
	return nil
}

// plannedRooms are what the house means to sell each night: about what its dates bring.
const plannedRooms = 6

// budget plans with the mean of what the dates bring, by account of the default chart.
func (h house) budget(property string, year int) budget {
	b := budget{PropertyID: property, Year: year}
	perDay := []struct {
		account string
		minor   int64
	}{
		{"4010", plannedRooms * h.roomMinor * 115 / 100}, {"4110", 2 * h.roomMinor * 20 / 100}, {"4300", h.roomMinor * 10 / 100},
		{"5010", h.roomMinor * 5 / 100}, {"5110", h.roomMinor * 35 / 100}, {"6010", h.roomMinor * 12 / 7},
		{"6410", h.roomMinor / 28}, {"6510", h.roomMinor * 3 / 7},
	}
	for _, x := range perDay {
		b.Lines = append(b.Lines, budgetLine{x.account, monthly(year, x.minor)})
	}
	b.RoomsAvailable, b.RoomsSold = monthly(year, h.rooms), monthly(year, plannedRooms)
	return b
}

// monthly is what so much a day comes to in each month of a year.
func monthly(year int, aDay int64) []int64 {
	out := make([]int64, 12)
	for m := range out {
		days := time.Date(year, time.Month(m+2), 0, 0, 0, 0, 0, time.UTC).Day()
		out[m] = int64(days) * aDay
	}
	return out
}
