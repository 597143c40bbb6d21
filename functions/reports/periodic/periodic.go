package periodic

import (
	"context"
	"fmt"

	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/report"
)

type periodInput struct {
	reportapi.Period
	reportapi.PeriodicInput
}

func (f function) period(ctx context.Context, in *periodInput) (*reportapi.Reply[reportapi.Periodic], error) {
	dates, err := in.Dates()
	if err != nil {
		return nil, err
	}
	a, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, dates)
	return a.Reply(), err
}

// Month is the report of a month.
type Month struct {
	Month string `json:"month"`
	reportapi.Periodic
}

type monthInput struct {
	Month string `query:"month" required:"true" doc:"YYYY-MM."`
	reportapi.PeriodicInput
}

func (f function) month(ctx context.Context, in *monthInput) (*reportapi.Reply[Month], error) {
	m, err := bizdate.ParseMonth(in.Month)
	if err != nil {
		return nil, bizdate.ErrMonth.At("#month")
	}
	a, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, report.Range{From: m.First(), To: m.Last()})
	if err != nil {
		return nil, err
	}
	return reportapi.Within[Month](a, "month", m.String())
}

// Quarter is the report of a quarter.
type Quarter struct {
	Quarter string `json:"quarter"`
	reportapi.Periodic
}

type quarterInput struct {
	Quarter string `query:"quarter" required:"true" minLength:"7" maxLength:"7" doc:"2026-Q1."`
	reportapi.PeriodicInput
}

func (f function) quarter(ctx context.Context, in *quarterInput) (*reportapi.Reply[Quarter], error) {
	dates, err := report.ParsePeriod(in.Quarter)
	if err != nil || in.Quarter[5] != 'Q' {
		return nil, report.ErrPeriod.At("#quarter")
	}
	a, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, dates)
	if err != nil {
		return nil, err
	}
	return reportapi.Within[Quarter](a, "quarter", in.Quarter)
}

// Year is the report of a year.
type Year struct {
	Year int `json:"year"`
	reportapi.Periodic
}

type yearInput struct {
	Year int `query:"year" required:"true" minimum:"1900" maximum:"9999"`
	reportapi.PeriodicInput
}

func (f function) year(ctx context.Context, in *yearInput) (*reportapi.Reply[Year], error) {
	dates, err := report.ParsePeriod(fmt.Sprintf("%04d", in.Year))
	if err != nil {
		return nil, report.ErrPeriod.At("#year")
	}
	a, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, dates)
	if err != nil {
		return nil, err
	}
	return reportapi.Within[Year](a, "year", in.Year)
}
