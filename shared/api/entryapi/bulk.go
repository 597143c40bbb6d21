package entryapi

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

// bulkBytes bounds the body of a bulk call: 1,000 lines of all fields at their longest.
const bulkBytes = 8 << 20

type bulkInput[L Line] struct {
	httpfn.Write
	Body struct {
		Lines httpfn.RawList[L] `json:"lines" minItems:"1" maxItems:"1000" doc:"Each line takes effect by itself, once, under its own key: a bad one harms no other."`
	}
}

type bulkOutput struct {
	httpfn.Written
	Body struct {
		Accepted int          `json:"accepted" doc:"Lines whose entry stands, those that stood before among them."`
		Refused  int          `json:"refused"`
		Replayed int          `json:"replayed" doc:"Accepted lines that had taken effect before this call."`
		Results  []LineResult `json:"results" nullable:"false" doc:"One a line, in their order."`
	}
}

// LineResult is what became of a line.
type LineResult struct {
	Index    int             `json:"index"`
	Key      string          `json:"key,omitempty"`
	Outcome  string          `json:"outcome" enum:"RECORDED,REFUSED"`
	Replayed bool            `json:"replayed"`
	Entry    *View           `json:"entry,omitempty"`
	Problem  *httpfn.Problem `json:"problem,omitempty"`

	at time.Time // of the entry's commit
}

// bulk records many entries: the lines of each property in as few commits as hold them.
func bulk[L Line](r resource) func(context.Context, *bulkInput[L]) (*bulkOutput, error) {
	lines := httpfn.NewDecoder[L]()
	return func(ctx context.Context, in *bulkInput[L]) (*bulkOutput, error) {
		caller, err := r.source.Caller(ctx, approval.Record)
		if err != nil {
			return nil, err
		}
		orders, results := api.NewOrders(caller), make([]LineResult, len(in.Body.Lines))
		for i, raw := range in.Body.Lines {
			key := keyOf(raw)
			if key == "" {
				key = in.IdempotencyKey + "/" + strconv.Itoa(i)
			}
			results[i] = LineResult{Index: i, Key: key}
			line, err := lines.Decode(raw)
			if err == nil {
				err = sortLine(ctx, orders, i, key, line)
			}
			if err != nil {
				results[i].refuse(ctx, err)
			}
		}
		orders.Execute(ctx, func(i int, d api.Desk, a daybookstore.Answer) {
			if a.Err != nil {
				results[i].refuse(ctx, a.Err)
				return
			}
			entry := Made(d.Desk.Property.UUID, a.Receipt)
			results[i].Outcome, results[i].Replayed, results[i].Entry, results[i].at = "RECORDED", a.Replayed, &entry, a.At
		})
		return summed(results), nil
	}
}

// keyOf is a line's own key, empty when it gives none that can be read: a line that is refused for
// another fault is named by its key all the same.
func keyOf[L any](line httpfn.Raw[L]) string {
	var k LineKey
	if err := json.Unmarshal(line, &k); err != nil {
		return ""
	}
	return k.Key
}

// sortLine puts a line to those of its property.
func sortLine(ctx context.Context, orders *api.Orders, i int, key string, line Line) error {
	desk, err := orders.Desk(ctx, line.common().PropertyID)
	if err != nil {
		return err
	}
	draft, err := Draft(desk, line)
	if err != nil {
		return err
	}
	orders.Add(desk, i, daybookstore.Order{Actor: desk.Actor(), Key: key, Action: daybook.Record{Draft: draft}})
	return nil
}

func (r *LineResult) refuse(ctx context.Context, err error) {
	r.Outcome, r.Problem = "REFUSED", httpfn.ItemProblem(ctx, err)
}

func summed(results []LineResult) *bulkOutput {
	out := &bulkOutput{}
	out.Body.Results = results
	var newest time.Time
	for _, r := range results {
		if r.Entry == nil {
			out.Body.Refused++
			continue
		}
		out.Body.Accepted++
		newest = api.Later(newest, r.at)
		if r.Replayed {
			out.Body.Replayed++
		}
	}
	out.Written = httpfn.NewWritten(api.Token(newest), out.Body.Replayed > 0 && out.Body.Replayed == out.Body.Accepted)
	return out
}
