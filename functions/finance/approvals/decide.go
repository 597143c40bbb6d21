package approvals

import (
	"context"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// Item is one decision.
type Item struct {
	EntryID  string `json:"entryId" minLength:"1" maxLength:"100"`
	Decision string `json:"decision" enum:"APPROVE,REJECT,WITHDRAW"`
	Reason   string `json:"reason,omitempty" maxLength:"500"`
}

// ItemResult is what became of it.
type ItemResult struct {
	Index      int             `json:"index"`
	EntryID    string          `json:"entryId"`
	Outcome    string          `json:"outcome" enum:"DECIDED,REFUSED"`
	Replayed   bool            `json:"replayed"`
	Status     string          `json:"status,omitempty" enum:"APPROVED,REJECTED,WITHDRAWN"`
	PostedDate string          `json:"postedDate,omitempty" format:"date" doc:"The business date on which an approved entry counts."`
	DecidedAt  string          `json:"decidedAt,omitempty" format:"date-time"`
	Problem    *httpfn.Problem `json:"problem,omitempty"`

	at time.Time // of the decision's commit
}

type decideInput struct {
	httpfn.Write
	Body struct {
		Items []Item `json:"items" minItems:"1" maxItems:"1000" doc:"Each is decided by itself, once: its key is made of the call's and the entry's id."`
	}
}

type decideOutput struct {
	httpfn.Written
	Body struct {
		Decided int          `json:"decided"`
		Refused int          `json:"refused"`
		Results []ItemResult `json:"results" nullable:"false"`
	}
}

func (f function) decide(ctx context.Context, in *decideInput) (*decideOutput, error) {
	caller, err := f.source.Caller(ctx, approval.Record)
	if err != nil {
		return nil, err
	}
	orders, results := api.NewOrders(caller), make([]ItemResult, len(in.Body.Items))
	for i, item := range in.Body.Items {
		results[i] = ItemResult{Index: i, EntryID: item.EntryID}
		if err := sortItem(ctx, orders, in.IdempotencyKey, i, item); err != nil {
			results[i].refuse(ctx, err)
		}
	}
	orders.Execute(ctx, func(i int, _ api.Desk, a daybookstore.Answer) { results[i].tell(ctx, a) })
	return summed(results), nil
}

// sortItem puts an item to those of its entry's property.
func sortItem(ctx context.Context, orders *api.Orders, key string, i int, item Item) error {
	id, err := ids.ParseEntry(item.EntryID)
	if err != nil {
		return fault.ErrNotFound
	}
	desk, err := orders.Desk(ctx, id.Property.String())
	if err != nil {
		return err
	}
	orders.Add(desk, i, daybookstore.Order{
		Actor: desk.Actor(), Key: key + "/" + item.EntryID, Entry: id, Action: action(item),
	})
	return nil
}

func action(item Item) daybook.Action {
	switch item.Decision {
	case "APPROVE":
		return daybook.Approve{EntryID: item.EntryID}
	case "REJECT":
		return daybook.Reject{EntryID: item.EntryID, Reason: item.Reason}
	default:
		return daybook.Withdraw{EntryID: item.EntryID, Reason: item.Reason}
	}
}

func (r *ItemResult) refuse(ctx context.Context, err error) {
	r.Outcome, r.Problem = "REFUSED", httpfn.ItemProblem(ctx, err)
}

// tell shows an answer as its event made it.
func (r *ItemResult) tell(ctx context.Context, a daybookstore.Answer) {
	if a.Err != nil {
		r.refuse(ctx, a.Err)
		return
	}
	r.Outcome, r.Replayed, r.DecidedAt, r.at = "DECIDED", a.Replayed, api.Token(a.At), a.At
	switch a.Data.(type) {
	case daybook.EntryApproved:
		r.Status, r.PostedDate = string(daybook.Approved), a.Stream.String()
	case daybook.EntryRejected:
		r.Status = string(daybook.Rejected)
	default:
		r.Status = string(daybook.Withdrawn)
	}
}

func summed(results []ItemResult) *decideOutput {
	out := &decideOutput{}
	out.Body.Results = results
	var newest time.Time
	replayed := 0
	for _, r := range results {
		if r.Problem != nil {
			out.Body.Refused++
			continue
		}
		out.Body.Decided++
		newest = api.Later(newest, r.at)
		if r.Replayed {
			replayed++
		}
	}
	out.Written = httpfn.NewWritten(api.Token(newest), replayed > 0 && replayed == out.Body.Decided)
	return out
}
