package reportapi

import (
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/store/daybookstore"
)

// ErrPeriodOrRange means that a report was asked for neither for a period nor for a range, or for both.
var ErrPeriodOrRange = fault.New(fault.Invalid, "period_or_range", "give period, or from and to")

// Period is the part of the input that says which business dates a report is over.
type Period struct {
	Period string       `query:"period" maxLength:"10" doc:"A date (2026-03-14), a month (2026-03), a quarter (2026-Q1) or a year (2026)."`
	From   bizdate.Date `query:"from" doc:"With to, instead of period: at most 366 days."`
	To     bizdate.Date `query:"to"`
}

// Dates is the range that is asked for.
func (p Period) Dates() (report.Range, error) {
	r := report.Range{From: p.From, To: p.To}
	switch {
	case p.Period != "" && r == (report.Range{}):
		r, err := report.ParsePeriod(p.Period)
		if err != nil {
			return r, fault.From(err).At("#period")
		}
		return r, nil
	case p.Period != "" || r.From.IsZero() || r.To.IsZero():
		return r, ErrPeriodOrRange
	}
	return r, daybookstore.CheckRange(r.From, r.To)
}
