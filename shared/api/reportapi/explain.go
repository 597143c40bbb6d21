package reportapi

import (
	"context"
	"slices"
	"strconv"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/money"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/eventlog"
)

// errUnexplained is a defect: a figure that its own parts do not come to.
var errUnexplained = fault.New(fault.Internal, "figure_unexplained", "the figure is not the sum of what is behind it")

// ExplainInput asks what is behind a figure of a cash report.
type ExplainInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	Period
	Cell   string `query:"cell" required:"true" maxLength:"80" doc:"The figure: opening, cashReceived, bankReceived, totalReceived, cashExpenses, bankExpenses, totalExpenses, transfersIn, transfersOut, overShort, closing, netCashFlow; received.CARD and expenses.CARD for a payment mode, source.ROOM, category.RENT, account.1010 for what the range posted to an account."`
	Cursor string `query:"cursor" maxLength:"20" doc:"nextCursor of the page before, with the same as_of."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"Entries of a page."`
	api.Moment
}

// Explanation is a figure and all that is behind it.
type Explanation struct {
	PropertyID   string     `json:"propertyId"`
	Currency     string     `json:"currency"`
	From         string     `json:"from" format:"date"`
	To           string     `json:"to" format:"date"`
	Cell         string     `json:"cell"`
	Formula      string     `json:"formula"`
	AmountMinor  int64      `json:"amountMinor" doc:"The figure as the report has it: the opening's part and every entry's effect add up to it."`
	Opening      *Carried   `json:"opening,omitempty" doc:"Where the opening comes from, for a figure that it is part of."`
	EntryCount   int        `json:"entryCount" doc:"Entries behind the figure, on all pages."`
	EffectsMinor int64      `json:"effectsMinor" doc:"The sum of their effects, over all pages."`
	Entries      []Effect   `json:"entries" nullable:"false" doc:"In the order of their posting."`
	Openings     []EventRef `json:"openings,omitempty" doc:"Of an account: the events that set the opening at go-live."`
	NextCursor   string     `json:"nextCursor" doc:"Empty on the last page."`
	AsOf         string     `json:"asOf" format:"date-time"`
	KnownAt      string     `json:"knownAt,omitempty" format:"date-time"`
}

// Carried is where an opening comes from: the closing of the latest earlier day, or the events that
// set it at go-live.
type Carried struct {
	AmountMinor  int64      `json:"amountMinor"`
	BusinessDate string     `json:"businessDate,omitempty" format:"date" doc:"The day whose closing it is; explain that day's closing to go on. Absent at go-live."`
	Status       string     `json:"status,omitempty" enum:"OPEN,CLOSED"`
	Events       []EventRef `json:"events,omitempty" doc:"At go-live: the events that set it."`
}

// Effect is an entry, what it adds to the figure, and the event that made it count.
type Effect struct {
	Posting
	PostedDate  string   `json:"postedDate" format:"date"`
	EffectMinor int64    `json:"effectMinor"`
	Event       EventRef `json:"event"`
}

// EventRef names an event, as history and streams have it.
type EventRef struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Actor      string `json:"actor"`
	RecordedAt string `json:"recordedAt" format:"date-time"`
}

func newEventRef(e eventlog.Stored) EventRef {
	a, _ := e.Actor() // one that cannot be read is shown as nobody: the event itself tells
	return EventRef{ID: eventapi.ID(e.Position()), Type: string(e.Type), Actor: a.Subject, RecordedAt: api.Token(e.At)}
}

// explaining is a figure on its way to be explained.
type explaining struct {
	read  api.Reading
	house House
	dates report.Range
	cell  report.Cell
	scope daybookstore.Scope
}

// NewExplanation finds what is behind a figure.
func NewExplanation(ctx context.Context, source api.Source, in *ExplainInput) (Explanation, error) {
	x, err := in.begin(ctx, source)
	if err != nil {
		return Explanation{}, err
	}
	first, err := in.first()
	if err != nil {
		return Explanation{}, err
	}
	v := Explanation{
		PropertyID: string(x.house.ID), Currency: string(x.house.Property.Currency), From: x.dates.From.String(), To: x.dates.To.String(),
		Cell: in.Cell, Formula: x.cell.Formula, Entries: []Effect{},
	}
	behind, sum, err := x.behind()
	if err != nil {
		return v, err
	}
	v.EntryCount, v.EffectsMinor = len(behind), sum.Minor
	if x.cell.Opening {
		if v.Opening, err = x.carried(ctx); err != nil {
			return v, err
		}
		sum = sum.Add(v.Opening.AmountMinor)
	}
	if x.cell.Account() != "" && x.dates.Contains(x.house.GoLive) {
		var opened money.Sum
		if v.Openings, opened, err = x.openings(ctx); err != nil {
			return v, err
		}
		sum = sum.Add(opened.Minor)
	}
	if v.AmountMinor = sum.Minor; sum.Err != nil {
		return v, sum.Err
	}
	if err := x.proved(v.AmountMinor); err != nil {
		return v, err
	}
	last := min(first+in.Limit, len(behind))
	if first < last {
		if v.Entries, err = x.show(ctx, behind[first:last]); err != nil {
			return v, err
		}
	}
	if last < len(behind) {
		v.NextCursor = strconv.Itoa(last)
	}
	v.AsOf, v.KnownAt = x.read.AsOf(), in.Knowledge()
	return v, nil
}

