package webhooks

import (
	"context"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/api/eventapi"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/eventlog"
	"innkeep.internal/shared/store/webhookstore"
)

// WebhookDelivery is one event for one endpoint.
type WebhookDelivery struct {
	EventID        string     `json:"eventId" doc:"Also the message's webhook-id."`
	EventType      string     `json:"eventType"`
	RecordedAt     time.Time  `json:"recordedAt" doc:"When the event was."`
	Status         string     `json:"status" enum:"PENDING,DELIVERED,PARKED"`
	Attempts       int64      `json:"attempts"`
	NextAttemptAt  *time.Time `json:"nextAttemptAt,omitempty" doc:"While it is PENDING; it is tried within a minute after it."`
	FirstAttemptAt *time.Time `json:"firstAttemptAt,omitempty"`
	LastAttemptAt  *time.Time `json:"lastAttemptAt,omitempty"`
	LastStatus     int64      `json:"lastStatus,omitempty" doc:"Of HTTP; absent when there was no answer."`
	LastError      string     `json:"lastError,omitempty" doc:"http_<status>, timeout, no_connection, tls_failed, host_unknown, address_not_public, bad_url, endpoint_failing (put off, since others failed just before), endpoint_disabled, event_unreadable."`
	DurationMillis int64      `json:"durationMillis" doc:"Of the last attempt."`
}

func showDelivery(d webhookstore.Delivery) WebhookDelivery {
	v := WebhookDelivery{
		EventID: eventapi.ID(d.Position), EventType: string(d.Type), RecordedAt: d.At, Status: string(d.Status), Attempts: d.Attempts,
		FirstAttemptAt: known(d.FirstAt), LastAttemptAt: known(d.LastAt), LastStatus: d.LastStatus, LastError: d.LastError,
		DurationMillis: d.Took.Milliseconds(),
	}
	if d.Status == webhookstore.Pending {
		v.NextAttemptAt = known(d.DueAt)
	}
	return v
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type deliveriesInput struct {
	EndpointID string `path:"endpointId" maxLength:"100"`
	Status     string `query:"status" enum:"PENDING,DELIVERED,PARKED" doc:"All by default."`
	Cursor     string `query:"cursor" maxLength:"300" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	httpfn.Read
}

type deliveriesOutput struct {
	Body struct {
		Items      []WebhookDelivery `json:"items" nullable:"false" doc:"The latest event first, of the last 30 days."`
		NextCursor string            `json:"nextCursor" doc:"Empty on the last page. With a status a page may be short, or empty, and not be the last."`
	}
}

func (f function) deliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	e, err := c.store.Endpoint(ctx, c.Org, in.EndpointID)
	if err != nil {
		return nil, err
	}
	q := webhookstore.LogQuery{Status: webhookstore.DeliveryStatus(in.Status), Limit: in.Limit}
	if q.After, err = c.cursor(in.Cursor, "#cursor"); err != nil {
		return nil, err
	}
	page, err := c.store.Log(ctx, e.Target, q)
	out := &deliveriesOutput{}
	out.Body.Items = make([]WebhookDelivery, len(page.Deliveries))
	for i, d := range page.Deliveries {
		out.Body.Items[i] = showDelivery(d)
	}
	out.Body.NextCursor = webhookstore.Cursor(page.Next)
	return out, err
}

// cursor reads a cursor of a list; what is none is the fault of its place.
func (c caller) cursor(text, pointer string) (eventlog.Position, error) {
	if text == "" {
		return eventlog.Position{}, nil
	}
	p, err := webhookstore.ParseCursor(c.Org, text)
	if err != nil {
		return p, entryapi.ErrCursor.At(pointer)
	}
	return p, nil
}

type retryInput struct {
	EndpointID string `path:"endpointId" maxLength:"100"`
	EventID    string `path:"eventId" maxLength:"100"`
	httpfn.Write
}

type retriedOutput struct {
	httpfn.Written
	Body struct {
		EventID string `json:"eventId" doc:"It is due now, and is tried for another 3 days."`
	}
}

func (f function) retry(ctx context.Context, in *retryInput) (*retriedOutput, error) {
	c, err := f.owner(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := eventapi.ParseID(in.EventID)
	if err != nil {
		return nil, fault.ErrNotFound
	}
	r, err := c.store.Retry(ctx, c.change(in.IdempotencyKey, in.EventID), in.EndpointID,
		eventlog.Position{Property: ref.Property, Stream: ref.Stream, Version: ref.Version})
	if err != nil {
		return nil, err
	}
	out := &retriedOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.EventID = in.EventID
	return out, nil
}

type replayInput struct {
	EndpointID string `path:"endpointId" maxLength:"100"`
	httpfn.Write
	Body struct {
		From   time.Time `json:"from" doc:"Events recorded from then on, also from before the endpoint was made."`
		Cursor string    `json:"cursor,omitempty" maxLength:"300" doc:"nextCursor of the call before."`
	}
}

type replayedOutput struct {
	httpfn.Written
	Body struct {
		Enqueued   int    `json:"enqueued" doc:"Events that this call made due, of the types that the endpoint takes."`
		NextCursor string `json:"nextCursor" doc:"Send the same from with it to go on; empty when nothing is left."`
	}
}

func (f function) replay(ctx context.Context, in *replayInput) (*replayedOutput, error) {
	c, err := f.owner(ctx)
	if err != nil {
		return nil, err
	}
	// Spanner knows the years 1 to 9999, and an offset can lead out of them.
	q := webhookstore.ReplayQuery{From: in.Body.From.UTC()}
	if q.From.Before(time.Unix(0, 0)) {
		q.From = time.Unix(0, 0)
	} else if now := c.Now(); q.From.After(now) {
		q.From = now
	}
	if q.After, err = c.cursor(in.Body.Cursor, "/cursor"); err != nil {
		return nil, err
	}
	properties, err := c.Setup.Properties(ctx, c.Org)
	if err != nil {
		return nil, err
	}
	for _, p := range properties {
		q.Properties = append(q.Properties, p.ID)
	}
	r, err := c.store.Replay(ctx, c.change(in.IdempotencyKey, in.Body), in.EndpointID, q)
	if err != nil {
		return nil, err
	}
	out := &replayedOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.Enqueued, out.Body.NextCursor = r.Enqueued, webhookstore.Cursor(r.Next)
	return out, nil
}
