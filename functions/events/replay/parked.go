package replay

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/setup"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/accounttotals"
	"innkeep.internal/shared/store/feed"
)

// Event names one event of any organisation.
type Event struct {
	Organisation string `json:"organisation" minLength:"1" maxLength:"64"`
	PropertyID   string `json:"propertyId" minLength:"1" maxLength:"36" doc:"- for the organisation's setup."`
	Stream       string `json:"stream" minLength:"1" maxLength:"10" doc:"A business date, or setup."`
	Version      int64  `json:"version" minimum:"1"`
}

// Parked is an event that was set aside.
type Parked struct {
	Event
	Status    string `json:"status" enum:"PARKED,HELD,RETRIED,DROPPED" doc:"HELD ones wait behind a PARKED one of their stream."`
	Cause     string `json:"cause"`
	Attempts  int64  `json:"attempts"`
	ParkedAt  string `json:"parkedAt" format:"date-time"`
	Wanted    string `json:"wanted,omitempty" enum:"RETRIED,DROPPED" doc:"What was asked for and is not done yet."`
	WantedBy  string `json:"wantedBy,omitempty"`
	DecidedBy string `json:"decidedBy,omitempty"`
	DecidedAt string `json:"decidedAt,omitempty" format:"date-time"`
}

type parkedInput struct {
	httpfn.Read
	Consumer string `query:"consumer" required:"true" enum:"account-totals,relay,snapshot,webhooks"`
	All      bool   `query:"all" doc:"Also those that were retried or dropped."`
}

type parkedOutput struct {
	Body struct {
		Items []Parked `json:"items" doc:"At most 1,000."`
	}
}

func (f function) parked(ctx context.Context, in *parkedInput) (*parkedOutput, error) {
	c, err := f.source.Operator(ctx)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	snap := c.DB.Snapshot()
	name, err := consumer(ctx, c, in.Consumer)
	if err != nil {
		return nil, err
	}
	all, err := feed.ListParked(ctx, snap, name, !in.All)
	out := &parkedOutput{}
	out.Body.Items = []Parked{}
	for _, p := range all {
		out.Body.Items = append(out.Body.Items, Parked{
			Event:  Event{string(p.Book.Org), string(p.Book.Property), p.Stream, p.Version},
			Status: string(p.Status), Cause: p.Cause, Attempts: p.Attempts, ParkedAt: api.Token(p.ParkedAt),
			Wanted: string(p.Wanted), WantedBy: p.WantedBy, DecidedBy: p.DecidedBy, DecidedAt: api.Token(p.DecidedAt),
		})
	}
	return out, err
}

// consumer is the cursor of a name: a read model's is that of its live generation.
func consumer(ctx context.Context, c api.Caller, name string) (string, error) {
	if name != accounttotals.Name {
		return name, nil
	}
	m, err := accounttotals.ReadModel(ctx, c.DB.Snapshot())
	return accounttotals.ConsumerName(m.Live), err
}

type settleInput struct {
	httpfn.Write
	Body struct {
		Consumer string `json:"consumer" enum:"account-totals,relay,snapshot,webhooks"`
		Event
	}
}

type settleOutput struct {
	Body struct {
		Wanted string `json:"wanted" enum:"RETRIED,DROPPED" doc:"What the consumer does with its next look at the shard, within a minute."`
	}
}

func (f function) retry(ctx context.Context, in *settleInput) (*settleOutput, error) {
	return f.settle(ctx, in, feed.StatusRetried)
}

func (f function) drop(ctx context.Context, in *settleInput) (*settleOutput, error) {
	return f.settle(ctx, in, feed.StatusDropped)
}

// settle leaves the wish; the consumer fulfils it with its next look at the shard, which the sweep
// asks for within a minute.
func (f function) settle(ctx context.Context, in *settleInput, to feed.Status) (*settleOutput, error) {
	c, err := f.source.Operator(ctx)
	if err != nil {
		return nil, err
	}
	p, err := place(in.Body.Event)
	if err != nil {
		return nil, err
	}
	name, err := consumer(ctx, c, in.Body.Consumer)
	if err != nil {
		return nil, err
	}
	out := &settleOutput{}
	out.Body.Wanted = string(to)
	return out, feed.Ask(ctx, c.DB, name, p, to, c.Member.Subject)
}

func place(e Event) (feed.Place, error) {
	p := feed.Place{Book: tenant.Book{Org: tenant.OrgID(e.Organisation), Property: tenant.PropertyID(e.PropertyID)}, Stream: e.Stream, Version: e.Version}
	if (e.PropertyID == string(tenant.Setup)) != (e.Stream == setup.Stream) {
		return p, fault.ErrNotFound
	}
	return p, nil
}