func (in *ExplainInput) first() (int, error) {
	if in.Cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(in.Cursor)
	if err != nil || n < 0 {
		return 0, entryapi.ErrCursor.At("#cursor")
	}
	return n, nil
}

func (in *ExplainInput) begin(ctx context.Context, source api.Source) (x explaining, err error) {
	if x.dates, err = in.Dates(); err != nil {
		return x, err
	}
	if x.cell, err = report.FindCell(in.Cell); err != nil {
		return x, fault.From(err).At("#cell")
	}
	d, house, err := One(ctx, source, in.PropertyID)
	if err == nil {
		err = house.since(x.dates.To)
	}
	if err != nil {
		return x, err
	}
	x.house = house
	if x.read, err = in.Reading(d.Backend, false); err != nil {
		return x, err
	}
	x.scope, err = x.read.Scope(ctx, house.Book, x.dates.From, x.dates.To, daybookstore.Want{Entries: true})
	if err == nil && len(x.scope.Days) == 0 && x.scope.Before == nil {
		err = ErrNothingKnown
	}
	return x, err
}

// entryEffect is an entry and what it adds.
type entryEffect struct {
	daybook.Entry
	minor int64
}

// behind is the entries with a part in the figure, and their sum.
func (x explaining) behind() (out []entryEffect, sum money.Sum, err error) {
	for _, e := range x.scope.Postings {
		minor, err := x.cell.Effect(e)
		if err != nil {
			return nil, sum, err
		}
		if minor != 0 {
			out, sum = append(out, entryEffect{e, minor}), sum.Add(minor)
		}
	}
	return out, sum, sum.Err
}

// proved compares the figure with the report's, where the report has it.
func (x explaining) proved(minor int64) error {
	cash, err := report.NewCash(x.scope.Before, x.scope.Days)
	if err != nil {
		return err
	}
	if figure, ok := cash.Figure(x.cell.Name); ok && figure != minor {
		return errUnexplained.With("cell", x.cell.Name)
	}
	return nil
}

// carried is where the range's opening comes from.
func (x explaining) carried(ctx context.Context) (*Carried, error) {
	eve := x.dates.From.AddDays(-1)
	sc, err := x.read.Scope(ctx, x.house.Book, eve, eve, daybookstore.Want{})
	if err != nil {
		return nil, err
	}
	row := sc.Before
	if len(sc.Days) > 0 {
		row = &sc.Days[0]
	}
	if row != nil {
		return &Carried{AmountMinor: row.ClosingMinor, BusinessDate: row.Date.String(), Status: status(row.Closed)}, nil
	}
	c := &Carried{}
	if len(x.scope.Days) > 0 {
		c.AmountMinor = x.scope.Days[0].OpeningMinor
	}
	c.Events, _, err = x.openings(ctx)
	return c, err
}

// openings are the events that set the opening at go-live, and what they post to the cell's account.
func (x explaining) openings(ctx context.Context) (refs []EventRef, sum money.Sum, err error) {
	known := x.read.Known
	if known.IsZero() {
		known = x.read.Snap.Timestamp()
	}
	live := x.house.GoLive
	events, err := eventlog.OfStreams(ctx, x.read.Snap, x.house.Book.Book, live, live, known)
	if err != nil {
		return nil, sum, err
	}
	for _, s := range events {
		if s.Type != daybook.TypeOpeningSet {
			continue
		}
		e, err := s.Event()
		if err != nil {
			return nil, sum, err
		}
		set, _ := e.Data.(daybook.OpeningSet)
		s2 := report.OnAccount(set.Legs, x.cell.Account())
		refs, sum = append(refs, newEventRef(s)), sum.Add(s2.Minor)
	}
	return refs, sum, sum.Err
}

// show reads the events that made the entries count.
func (x explaining) show(ctx context.Context, page []entryEffect) ([]Effect, error) {
	at := make([]eventlog.Position, len(page))
	for i, e := range page {
		at[i] = x.place(e.Decided.Stream, e.Decided.Version)
	}
	slices.SortFunc(at, eventlog.Position.Compare)
	events, err := eventlog.Rows(ctx, x.read.Snap, x.house.Shard(), at)
	if err != nil {
		return nil, err
	}
	by := map[eventlog.Position]eventlog.Stored{}
	for _, e := range events {
		p := e.Position()
		p.At = time.Time{}
		by[p] = e
	}
	out := make([]Effect, len(page))
	for i, e := range page {
		out[i] = Effect{
			Posting: newPosting(x.house.Book.Property.UUID, e.Entry), PostedDate: e.PostedDate.String(), EffectMinor: e.minor,
			Event: newEventRef(by[x.place(e.Decided.Stream, e.Decided.Version)]),
		}
	}
	return out, nil
}

func (x explaining) place(stream bizdate.Date, version int64) eventlog.Position {
	return eventlog.Position{Org: x.house.Org, Property: x.house.ID, Stream: stream.String(), Version: version}
}
