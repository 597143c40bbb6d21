package reportapi

import (
	"context"
	"strings"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
	"innkeep.internal/shared/store/reportstore"
)

// ErrKnownRange means that a text is no range of moments.
var ErrKnownRange = fault.New(fault.Invalid, "bad_known_range", "known_at is two moments with two dots between them, the earlier first")

// diffScan is how many events one page of a difference looks at.
const diffScan = 3_000

// DiffInput asks what has changed a cash report between two moments.
type DiffInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Period
	KnownAt string `query:"known_at" required:"true" maxLength:"80" doc:"Two moments a..b, as RFC 3339: what was recorded after a and up to b."`
	Cursor  string `query:"cursor" maxLength:"200" doc:"nextCursor of the page before."`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"Changes of a page."`
	httpfn.Read
}

// Diff is a report at two moments, and each event between them that changed it.
type Diff struct {
	PropertyID string   `json:"propertyId"`
	Before     Figures  `json:"before" doc:"As it was known at the earlier moment."`
	After      Figures  `json:"after" doc:"As it was known at the later one."`
	Changes    []Change `json:"changes" nullable:"false" doc:"In the order of their recording; together they are the whole difference."`
	NextCursor string   `json:"nextCursor" doc:"Empty on the last page. A page may be short, or empty, before the last."`
	AsOf       string   `json:"asOf" format:"date-time"`
}

// Change is an event and what it did to the figures.
type Change struct {
	Event             EventRef `json:"event"`
	BusinessDate      string   `json:"businessDate" format:"date" doc:"Of its stream: the date on which it posts. Earlier than the report's dates where it moved the opening."`
	OpeningMinor      int64    `json:"openingMinor"`
	CashReceivedMinor int64    `json:"cashReceivedMinor"`
	BankReceivedMinor int64    `json:"bankReceivedMinor"`
	CashExpensesMinor int64    `json:"cashExpensesMinor"`
	BankExpensesMinor int64    `json:"bankExpensesMinor"`
	TransfersInMinor  int64    `json:"transfersInMinor"`
	TransfersOutMinor int64    `json:"transfersOutMinor"`
	OverShortMinor    int64    `json:"overShortMinor"`
	ClosingMinor      int64    `json:"closingMinor"`
	EntryCount        int64    `json:"entryCount"`
}

// moments reads a..b.
func (in *DiffInput) moments(now time.Time) (a, b time.Time, err error) {
	first, second, found := strings.Cut(in.KnownAt, "..")
	if a, err = time.Parse(time.RFC3339Nano, first); err == nil {
		b, err = time.Parse(time.RFC3339Nano, second)
	}
	switch {
	case err != nil || !found || b.Before(a):
		return a, b, ErrKnownRange.At("#known_at")
	case b.After(now):
		return a, b, api.ErrKnownAt.At("#known_at")
	}
	return a.UTC(), b.UTC(), nil
}

// NewDiff finds what has changed a report.
func NewDiff(ctx context.Context, source api.Source, in *DiffInput) (Diff, error) {
	dates, err := in.Dates()
	if err != nil {
		return Diff{}, err
	}
	d, house, err := One(ctx, source, in.PropertyID)
	if err == nil {
		err = house.since(dates.To)
	}
	if err == nil {
		err = d.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return Diff{}, err
	}
	a, b, err := in.moments(d.Now())
	if err != nil {
		return Diff{}, err
	}
	snap := d.DB.Snapshot().LowPriority()
	v := Diff{PropertyID: string(house.ID), Changes: []Change{}}
	if v.Before, err = figuresAt(ctx, reportstore.Reader{Snap: snap, Known: a}, house, dates); err != nil {
		return v, err
	}
	if v.After, err = figuresAt(ctx, reportstore.Reader{Snap: snap, Known: b}, house, dates); err != nil {
		return v, err
	}
	after := eventlog.End(a)
	if in.Cursor != "" {
		if after, err = history.ParseCursor(house.Org, in.Cursor); err != nil {
			return v, entryapi.ErrCursor.At("#cursor")
		}
	}
	reader := reportstore.Reader{Snap: snap, Known: b}
	next, more, err := reader.Recorded(ctx, house.Book, after, diffScan, func(e eventlog.Stored) (bool, error) {
		return v.add(dates, e, in.Limit)
	})
	if more {
		v.NextCursor = history.Cursor(next)
	}
	v.AsOf = api.Token(snap.Timestamp())
	return v, err
}

// figuresAt is the cash of a range as a reader knows it; of zeros before the books have begun.
func figuresAt(ctx context.Context, r reportstore.Reader, house House, dates report.Range) (Figures, error) {
	sc, err := r.Scope(ctx, house.Book, dates.From, dates.To, daybookstore.Want{})
	if err != nil {
		return Figures{}, err
	}
	cash, err := report.NewCash(sc.Before, sc.Days)
	return newFigures(string(house.Property.Currency), dates.From, dates.To, cash), err
}

// add adds an event that has changed the report; false when the page is full.
func (v *Diff) add(dates report.Range, s eventlog.Stored, limit int) (bool, error) {
	if len(v.Changes) == limit {
		return false, nil
	}
	stream, err := bizdate.Parse(s.Stream)
	if err != nil || stream > dates.To {
		return true, err
	}
	e, err := s.Event()
	if err != nil {
		return true, err
	}
	change, changed, err := report.ChangeOf(dates, e)
	if err != nil || !changed {
		return true, err
	}
	c, err := newChange(s, e, change)
	v.Changes = append(v.Changes, c)
	return true, err
}

func newChange(s eventlog.Stored, e daybook.Event, c report.Change) (Change, error) {
	closing, err := c.ClosingMinor()
	return Change{
		Event: newEventRef(s), BusinessDate: e.Stream.String(), OpeningMinor: c.OpeningMinor,
		CashReceivedMinor: c.CashReceivedMinor, BankReceivedMinor: c.BankReceivedMinor,
		CashExpensesMinor: c.CashExpensesMinor, BankExpensesMinor: c.BankExpensesMinor,
		TransfersInMinor: c.TransfersInMinor, TransfersOutMinor: c.TransfersOutMinor, OverShortMinor: c.OverShortMinor,
		ClosingMinor: closing, EntryCount: c.EntryCount,
	}, err
}
