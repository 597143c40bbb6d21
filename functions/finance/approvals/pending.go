package approvals

import (
	"context"
	"slices"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/entryapi"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/core/tenant"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

type pendingInput struct {
	PropertyID string `query:"propertyId" maxLength:"100" doc:"One property; all that the caller sees by default."`
	Cursor     string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type pendingOutput struct {
	Body struct {
		Items      []entryapi.View `json:"items" nullable:"false" doc:"By property, the oldest business date first."`
		NextCursor string          `json:"nextCursor" doc:"Empty on the last page."`
	}
}

func (f function) pending(ctx context.Context, in *pendingInput) (*pendingOutput, error) {
	c, err := f.source.Caller(ctx, approval.Read)
	if err == nil {
		err = c.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	q := daybookstore.PendingQuery{Limit: in.Limit}
	if q.Properties, err = seen(ctx, c, in.PropertyID); err != nil {
		return nil, err
	}
	if in.Cursor != "" {
		after, err := ids.ParseEntry(in.Cursor)
		if err != nil {
			return nil, entryapi.ErrCursor.At("#cursor")
		}
		q.After = &after
	}
	found, err := c.Books.Pending(ctx, c.Org, q)
	if err != nil {
		return nil, err
	}
	out := &pendingOutput{}
	out.Body.Items = make([]entryapi.View, 0, len(found.Entries))
	for _, p := range found.Entries {
		property, err := ids.ParseUUID(string(p.Property))
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, entryapi.NewView(property, p.Entry))
	}
	out.Body.NextCursor = found.Next
	return out, nil
}

// seen are the properties that the caller asks about and may know of, in the order of their ids.
func seen(ctx context.Context, c api.Caller, one string) ([]tenant.PropertyID, error) {
	if one != "" {
		d, err := c.Desk(ctx, one)
		return []tenant.PropertyID{d.Desk.Book.Property}, err
	}
	if !c.Member.Role.SeesAll() {
		return slices.Sorted(slices.Values(c.Member.Properties)), nil
	}
	all, err := c.Setup.Properties(ctx, c.Org)
	out := make([]tenant.PropertyID, len(all))
	for i, p := range all {
		out[i] = p.ID
	}
	slices.Sort(out)
	return out, err
}

type grantInput struct {
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
		Subject    string `json:"subject" minLength:"1" maxLength:"255" doc:"The member who may record."`
	}
}

type grantOutput struct {
	httpfn.Written
	Body struct {
		PropertyID   string `json:"propertyId"`
		Subject      string `json:"subject"`
		BusinessDate string `json:"businessDate" format:"date" doc:"The open day for which the grant holds."`
		GrantedBy    string `json:"grantedBy"`
	}
}

func (f function) grant(ctx context.Context, in *grantInput) (*grantOutput, error) {
	d, err := f.source.Desk(ctx, approval.Grant, in.Body.PropertyID)
	if err != nil {
		return nil, err
	}
	r, err := d.Books.Execute(ctx, d.Desk, daybookstore.Order{
		Actor: d.Actor(), Key: in.IdempotencyKey, Action: daybook.Grant{Subject: in.Body.Subject},
	})
	if err != nil {
		return nil, err
	}
	out := &grantOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.PropertyID, out.Body.Subject = in.Body.PropertyID, in.Body.Subject
	out.Body.BusinessDate, out.Body.GrantedBy = r.Stream.String(), r.Actor.Subject
	return out, nil
}
