package days

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
)

// Denomination is a number of coins or notes of one value.
type Denomination struct {
	ValueMinor int64 `json:"valueMinor" doc:"Minor units, positive."`
	Quantity   int64 `json:"quantity"`
}

type countInput struct {
	Date string `path:"date" maxLength:"10"`
	httpfn.Write
	Body struct {
		PropertyID    string         `json:"propertyId" format:"uuid"`
		CountedMinor  int64          `json:"countedMinor" doc:"The whole drawer, in minor units."`
		Denominations []Denomination `json:"denominations,omitempty" maxItems:"100" doc:"Where given, they add up to countedMinor."`
		Blind         bool           `json:"blind,omitempty" doc:"Counted without seeing the expected sum."`
		Note          string         `json:"note,omitempty" maxLength:"500"`
	}
}

// Count is a count of the drawer, with the expectation of its moment as evidence.
type Count struct {
	PropertyID    string         `json:"propertyId"`
	BusinessDate  string         `json:"businessDate" format:"date"`
	Currency      string         `json:"currency"`
	CountedMinor  int64          `json:"countedMinor"`
	ExpectedMinor int64          `json:"expectedMinor"`
	VarianceMinor int64          `json:"varianceMinor" doc:"Counted less expected."`
	Denominations []Denomination `json:"denominations,omitempty"`
	Blind         bool           `json:"blind"`
	Note          string         `json:"note,omitempty"`
	CountedBy     string         `json:"countedBy"`
	RecordedAt    string         `json:"recordedAt" format:"date-time"`
}

type countOutput struct {
	httpfn.Written
	Body Count
}

func (f function) count(ctx context.Context, in *countInput) (*countOutput, error) {
	r, err := f.order(ctx, approval.Count, in.Body.PropertyID, in.Date, in.IdempotencyKey, func(on bizdate.Date) (daybook.Action, error) {
		c := daybook.Count{Date: on, CountedMinor: in.Body.CountedMinor, Blind: in.Body.Blind, Note: in.Body.Note}
		for _, x := range in.Body.Denominations {
			c.Denominations = append(c.Denominations, daybook.Denomination(x))
		}
		return c, c.Check()
	})
	if err != nil {
		return nil, err
	}
	data, _ := r.Data.(daybook.CashCounted)
	c := Count{
		PropertyID: in.Body.PropertyID, BusinessDate: r.Stream.String(), Currency: string(data.Currency),
		CountedMinor: data.CountedMinor, ExpectedMinor: data.ExpectedMinor, VarianceMinor: data.VarianceMinor,
		Blind: data.Blind, Note: data.Note, CountedBy: r.Actor.Subject, RecordedAt: api.Token(r.At),
	}
	for _, x := range data.Denominations {
		c.Denominations = append(c.Denominations, Denomination(x))
	}
	return &countOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed), Body: c}, nil
}

type closeInput struct {
	Date string `path:"date" maxLength:"10"`
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
	}
}

type dayOutput struct {
	httpfn.Written
	Body struct {
		PropertyID string `json:"propertyId"`
		ActedBy    string `json:"actedBy"`
		RecordedAt string `json:"recordedAt" format:"date-time"`
		Day        *Day   `json:"day,omitempty" doc:"The figures that stand from now on; of a close."`
		Status     string `json:"status" enum:"OPEN,CLOSED"`
	}
}

func (f function) close(ctx context.Context, in *closeInput) (*dayOutput, error) {
	r, err := f.order(ctx, approval.Close, in.Body.PropertyID, in.Date, in.IdempotencyKey, func(on bizdate.Date) (daybook.Action, error) {
		return daybook.Close{Date: on}, nil
	})
	if err != nil {
		return nil, err
	}
	data, _ := r.Data.(daybook.DayClosed)
	day := show(daybook.Day{
		Date: r.Stream, Closed: true, OpeningMinor: data.OpeningMinor, Flows: data.Flows,
		ClosingMinor: data.ClosingMinor, Version: r.Version,
	}, data.Currency)
	day.CountedMinor, day.VarianceMinor = data.CountedMinor, data.VarianceMinor
	out := &dayOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.PropertyID, out.Body.ActedBy, out.Body.RecordedAt = in.Body.PropertyID, r.Actor.Subject, api.Token(r.At)
	out.Body.Day, out.Body.Status = &day, "CLOSED"
	return out, nil
}

type reopenInput struct {
	Date string `path:"date" maxLength:"10"`
	httpfn.Write
	Body struct {
		PropertyID string `json:"propertyId" format:"uuid"`
		Reason     string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

func (f function) reopen(ctx context.Context, in *reopenInput) (*dayOutput, error) {
	r, err := f.order(ctx, approval.Reopen, in.Body.PropertyID, in.Date, in.IdempotencyKey, func(on bizdate.Date) (daybook.Action, error) {
		return daybook.Reopen{Date: on, Reason: in.Body.Reason}, nil
	})
	if err != nil {
		return nil, err
	}
	out := &dayOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed)}
	out.Body.PropertyID, out.Body.ActedBy, out.Body.RecordedAt = in.Body.PropertyID, r.Actor.Subject, api.Token(r.At)
	out.Body.Status = "OPEN"
	return out, nil
}
