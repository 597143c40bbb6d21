package webhooks

import (
	"context"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/webhookstore"
)

// caller is a member who may do what he is about to, and the store that he does it in.
type caller struct {
	api.Caller
	store *webhookstore.Store
}

// owner is a caller who may change endpoints: they decide to whom the books are shown.
func (f function) owner(ctx context.Context) (caller, error) {
	c, err := f.source.Caller(ctx, approval.SetUp)
	if err != nil {
		return caller{}, err
	}
	store, err := f.store.Get(ctx)
	return caller{c, store}, err
}

// reader is a caller who may look at endpoints and their log: an owner or an auditor.
func (f function) reader(ctx context.Context, token string) (caller, error) {
	c, err := f.source.Caller(ctx, approval.Read)
	if err == nil && c.Member.Role != approval.OwnerAdmin && c.Member.Role != approval.Auditor {
		err = approval.ErrForbidden.With("act", string(approval.Read))
	}
	if err == nil {
		err = c.CheckToken(token)
	}
	if err != nil {
		return caller{}, err
	}
	store, err := f.store.Get(ctx)
	return caller{c, store}, err
}

func (c caller) change(key string, request any) webhookstore.Change {
	return webhookstore.Change{Org: c.Org, Subject: c.Member.Subject, Key: key, Request: request}
}

// WebhookSettings are what an organisation decides of an endpoint.
type WebhookSettings struct {
	URL         string   `json:"url" minLength:"1" maxLength:"2048" doc:"https, of a public host, at port 443 or one from 1024 on, without user and fragment."`
	Description string   `json:"description,omitempty" maxLength:"200"`
	EventTypes  []string `json:"eventTypes,omitempty" maxItems:"50" uniqueItems:"true" doc:"Which events are sent, as EntryRecorded; absent or empty: all."`
	Disabled    bool     `json:"disabled,omitempty" doc:"true: nothing is sent; what waits is parked."`
}

func (s WebhookSettings) settings() webhookstore.Settings {
	out := webhookstore.Settings{URL: s.URL, Description: s.Description, Enabled: !s.Disabled}
	for _, t := range s.EventTypes {
		out.EventTypes = append(out.EventTypes, daybook.EventType(t))
	}
	return out
}

// WebhookEndpoint is an address to which events are sent.
type WebhookEndpoint struct {
	EndpointID   string    `json:"endpointId"`
	URL          string    `json:"url"`
	Description  string    `json:"description"`
	EventTypes   []string  `json:"eventTypes" nullable:"false" doc:"Empty: all."`
	Status       string    `json:"status" enum:"ENABLED,DISABLED,GONE" doc:"GONE: the receiver answered 410, and nothing is sent any more."`
	CreatedBy    string    `json:"createdBy"`
	CreatedAt    time.Time `json:"createdAt" doc:"Events recorded after it are sent."`
	UpdatedAt    time.Time `json:"updatedAt"`
	SecretMadeAt time.Time `json:"secretMadeAt"`
	Secret       string    `json:"secret,omitempty" doc:"Signs the messages (Standard Webhooks). Shown by the call that makes it, also when that is repeated within 24 hours, and nowhere else."`
}

func show(e webhookstore.Endpoint) WebhookEndpoint {
	v := WebhookEndpoint{
		EndpointID: e.ID, URL: e.URL, Description: e.Description, EventTypes: make([]string, len(e.EventTypes)),
		Status: string(e.Status), CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, SecretMadeAt: e.SecretAt,
	}
	for i, t := range e.EventTypes {
		v.EventTypes[i] = string(t)
	}
	return v
}

type endpointOutput struct {
	httpfn.Written
	Body WebhookEndpoint
}

func written(r webhookstore.Result, err error) (*endpointOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &endpointOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed), Body: show(r.Endpoint)}
	if r.Secret != nil {
		out.Body.Secret = r.Secret.Reveal()
	}
	return out, nil
}

type createInput struct {
	httpfn.Write
	Body WebhookSettings
}

func (f function) create(ctx context.Context, in *createInput) (*endpointOutput, error) {
	c, err := f.owner(ctx)
	if err != nil {
		return nil, err
	}
	return written(c.store.Create(ctx, c.change(in.IdempotencyKey, in.Body), in.Body.settings()))
}

type listInput struct{ httpfn.Read }

type listOutput struct {
	Body struct {
		Items []WebhookEndpoint `json:"items" nullable:"false" doc:"At most 10."`
	}
}

func (f function) list(ctx context.Context, in *listInput) (*listOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	all, err := c.store.Endpoints(ctx, c.Org)
	out := &listOutput{}
	out.Body.Items = make([]WebhookEndpoint, len(all))
	for i, e := range all {
		out.Body.Items[i] = show(e)
	}
	return out, err
}

type getInput struct {
	EndpointID string `path:"endpointId" maxLength:"100"`
	httpfn.Read
}

type getOutput struct{ Body WebhookEndpoint }

func (f function) get(ctx context.Context, in *getInput) (*getOutput, error) {
	c, err := f.reader(ctx, in.ConsistencyToken)
	if err != nil {
		return nil, err
	}
	e, err := c.store.Endpoint(ctx, c.Org, in.EndpointID)
	return &getOutput{Body: show(e)}, err
}

type updateInput struct {
	EndpointID string `path:"endpointId" maxLength:"100"`
	httpfn.Write
	Body WebhookSettings
}

func (f function) update(ctx context.Context, in *updateInput) (*endpointOutput, error) {
	c, err := f.owner(ctx)
	if err != nil {
		return nil, err
	}
	return written(c.store.Update(ctx, c.change(in.IdempotencyKey, in.Body), in.EndpointID, in.Body.settings()))
}

type endpointInput struct {
	EndpointID string `path:"endpointId" maxLength:"100"`
	httpfn.Write
}

func (f function) rotate(ctx context.Context, in *endpointInput) (*endpointOutput, error) {
	c, err := f.owner(ctx)
	if err != nil {
		return nil, err
	}
	return written(c.store.Rotate(ctx, c.change(in.IdempotencyKey, nil), in.EndpointID))
}

type removedOutput struct {
	httpfn.Written
	Body struct {
		EndpointID string `json:"endpointId"`
	}
}

func (f function) remove(ctx context.Context, in *endpointInput) (*removedOutput, error) {
	c, err := f.owner(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.store.Delete(ctx, c.change(in.IdempotencyKey, nil), in.EndpointID)
	if err != nil {
		return nil, err
	}
	out := &removedOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.EndpointID = r.ID
	return out, nil
}
