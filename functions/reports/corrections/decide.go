package corrections

import (
	"context"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/bizdate"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/correctionstore"
)

// Place is the path of a proposal.
type Place struct {
	PropertyID string `path:"propertyId" maxLength:"100"`
	Date       string `path:"date" maxLength:"10"`
}

type approveInput struct {
	Place
	httpfn.Write
	Body struct {
		Round int64 `json:"round" minimum:"1" doc:"Of the proposal that was looked at."`
	}
}

type rejectInput struct {
	Place
	httpfn.Write
	Body struct {
		Round  int64  `json:"round" minimum:"1" doc:"Of the proposal that was looked at."`
		Reason string `json:"reason" minLength:"1" maxLength:"500"`
	}
}

// Decided is what became of a proposal.
type Decided struct {
	PropertyID   string    `json:"propertyId"`
	BusinessDate string    `json:"businessDate" format:"date"`
	Round        int64     `json:"round"`
	Status       string    `json:"status" enum:"DONE,REJECTED"`
	Outcome      string    `json:"outcome,omitempty" enum:"RESTORED,GONE" doc:"Of an approval. GONE: the row was right already."`
	Evidence     *Evidence `json:"evidence,omitempty" doc:"The event that was written; absent where none was."`
	DecidedBy    string    `json:"decidedBy"`
	DecidedAt    string    `json:"decidedAt" format:"date-time"`
}

type decideOutput struct {
	httpfn.Written
	Body Decided
}

func (f function) approve(ctx context.Context, in *approveInput) (*decideOutput, error) {
	return f.decide(ctx, in.Place, correctionstore.Decision{Round: in.Body.Round, Approve: true, Key: in.IdempotencyKey})
}

func (f function) reject(ctx context.Context, in *rejectInput) (*decideOutput, error) {
	return f.decide(ctx, in.Place, correctionstore.Decision{Round: in.Body.Round, Reason: in.Body.Reason, Key: in.IdempotencyKey})
}

func (f function) decide(ctx context.Context, at Place, in correctionstore.Decision) (*decideOutput, error) {
	d, err := f.source.Desk(ctx, approval.Correct, at.PropertyID)
	if err != nil {
		return nil, err
	}
	if in.Date, err = bizdate.Parse(at.Date); err != nil {
		return nil, bizdate.ErrDate.At("#date")
	}
	in.Book, in.Actor = d.Desk.Book, d.Actor()
	r, err := d.Corrections.Decide(ctx, in)
	if err != nil {
		return nil, err
	}
	return &decideOutput{Written: httpfn.NewWritten(api.Token(r.At), r.Replayed), Body: Decided{
		PropertyID: at.PropertyID, BusinessDate: r.Date.String(), Round: r.Round, Status: string(r.Status), Outcome: string(r.Outcome),
		Evidence: evidence(r.Evidence), DecidedBy: r.By, DecidedAt: api.Token(r.At),
	}}, nil
}
