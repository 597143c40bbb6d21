package export

import (
	"maps"
	"slices"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
)

// input has the parameters of every report; each takes its own.
type input struct {
	Report string `query:"report" required:"true" enum:"daily,entries,periodic,monthly,quarterly,yearly,flash,trial-balance,profit-and-loss,departments,trends,cash-flow,cash-to-accrual,comparison" doc:"Which report: daily-report and so on; analytics/trial-balance and so on."`
	Format string `query:"format" required:"true" enum:"csv,xlsx,pdf,html"`
	reportapi.Houses
	Date bizdate.Date `query:"date" doc:"daily, flash: YYYY-MM-DD; daily: or from and to."`
	reportapi.Period
	Month   string   `query:"month" maxLength:"7" doc:"monthly: YYYY-MM."`
	Quarter string   `query:"quarter" maxLength:"7" doc:"quarterly: 2026-Q1."`
	Year    int      `query:"year" minimum:"1900" maximum:"9999" doc:"yearly."`
	Rows    string   `query:"rows" enum:"days,months" doc:"periodic, monthly, quarterly, yearly, trends: a row for each business date, or for each month."`
	Include []string `query:"include" maxItems:"2" enum:"entries,pending" doc:"daily: as the report has it."`
	Table   int      `query:"table" minimum:"1" maximum:"100" doc:"csv: only this table, from 1; all of them by default, each after an empty line."`
	BOM     bool     `query:"bom" doc:"csv: begin with a byte order mark, for spreadsheets that take UTF-8 for something else without."`
	api.Moment
}

// ErrOneProperty means that a report of one property was asked for with none or several.
var ErrOneProperty = fault.New(fault.Invalid, "one_property", "this report is of one property: give one propertyId")

// given are the parameters that not every report takes, with whether they are there.
func (in *input) given() map[string]bool {
	return map[string]bool{
		"date": !in.Date.IsZero(), "period": in.Period.Period != "", "from": !in.From.IsZero(), "to": !in.To.IsZero(), "month": in.Month != "",
		"quarter": in.Quarter != "", "year": in.Year != 0, "rows": in.Rows != "", "include": len(in.Include) > 0,
		"table": in.Table != 0, "bom": in.BOM,
	}
}

// check refuses what the report does not take, and says what it needs.
func (in *input) check(k kind) error {
	takes := map[string]bool{"table": in.Format == "csv", "bom": in.Format == "csv"}
	for _, name := range k.takes {
		takes[name] = true
	}
	given := in.given()
	var f fault.Faults
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name] && !takes[name] {
			f.Add("#"+name, httpfn.ErrUnknownParameter)
		}
	}
	if k.needs != "" && !given[k.needs] {
		f.Add("#"+k.needs, httpfn.ErrMissingParameter)
	}
	if k.one && len(in.PropertyIDs) != 1 {
		f.Add("#propertyId", ErrOneProperty)
	}
	return f.Err()
}
