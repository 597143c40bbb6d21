package stream

import (
	"context"
	"log/slog"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
)

// ErrDates means that a range of dates ends before it begins.
var ErrDates = fault.New(fault.Invalid, "bad_date_range", "from lies after to")

// clockSkew is how far ahead of this instance's clock a time may be that another instance gave out.
const clockSkew = time.Second

type historyInput struct {
	PropertyIDs []string  `query:"propertyId" maxItems:"100" doc:"Properties; all that the caller sees by default, and the organisation's setup for roles that see every property."`
	Types       []string  `query:"type" maxItems:"50" doc:"Types of events, EntryRecorded for one; all by default."`
	From        string    `query:"from" format:"date" doc:"The first business date; with from or to, events of the setup are left out."`
	To          string    `query:"to" format:"date" doc:"The last business date."`
	KnownAt     time.Time `query:"known_at" doc:"What was recorded up to this instant; now by default."`
	Cursor      string    `query:"cursor" maxLength:"200" doc:"nextCursor of the page before, or the id of a message of the live stream."`
	Limit       int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type historyOutput struct {
	Body struct {
		Items      []httpfn.Raw[CloudEvent] `json:"items" nullable:"false" doc:"In the order of their recording. A page may be short, or empty, before the last."`
		NextCursor string                   `json:"nextCursor" doc:"Empty on the last page."`
		LastID     string                   `json:"lastId" doc:"Where the page ends: a Last-Event-ID with which the live stream goes on, or a cursor for later."`
		LeftOut    int                      `json:"leftOut" doc:"Events in between that cannot be read at the moment; they are reported to the operator."`
		AsOf       string                   `json:"asOf" format:"date-time" doc:"The instant at which the books were read."`
	}
}

// history reads one page. An event that cannot be shown is left out and counted, as the relay parks it:
// the others go on.
func (f function) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	c, err := f.source.Caller(ctx, approval.Read)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	at := c.Now().UTC()
	if token, err := time.Parse(time.RFC3339Nano, in.ConsistencyToken); err == nil {
		at = api.Later(at, token.UTC())
	}
	v, err := newView(in.PropertyIDs, in.Types)
	if err != nil {
		return nil, err
	}
	q, err := in.query(c, at)
	if err != nil {
		return nil, err
	}
	s := c.DB.SnapshotAt(at)
	if err := v.check(ctx, c, s); err != nil {
		return nil, err
	}
	if q.Properties, err = v.properties(ctx, c, s); err != nil {
		return nil, err
	}
	q.Types = v.types
	page, err := (&history.Reader{}).Page(ctx, s, q)
	if err != nil {
		return nil, err
	}
	return showPage(ctx, page, at), nil
}

// query is the page that is asked for, but for its properties and types.
func (in *historyInput) query(c api.Caller, at time.Time) (history.Query, error) {
	q := history.Query{Org: c.Org, Until: at, Limit: in.Limit}
	var f fault.Faults
	date := func(name, text string) (d bizdate.Date) {
		if text != "" {
			var err error
			d, err = bizdate.Parse(text)
			f.Add("#"+name, err)
		}
		return d
	}
	q.From, q.To = date("from", in.From), date("to", in.To)
	if !q.To.IsZero() && q.From > q.To {
		f.Add("#from", ErrDates)
	}
	if !in.KnownAt.IsZero() {
		if in.KnownAt.After(at) {
			f.Add("#known_at", api.ErrKnownAt)
		}
		q.Until = in.KnownAt.UTC()
	}
	var err error
	if in.Cursor != "" {
		q.After, err = place(c, in.Cursor)
		f.Add("#cursor", err)
	}
	return q, f.Err()
}

// place is where a cursor stands; ErrCursor for what this function cannot have given out.
func place(c api.Caller, cursor string) (eventlog.Position, error) {
	p, err := history.ParseCursor(c.Org, cursor)
	if err != nil || p.At.After(c.Now().Add(clockSkew)) {
		return p, entryapi.ErrCursor
	}
	return p, nil
}

func showPage(ctx context.Context, page history.Page, at time.Time) *historyOutput {
	out := &historyOutput{}
	b := &out.Body
	b.Items = make([]httpfn.Raw[CloudEvent], 0, len(page.Events))
	for _, e := range page.Events {
		if text, ok := show(ctx, e); ok {
			b.Items = append(b.Items, text)
		} else {
			b.LeftOut++
		}
	}
	b.LastID = history.Cursor(page.Next)
	if page.More {
		b.NextCursor = b.LastID
	}
	b.AsOf = api.Token(at)
	return out
}

// show is an event as everybody gets it; false for one that this version of the function cannot read.
func show(ctx context.Context, e eventlog.Stored) ([]byte, bool) {
	text, err := eventapi.JSON(e)
	if err != nil {
		leftOut.Add(ctx, 1)
		slog.ErrorContext(ctx, "an event cannot be shown", slog.String("event", eventapi.ID(e.Position())),
			slog.String("org", string(e.Book.Org)), slog.Any("error", err))
	}
	return text, err == nil
}
