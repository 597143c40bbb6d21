package export

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"innkeep.internal/shared/api/exportapi"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/document"
)

// kind is a report that can be exported.
type kind struct {
	takes []string // parameters, besides propertyId and the moment
	needs string   // one of them that must be given; empty: the report itself says what is missing
	one   bool     // is of one property
	// make makes the document. Whatever is read before it is returned is read with the first context;
	// rows that are read while the file is written, with the second.
	make func(reading, writing context.Context, f function, in *input) (named, error)
}

// named is a document and the parts of its file's name.
type named struct {
	document.Document
	name []string
}

// kinds are the reports by their names in the API.
var kinds = with(analyses(), map[string]kind{
	"daily":     {takes: []string{"date", "from", "to", "include"}, one: true, make: daily},
	"entries":   {takes: []string{"from", "to"}, one: true, make: entries},
	"periodic":  {takes: []string{"period", "from", "to", "rows"}, make: periodic},
	"monthly":   {takes: []string{"month", "rows"}, needs: "month", make: month},
	"quarterly": {takes: []string{"quarter", "rows"}, needs: "quarter", make: quarter},
	"yearly":    {takes: []string{"year", "rows"}, needs: "year", make: year},
	"flash":     {takes: []string{"date"}, one: true, make: flash},
})

func with(all, more map[string]kind) map[string]kind {
	maps.Copy(all, more)
	return all
}

// houseFact is a property in the head of a document.
func houseFact(h reportapi.House) document.Fact {
	return document.Fact{Label: "Property", Value: h.Name + " (" + h.Code + ")"}
}

func daily(ctx, _ context.Context, f function, in *input) (named, error) {
	q := reportapi.DailyInput{PropertyID: in.PropertyIDs[0], Date: in.Date, From: in.From, To: in.To, Include: in.Include, Moment: in.Moment}
	_, h, err := reportapi.One(ctx, f.source, q.PropertyID)
	if err != nil {
		return named{}, err
	}
	v, err := reportapi.View(reportapi.NewDaily(ctx, f.source, &q))
	if err != nil {
		return named{}, err
	}
	dates := between(v.From, v.To)
	d, err := exportapi.New("Daily cash report", h.Name+", "+dates, []document.Fact{houseFact(h)}, v)
	return named{d, []string{"daily-report", h.Code, v.From, rest(v.From, v.To)}}, err
}

func periodic(ctx, _ context.Context, f function, in *input) (named, error) {
	dates, err := in.Dates()
	if err != nil {
		return named{}, err
	}
	what := in.Period.Period
	if what == "" {
		what = between(dates.From.String(), dates.To.String())
	}
	return f.periodic(ctx, in, "Cash report", what, dates)
}

func month(ctx, _ context.Context, f function, in *input) (named, error) {
	m, err := bizdate.ParseMonth(in.Month)
	if err != nil {
		return named{}, bizdate.ErrMonth.At("#month")
	}
	return f.periodic(ctx, in, "Monthly cash report", m.String(), report.Range{From: m.First(), To: m.Last()})
}

func quarter(ctx, _ context.Context, f function, in *input) (named, error) {
	dates, err := report.ParsePeriod(in.Quarter)
	if err != nil || len(in.Quarter) != len("2026-Q1") || in.Quarter[5] != 'Q' {
		return named{}, report.ErrPeriod.At("#quarter")
	}
	return f.periodic(ctx, in, "Quarterly cash report", in.Quarter, dates)
}

func year(ctx, _ context.Context, f function, in *input) (named, error) {
	dates, err := report.ParsePeriod(fmt.Sprintf("%04d", in.Year))
	if err != nil {
		return named{}, report.ErrPeriod.At("#year")
	}
	return f.periodic(ctx, in, "Yearly cash report", strconv.Itoa(in.Year), dates)
}

// periodic is the document of a period; what names the period.
func (f function) periodic(ctx context.Context, in *input, title, what string, dates report.Range) (named, error) {
	v, err := reportapi.View(reportapi.NewPeriodic(ctx, f.source, &reportapi.PeriodicInput{Houses: in.Houses, Rows: in.Rows, Moment: in.Moment}, dates))
	if err != nil {
		return named{}, err
	}
	var first []document.Fact
	whose, code := strconv.Itoa(len(v.Properties))+" properties", ""
	if len(v.Properties) == 1 {
		p := v.Properties[0]
		whose, code = p.Name, p.Code
		first = []document.Fact{{Label: "Property", Value: p.Name + " (" + p.Code + ")"}}
	}
	d, err := exportapi.New(title, whose+", "+what, first, v)
	return named{d, []string{in.Report + "-report", code, what}}, err
}

// between names a range of dates.
func between(from, to string) string {
	if from == to {
		return from
	}
	return from + " to " + to
}

// rest is the end of a range, where it is not its beginning.
func rest(from, to string) string {
	if from == to {
		return ""
	}
	return to
}
