package entryapi

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/daybook"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/store/daybookstore"
)

const (
	// bulkBytes bounds the body of a bulk call: 1,000 lines of all fields at their longest.
	bulkBytes = 8 << 20
	// bulkDesks is how many properties of one call are written at a time; each is a transaction.
	bulkDesks = 8
)

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

// bulkCall is one call on its way.
type bulkCall struct {
	caller  api.Caller
	results []LineResult
	desks   map[string]*deskLines
}

// deskLines are the lines of one property.
type deskLines struct {
	desk   api.Desk
	err    error
	index  []int
	orders []daybookstore.Order
}

// bulk records many entries: the lines of each property in as few commits as hold them.
func bulk[L Line](r resource) func(context.Context, *bulkInput[L]) (*bulkOutput, error) {
	lines := httpfn.NewDecoder[L]()
	return func(ctx context.Context, in *bulkInput[L]) (*bulkOutput, error) {
		caller, err := r.source.Caller(ctx, approval.Record)
		if err != nil {
			return nil, err
		}
		call := &bulkCall{caller: caller, results: make([]LineResult, len(in.Body.Lines)), desks: map[string]*deskLines{}}
		for i, raw := range in.Body.Lines {
			line, err := lines.Decode(raw)
			key := keyOf(raw)
			if key == "" {
				key = in.IdempotencyKey + "/" + fmt.Sprint(i)
			}
			call.results[i] = LineResult{Index: i, Key: key}
			if err == nil {
				err = call.sort(ctx, i, key, line)
			}
			if err != nil {
				call.refuse(ctx, i, err)
			}
		}
		call.execute(ctx)
		return call.output(), nil
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

// sort puts a line to those of its property.
func (c *bulkCall) sort(ctx context.Context, i int, key string, line Line) error {
	id := line.common().PropertyID
	lines, known := c.desks[id]
	if !known {
		lines = &deskLines{}
		lines.desk, lines.err = c.caller.Desk(ctx, id)
		c.desks[id] = lines
	}
	if lines.err != nil {
		return lines.err
	}
	draft, err := Draft(lines.desk, line)
	if err != nil {
		return err
	}
	lines.index = append(lines.index, i)
	lines.orders = append(lines.orders, daybookstore.Order{
		Actor: c.caller.Actor(), Key: key, Action: daybook.Record{Draft: draft},
	})
	return nil
}

func (c *bulkCall) execute(ctx context.Context) {
	var g errgroup.Group
	g.SetLimit(bulkDesks)
	for _, lines := range c.desks {
		if len(lines.orders) == 0 {
			continue
		}
		g.Go(func() error {
			answers := lines.desk.Books.ExecuteAll(ctx, lines.desk.Desk, lines.orders)
			for n, a := range answers {
				i := lines.index[n]
				if a.Err != nil {
					c.refuse(ctx, i, a.Err)
					continue
				}
				entry := Made(lines.desk.Desk.Property.UUID, a.Receipt)
				c.results[i].Outcome, c.results[i].Replayed, c.results[i].Entry, c.results[i].at = "RECORDED", a.Replayed, &entry, a.At
			}
			return nil
		})
	}
	_ = g.Wait() // the lines carry their own errors
}

func (c *bulkCall) refuse(ctx context.Context, i int, err error) {
	c.results[i].Outcome, c.results[i].Problem = "REFUSED", httpfn.ItemProblem(ctx, err)
}

func (c *bulkCall) output() *bulkOutput {
	out := &bulkOutput{}
	out.Body.Results = c.results
	var newest time.Time
	for _, r := range c.results {
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
