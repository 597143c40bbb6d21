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

type periodOutput struct{ Body reportapi.Periodic }

func (f function) period(ctx context.Context, in *periodInput) (*periodOutput, error) {
	dates, err := in.Dates()
	if err != nil {
		return nil, err
	}
	v, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, dates)
	return &periodOutput{Body: v}, err
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

type monthOutput struct{ Body Month }

func (f function) month(ctx context.Context, in *monthInput) (*monthOutput, error) {
	m, err := bizdate.ParseMonth(in.Month)
	if err != nil {
		return nil, bizdate.ErrMonth.At("#month")
	}
	v, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, report.Range{From: m.First(), To: m.Last()})
	return &monthOutput{Body: Month{Month: m.String(), Periodic: v}}, err
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

type quarterOutput struct{ Body Quarter }

func (f function) quarter(ctx context.Context, in *quarterInput) (*quarterOutput, error) {
	dates, err := report.ParsePeriod(in.Quarter)
	if err != nil || in.Quarter[5] != 'Q' {
		return nil, report.ErrPeriod.At("#quarter")
	}
	v, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, dates)
	return &quarterOutput{Body: Quarter{Quarter: in.Quarter, Periodic: v}}, err
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

type yearOutput struct{ Body Year }

func (f function) year(ctx context.Context, in *yearInput) (*yearOutput, error) {
	dates, err := report.ParsePeriod(fmt.Sprintf("%04d", in.Year))
	if err != nil {
		return nil, report.ErrPeriod.At("#year")
	}
	v, err := reportapi.NewPeriodic(ctx, f.source, &in.PeriodicInput, dates)
	return &yearOutput{Body: Year{Year: in.Year, Periodic: v}}, err
}
