package entryapi

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// resource is the entries of one kind.
type resource struct {
	source api.Source
	kind   ledger.Kind
}

type recordInput[I Input] struct {
	httpfn.Write
	Body I
}

type entryOutput struct {
	httpfn.Written
	Body View
}

// record makes one entry.
func record[I Input](r resource) func(context.Context, *recordInput[I]) (*entryOutput, error) {
	return func(ctx context.Context, in *recordInput[I]) (*entryOutput, error) {
		d, err := r.source.Desk(ctx, approval.Record, in.Body.common().PropertyID)
		if err != nil {
			return nil, err
		}
		draft, err := Draft(d, in.Body)
		if err != nil {
			return nil, err
		}
		return r.execute(ctx, d, daybookstore.Order{
			Actor: d.Actor(), Key: in.IdempotencyKey, Action: daybook.Record{Draft: draft},
		})
	}
}

// execute carries out an order that makes an entry, and shows it as its event made it: so a
// repeated order is answered alike, whatever has become of the entry.
func (r resource) execute(ctx context.Context, d api.Desk, o daybookstore.Order) (*entryOutput, error) {
	receipt, err := d.Books.Execute(ctx, d.Desk, o)
	if err != nil {
		return nil, err
	}
	return &entryOutput{
		Written: httpfn.NewWritten(api.Token(receipt.At), receipt.Replayed),
		Body:    Made(d.Desk.Property.UUID, receipt),
	}, nil
}

// Made shows the entry that a receipt's event made.
func Made(property ids.UUID, receipt daybookstore.Receipt) View {
	e := receipt.Made()
	e.RecordedAt = receipt.At
	return NewView(property, e)
}

type getInput struct {
	ID string `path:"id" maxLength:"100"`
	httpfn.Read
}

type getOutput struct{ Body View }

// get reads one entry by key.
func (r resource) get(ctx context.Context, in *getInput) (*getOutput, error) {
	d, id, err := r.located(ctx, approval.Read, in.ID)
	if err == nil {
		err = d.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	e, err := d.Books.Entry(ctx, d.Desk.Book, id)
	if err != nil {
		return nil, err
	}
	return &getOutput{Body: NewView(id.Property, e)}, nil
}

// located is the desk of an entry of the resource's own kind.
func (r resource) located(ctx context.Context, act approval.Act, entryID string) (api.Desk, ids.Entry, error) {
	d, id, err := r.source.Located(ctx, act, entryID)
	if err != nil {
		return d, id, err
	}
	if kind, ok := daybook.KindOfLocator(id); !ok || kind != r.kind {
		return d, id, fault.ErrNotFound
	}
	return d, id, nil
}

type reverseInput struct {
	ID string `path:"id" maxLength:"100"`
	httpfn.Write
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

// reverse undoes an approved entry by a new one of opposite sign.
func (r resource) reverse(ctx context.Context, in *reverseInput) (*entryOutput, error) {
	d, id, err := r.located(ctx, approval.Decide, in.ID)
	if err != nil {
		return nil, err
	}
	return r.execute(ctx, d, daybookstore.Order{
		Actor: d.Actor(), Key: in.IdempotencyKey, Entry: id,
		Action: daybook.Reverse{EntryID: in.ID, Reason: in.Body.Reason},
	})
}

type listInput struct {
	PropertyID string `query:"propertyId" required:"true" maxLength:"100"`
	From       string `query:"from" doc:"First business date; 30 days before to by default."`
	To         string `query:"to" doc:"Last business date; tomorrow by default. At most 366 days."`
	Status     string `query:"status" enum:"PENDING,APPROVED,REJECTED,WITHDRAWN,REVERSED"`
	Cursor     string `query:"cursor" maxLength:"100" doc:"nextCursor of the page before."`
	Limit      int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	httpfn.Read
}

type listOutput struct {
	Body struct {
		Items      []View `json:"items" nullable:"false" doc:"Newest business date first."`
		NextCursor string `json:"nextCursor" doc:"Empty on the last page."`
	}
}

// ErrCursor means that a cursor is not one that this list gave.
var ErrCursor = fault.New(fault.Invalid, "bad_cursor", "the cursor is not one that this list gave")

// list reads entries by business date.
func (r resource) list(ctx context.Context, in *listInput) (*listOutput, error) {
	d, err := r.source.Desk(ctx, approval.Read, in.PropertyID)
	if err == nil {
		err = d.CheckToken(in.ConsistencyToken)
	}
	if err != nil {
		return nil, err
	}
	q, err := r.query(d, in)
	if err != nil {
		return nil, err
	}
	found, err := d.Books.Entries(ctx, d.Desk.Book, q)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Items = make([]View, len(found))
	for i, e := range found {
		out.Body.Items[i] = NewView(d.Desk.Property.UUID, e)
	}
	if len(found) == q.Limit {
		out.Body.NextCursor = out.Body.Items[len(found)-1].ID
	}
	return out, nil
}

func (r resource) query(d api.Desk, in *listInput) (daybookstore.EntryQuery, error) {
	q := daybookstore.EntryQuery{Kind: r.kind, Status: daybook.Status(in.Status), Limit: in.Limit}
	var f fault.Faults
	q.From, q.To = Range(d, in.From, in.To, &f)
	if in.Cursor != "" {
		after, err := ids.ParseEntry(in.Cursor)
		if kind, _ := daybook.KindOfLocator(after); err != nil || kind != r.kind || after.Property != d.Desk.Property.UUID {
			f.Add("#cursor", ErrCursor)
		}
		q.After = &after
	}
	return q, f.Err()
}

// Range reads the dates of a list: to is tomorrow's business date by default, from 30 days earlier.
func Range(d api.Desk, from, to string, f *fault.Faults) (bizdate.Date, bizdate.Date) {
	last := d.Desk.Today(d.Now()).AddDays(1)
	if to != "" {
		var err error
		last, err = bizdate.Parse(to)
		f.Add("#to", err)
		if err != nil {
			return 0, 0
		}
	}
	first := last.AddDays(-30)
	if from != "" {
		var err error
		first, err = bizdate.Parse(from)
		f.Add("#from", err)
	}
	return first, last
}
