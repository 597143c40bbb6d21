package reportapi

import (
	"context"
	"slices"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/report"
	"innkeep.internal/shared/store/daybookstore"
	"innkeep.internal/shared/store/reportstore"
)

// maxEntryDays is how many dates a report lists the entries of: a month. Reports of more dates have sums.
const maxEntryDays = 31

var (
	// ErrDateOrRange means that a daily report was asked for neither for a date nor for a range, or for both.
	ErrDateOrRange = fault.New(fault.Invalid, "date_or_range", "give date, or from and to")
	// ErrEntryDays means that entries were asked for over more dates than a report lists.
	ErrEntryDays = fault.New(fault.Invalid, "too_many_days", "entries are listed for 31 days at most")
)

// DailyInput asks for the cash report of a date, or of a range of dates.
type DailyInput struct {
	PropertyID string       `query:"propertyId" required:"true" maxLength:"100"`
	Date       bizdate.Date `query:"date" doc:"YYYY-MM-DD: the report of one business date, with its entries."`
	From       bizdate.Date `query:"from" doc:"With to: the report of a range, at most 366 days, a row each."`
	To         bizdate.Date `query:"to"`
	Include    []string     `query:"include" maxItems:"2" enum:"entries,pending" doc:"entries: those posted in a range of at most 31 days; a single date always has them. pending: what waits for approval, apart from every sum."`
	api.Moment
}

// Daily is the cash report of a business date or of a range of them.
type Daily struct {
	PropertyID string `json:"propertyId"`
	Figures
	NextOpeningMinor int64 `json:"nextOpeningMinor" doc:"What the next business date begins with: the closing."`
	Breakdown
	Status        string      `json:"status" enum:"OPEN,CLOSED"`
	BusinessDate  string      `json:"businessDate,omitempty" format:"date" doc:"Of the report of one date."`
	StreamVersion *int64      `json:"streamVersion,omitempty" doc:"Events of the day so far; of the report of one date."`
	CountedMinor  *int64      `json:"countedMinor,omitempty" doc:"Of the last count; absent when nothing was counted."`
	VarianceMinor *int64      `json:"varianceMinor,omitempty" doc:"Counted less expected, by what is known now."`
	Counts        []CashCount `json:"counts" nullable:"false" doc:"Every count of the drawer as it was made, with the expectation of its moment."`
	Rows          []Row       `json:"rows,omitempty" doc:"A row for each date of a range, from go-live on."`
	Entries       []Posting   `json:"entries" nullable:"false" doc:"What was posted, in its order, without what has become of it since; empty for a range that was asked for without them."`
	Pending       *Waiting    `json:"pending,omitempty" doc:"What waits for approval on these dates: in no sum of this report."`
	Stamp
}

// CashCount is a count of the drawer, as it was made.
type CashCount struct {
	BusinessDate  string `json:"businessDate" format:"date"`
	CountedMinor  int64  `json:"countedMinor"`
	ExpectedMinor int64  `json:"expectedMinor" doc:"By what was known when it was counted."`
	VarianceMinor int64  `json:"varianceMinor" doc:"Counted less expected."`
	Blind         bool   `json:"blind"`
	Note          string `json:"note,omitempty"`
	CountedBy     string `json:"countedBy"`
	RecordedAt    string `json:"recordedAt" format:"date-time"`
}

// Waiting is what waits for approval.
type Waiting struct {
	Count             int64            `json:"count"`
	RevenuesMinor     int64            `json:"revenuesMinor"`
	ExpensesMinor     int64            `json:"expensesMinor"`
	MovementsInMinor  int64            `json:"movementsInMinor"`
	MovementsOutMinor int64            `json:"movementsOutMinor"`
	Entries           []PendingPosting `json:"entries" nullable:"false" doc:"In the order of their recording."`
}

func (in *DailyInput) dates() (report.Range, error) {
	r := report.Range{From: in.From, To: in.To}
	switch {
	case !in.Date.IsZero() && in.From.IsZero() && in.To.IsZero():
		return report.Range{From: in.Date, To: in.Date}, nil
	case !in.Date.IsZero() || in.From.IsZero() || in.To.IsZero():
		return r, ErrDateOrRange
	}
	if err := daybookstore.CheckRange(in.From, in.To); err != nil {
		return r, err
	}
	if slices.Contains(in.Include, "entries") && r.From.AddDays(maxEntryDays) <= r.To {
		return r, ErrEntryDays
	}
	return r, nil
}

// lists reports whether the report has the entries of its dates.
func (in *DailyInput) lists() bool {
	return !in.Date.IsZero() || slices.Contains(in.Include, "entries")
}

func (in *DailyInput) pending() bool { return slices.Contains(in.Include, "pending") }

func (in *DailyInput) want() daybookstore.Want {
	lines := in.lists() || in.pending()
	return daybookstore.Want{Lines: lines, Sums: !lines, Counts: true}
}

