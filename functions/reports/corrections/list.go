package corrections

import (
	"context"
	"errors"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/correctionstore"
)

type listInput struct {
	PropertyID   string `query:"propertyId" maxLength:"100" doc:"One property; all that the caller sees by default."`
	Organisation string `query:"organisation" maxLength:"64" doc:"Of operators: another organisation's."`
	Status       string `query:"status" enum:"QUEUED,PROPOSED,PARKED,DONE,REJECTED" doc:"All by default. With a status a page may be short; the list ends where nextCursor is empty."`
	Cursor       string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit        int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type listOutput struct {
	Body struct {
		Items      []Correction `json:"items" nullable:"false" doc:"By property, the oldest business date first."`
		NextCursor string       `json:"nextCursor" doc:"Empty on the last page."`
	}
}

func (f function) list(ctx context.Context, in *listInput) (*listOutput, error) {
	c, q, err := f.query(ctx, in)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	q.Status, q.After, q.Limit = correctionstore.Status(in.Status), in.Cursor, in.Limit
	page, err := c.Corrections.List(ctx, q)
	if err != nil {
		if errors.Is(err, correctionstore.ErrCursor) {
			err = correctionstore.ErrCursor.At("#cursor")
		}
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = make([]Correction, len(page.Corrections))
	for i, x := range page.Corrections {
		out.Body.Items[i] = view(x)
	}
	out.Body.NextCursor = page.Next
	return out, nil
}

// query is whose corrections the caller may see: an operator those of any organisation, others those of
// their own properties.
func (f function) query(ctx context.Context, in *listInput) (api.Caller, correctionstore.Query, error) {
	if in.Organisation != "" {
		c, err := f.source.Operator(ctx)
		q := correctionstore.Query{Org: tenant.OrgID(in.Organisation)}
		if in.PropertyID != "" {
			q.Properties = []tenant.PropertyID{tenant.PropertyID(in.PropertyID)}
		}
		return c, q, err
	}
	c, err := f.source.Caller(ctx, approval.Read)
	q := correctionstore.Query{Org: c.Org, Properties: []tenant.PropertyID{}}
	switch {
	case err != nil:
	case in.PropertyID != "":
		var d api.Desk
		d, err = c.Desk(ctx, in.PropertyID)
		q.Properties = append(q.Properties, d.Desk.Book.Property)
	case c.Member.Role.SeesAll():
		q.Properties = nil
	default:
		q.Properties = append(q.Properties, c.Member.Properties...)
	}
	return c, q, err
}

type detectInput struct {
	httpfn.Write
	Body struct {
		Organisation string       `json:"organisation" minLength:"1" maxLength:"64"`
		PropertyID   string       `json:"propertyId" format:"uuid"`
		From         bizdate.Date `json:"from" doc:"YYYY-MM-DD."`
		To           bizdate.Date `json:"to" doc:"YYYY-MM-DD; at most 366 days."`
	}
}

// Difference is a date whose day row is not what its events say.
type Difference struct {
	BusinessDate string   `json:"businessDate" format:"date"`
	Cause        string   `json:"cause"`
	Closed       bool     `json:"closed" doc:"The day is closed: an owner must approve the correction."`
	Before       *Balance `json:"before,omitempty"`
	After        *Balance `json:"after,omitempty"`
}

type detectOutput struct {
	Body struct {
		Differences []Difference `json:"differences" nullable:"false" doc:"Oldest first."`
		Queued      int          `json:"queued" doc:"How many of them were queued by this call; the others wait already."`
		AsOf        string       `json:"asOf" format:"date-time" doc:"The moment at which rows and events were read."`
	}
}

func (f function) detect(ctx context.Context, in *detectInput) (*detectOutput, error) {
	c, err := f.source.Operator(ctx)
	if err != nil {
		return nil, err
	}
	b := tenant.Book{Org: tenant.OrgID(in.Body.Organisation), Property: tenant.PropertyID(in.Body.PropertyID)}
	found, err := c.Corrections.Detect(ctx, b, in.Body.From, in.Body.To)
	if err != nil {
		return nil, err
	}
	out := &detectOutput{}
	out.Body.Queued, out.Body.AsOf = found.Queued, api.Token(found.At)
	out.Body.Differences = make([]Difference, len(found.Differences))
	for i, d := range found.Differences {
		out.Body.Differences[i] = Difference{d.Date.String(), string(d.Cause), d.Closed, balance(d.Before.Balance()), balance(d.After.Balance())}
	}
	return out, nil
}
