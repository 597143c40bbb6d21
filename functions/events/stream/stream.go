package stream

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/history"
)

const beginning = "beginning"

type streamInput struct {
	PropertyIDs []string `query:"propertyId" maxItems:"100" doc:"Properties; all that the caller sees by default, and the organisation's setup for roles that see every property."`
	Types       []string `query:"type" maxItems:"50" doc:"Types of events, EntryRecorded for one; all by default."`
	Start       string   `query:"start" enum:"now,beginning" default:"now" doc:"Where to begin without a last id."`
	LastEventID string   `header:"Last-Event-ID" maxLength:"200" doc:"The id of the last message that the reader got: the stream goes on behind it."`
	LastID      string   `query:"lastEventId" maxLength:"200" doc:"The same, for readers that cannot set a header, which counts first."`
}

// stream judges the caller and finds where to begin; what it returns writes the stream.
func (f function) stream(ctx context.Context, in *streamInput) (_ *huma.StreamResponse, err error) {
	starting, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	c, err := f.source.Caller(starting, approval.Read)
	if err != nil {
		return nil, err
	}
	claims, err := auth.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	v, err := newView(in.PropertyIDs, in.Types)
	if err != nil {
		return nil, err
	}
	leave, err := f.doors.enter(c.Org)
	if err != nil {
		refusedCount.Add(ctx, 1)
		return nil, err
	}
	defer func() {
		if err != nil {
			leave()
		}
	}()
	at, err := in.begin(starting, c, v)
	if err != nil {
		return nil, err
	}
	good := claims.Expires.Sub(c.Now())
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer leave()
		r, w := humago.Unwrap(hc)
		if r.Method == http.MethodHead { // ServeMux takes it for a GET: there is nothing to follow
			w.Header().Set("Content-Type", eventStream)
			return
		}
		f.serve(ctx, w, c, v, at, good)
	}}, nil
}

// begin is where the stream goes on. For the present it reads the books at this moment: what is
// committed after the stream has begun is later than that, whatever this instance's clock says.
func (in *streamInput) begin(ctx context.Context, c api.Caller, v view) (at eventlog.Position, err error) {
	s := c.DB.Snapshot()
	if err := v.check(ctx, c, s); err != nil {
		return at, err
	}
	for _, last := range []struct{ name, value string }{{"#Last-Event-ID", in.LastEventID}, {"#lastEventId", in.LastID}} {
		if last.value != "" {
			var f fault.Faults
			at, err = place(c, last.value)
			f.Add(last.name, err)
			return at, f.Err()
		}
	}
	if in.Start == beginning {
		return at, nil
	}
	if _, err = history.Properties(ctx, s, c.Org); err != nil {
		return at, err
	}
	return eventlog.End(s.Timestamp()), nil
}

var (
	errAge     = errors.New("it is time to connect again")
	errExpired = errors.New("the token has expired")
	errNothing = errors.New("none of the properties may be seen any more")
)

// serve writes the stream to its end and says why it ends.
func (f function) serve(ctx context.Context, w http.ResponseWriter, c api.Caller, v view, at eventlog.Position, good time.Duration) {
	openStreams.Add(ctx, 1)
	defer openStreams.Add(context.WithoutCancel(ctx), -1)
	// Not by deadlines: an RPC may tell of one before the context does, and the cause would be lost.
	limited, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer time.AfterFunc(f.MaxAge, func() { stop(errAge) }).Stop()
	defer time.AfterFunc(good, func() { stop(errExpired) }).Stop()

	l := &live{Options: f.Options, out: newMessages(w, f.WriteTimeout), look: f.look(v)}
	if c.Heads != nil {
		var end func()
		l.wake, end = c.Heads.Watch(limited, string(c.Org))
		defer end()
	}
	err := l.run(limited, at)
	why, defect := reason(err)
	endCount.Add(context.WithoutCancel(ctx), 1, ended(why))
	if defect {
		slog.ErrorContext(ctx, "a live stream ended", slog.Any("error", err))
	}
	if !errors.Is(err, errReader) {
		l.out.end(why)
	}
}

// reason is why a stream ended, for its reader, and whether that is a defect.
func reason(err error) (why string, defect bool) {
	switch kind := fault.KindOf(err); {
	case errors.Is(err, errReader):
		return "the reader takes no more", false
	case errors.Is(err, errAge), errors.Is(err, errExpired), errors.Is(err, errNothing):
		return err.Error(), false
	case errors.Is(err, context.Canceled):
		return "the server is closing", false
	case kind == fault.Denied:
		return "the membership has ended", false
	case kind == fault.Unavailable, errors.Is(err, context.DeadlineExceeded):
		return "the books cannot be read at the moment", false
	default:
		return "internal error", true
	}
}

// look gives what the caller may see after a place. His membership is read each time, through the
// memory of 30 s: no event is written by a membership older than that.
func (f function) look(v view) func(context.Context, eventlog.Position, time.Time) (history.Page, error) {
	reader := &history.Reader{}
	return func(ctx context.Context, after eventlog.Position, woken time.Time) (history.Page, error) {
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		defer cancel()
		c, err := f.source.Caller(ctx, approval.Read)
		if err != nil {
			return history.Page{}, err
		}
		at := c.Now().UTC()
		if woken.After(at) && !woken.After(at.Add(clockSkew)) {
			at = woken.UTC() // the head's clock is ahead of this one: Spanner waits for the rest
		}
		s := c.DB.SnapshotAt(at)
		q := history.Query{Org: c.Org, After: after, Until: at, Types: v.types, Limit: f.PageEvents}
		if q.Properties, err = v.properties(ctx, c, s); err != nil {
			return history.Page{}, err
		}
		if len(v.asked) > 0 && len(q.Properties) == 0 {
			return history.Page{}, errNothing
		}
		return reader.Page(ctx, s, q)
	}
}