// NewDaily answers with the report.
func NewDaily(ctx context.Context, source api.Source, in *DailyInput) (none Answer[Daily], _ error) {
	dates, err := in.dates()
	if err != nil {
		return none, err
	}
	d, house, err := One(ctx, source, in.PropertyID)
	if err == nil {
		err = house.since(dates.To)
	}
	if err != nil {
		return none, err
	}
	q := question{report: in.kind(), houses: []House{house}, dates: dates}
	if in.pending() {
		q.params = append(q.params, "pending")
	}
	return answer(ctx, d.Caller, in.Moment, q, func(ctx context.Context, read api.Reading) (Daily, bizdate.Date, error) {
		return in.build(ctx, d, house, dates, read)
	})
}

// build makes the report.
func (in *DailyInput) build(ctx context.Context, d api.Desk, house House, dates report.Range, read api.Reading) (Daily, bizdate.Date, error) {
	sc, err := read.Scope(ctx, house.Book, dates.From, dates.To, in.want())
	if err != nil {
		return Daily{}, 0, err
	}
	if len(sc.Days) == 0 && sc.Before == nil {
		return Daily{}, 0, ErrNothingKnown
	}
	if read.Known.IsZero() { // it has read rows: one report of a thousand has them compared with their events
		d.Corrections.Sample(ctx, house.Book.Book, house.Book.Property, dates.From, dates.To, read.Snap.Timestamp())
	}
	v, err := in.show(house, sc)
	if err != nil {
		return v, 0, err
	}
	err = v.seal(v, in.Moment, read)
	if err == nil && sc.Closed() && v.Pending == nil {
		err = keep(ctx, d.Backend, reportstore.Content{Book: house.Book.Book, Report: in.kind(), From: dates.From, To: dates.To, State: reportstore.StateOf(sc)}, v.Stamp)
	}
	return v, through(sc), err
}

// kind names the report with what it includes: each is a content of its own.
func (in *DailyInput) kind() string {
	switch {
	case !in.Date.IsZero():
		return "daily"
	case in.lists():
		return "range+entries"
	}
	return "range"
}

func (in *DailyInput) show(house House, sc daybookstore.Scope) (Daily, error) {
	cash, err := report.NewCash(sc.Before, sc.Days)
	if err != nil {
		return Daily{}, err
	}
	parts, err := report.NewBreakdown(sc.Postings)
	if err != nil {
		return Daily{}, err
	}
	currency := string(house.Property.Currency)
	v := Daily{
		PropertyID: string(house.ID), Figures: newFigures(currency, sc.From, sc.To, cash), NextOpeningMinor: cash.ClosingMinor,
		Breakdown: newBreakdown(parts), Status: status(sc.Closed()), Counts: newCounts(sc.Counts), Entries: []Posting{},
	}
	if in.Date.IsZero() {
		err = v.rows(house, sc)
	} else {
		v.oneDate(sc)
	}
	if in.lists() {
		v.Entries = make([]Posting, len(sc.Postings))
		for i, e := range sc.Postings {
			v.Entries[i] = newPosting(house.Book.Property.UUID, e)
		}
	}
	if in.pending() && err == nil {
		v.Pending, err = newWaiting(house, sc.Pending)
	}
	return v, err
}

func (v *Daily) oneDate(sc daybookstore.Scope) {
	v.BusinessDate, v.StreamVersion = sc.From.String(), new(int64)
	if len(sc.Days) == 0 {
		return
	}
	row := sc.Days[0]
	*v.StreamVersion = row.Version
	if variance, counted := row.VarianceMinor(); counted {
		v.CountedMinor, v.VarianceMinor = &row.CountedMinor, &variance
	}
}

func (v *Daily) rows(house House, sc daybookstore.Scope) error {
	r, _ := report.Range{From: sc.From, To: sc.To}.Since(house.GoLive)
	parts, err := report.Parts(sc.Before, sc.Days, r.Days(), sc.LastClosed)
	v.Rows = newRows(v.Currency, parts)
	return err
}

func newCounts(all []daybookstore.Count) []CashCount {
	out := make([]CashCount, len(all))
	for i, c := range all {
		out[i] = CashCount{
			BusinessDate: c.Date.String(), CountedMinor: c.CountedMinor, ExpectedMinor: c.ExpectedMinor, VarianceMinor: c.VarianceMinor,
			Blind: c.Blind, Note: c.Note, CountedBy: c.CountedBy, RecordedAt: api.Token(c.At),
		}
	}
	return out
}

func newWaiting(house House, pending []daybook.Entry) (*Waiting, error) {
	sums, err := report.NewWaiting(pending)
	w := &Waiting{
		Count: int64(len(pending)), RevenuesMinor: sums.RevenuesMinor, ExpensesMinor: sums.ExpensesMinor,
		MovementsInMinor: sums.MovementsInMinor, MovementsOutMinor: sums.MovementsOutMinor,
		Entries: make([]PendingPosting, len(pending)),
	}
	for i, e := range pending {
		w.Entries[i] = newPending(house.Book.Property.UUID, e)
	}
	return w, err
}
