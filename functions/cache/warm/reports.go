package warm

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/domain/report"
)

// maker makes reports as their own functions do, so that what is kept is what these look for.
type maker struct{ source api.Source }

// make makes the reports of a target; not older than its event, whatever an instance remembers. Every one
// is tried: the error is the first's.
func (m maker) make(ctx context.Context, t target) (first error) {
	ctx = api.AsReader(ctx, t.book.Org, name)
	property := string(t.book.Property)
	var at api.Moment
	at.ConsistencyToken = api.Token(t.at)
	daily := reportapi.DailyInput{PropertyID: property, Date: t.date, Moment: at}
	_, err := reportapi.NewDaily(ctx, m.source, &daily)
	first = done(ctx, "daily", err, first)
	flash := reportapi.FlashInput{PropertyID: property, Date: t.date, Moment: at}
	_, err = reportapi.NewFlash(ctx, m.source, &flash)
	first = done(ctx, "flash", err, first)
	month := reportapi.PeriodicInput{Houses: reportapi.Houses{PropertyIDs: []string{property}}, Moment: at}
	_, err = reportapi.NewPeriodic(ctx, m.source, &month, report.Range{From: t.date.Month().First(), To: t.date.Month().Last()})
	return done(ctx, "month", err, first)
}

// done counts a report that was made or not.
func done(ctx context.Context, kind string, err, first error) error {
	counted(ctx, kind, err)
	if first == nil {
		return err
	}
	return first
}
