package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"innkeep.internal/scripts/import/internal/innkeep"
)

// work posts batches until there are no more.
func (in *intake) work(ctx context.Context) error {
	for {
		at, batch, ok := in.lanes.take(ctx)
		if !ok {
			return ctx.Err()
		}
		if err := in.post(ctx, batch); err != nil {
			return err
		}
		in.lanes.done(at, batch)
	}
}

// post sends the lines of one property and tallies their results. When the server refuses the call
// as a whole for what is in it, the halves are sent one after the other, down to the lines at fault.
func (in *intake) post(ctx context.Context, batch []*item) error {
	lines := make([]json.RawMessage, len(batch))
	for i, it := range batch {
		lines[i] = it.body
	}
	results, err := in.Client.Bulk(ctx, in.Mapping.Kind, lines)
	if problem := atFault(err); problem != nil {
		if len(batch) == 1 {
			return in.tally.refuse(batch[0], problem.Code, problem.Text(), "")
		}
		if err := in.post(ctx, batch[:len(batch)/2]); err != nil {
			return err
		}
		return in.post(ctx, batch[len(batch)/2:])
	}
	if err != nil {
		return err
	}
	for i, r := range results {
		it := batch[i]
		switch {
		case r.Outcome == innkeep.Recorded && r.Key != it.posting.Line.Key: // a line that cannot be read is refused without its key
			err = fmt.Errorf("the server recorded key %q where %q was sent", r.Key, it.posting.Line.Key)
		case r.Outcome == innkeep.Recorded:
			err = in.tally.accept(it, r.Replayed, r.Entry.Status)
		case r.Problem != nil && r.Problem.Code != "":
			err = in.tally.refuse(it, r.Problem.Code, r.Problem.Text(), "")
		default:
			err = fmt.Errorf("the server answered %q for line %d without a code", r.Outcome, it.line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// atFault is the problem when it lies in the lines of the call: what they hold, or how much it is.
func atFault(err error) *innkeep.Problem {
	var p *innkeep.Problem
	if !errors.As(err, &p) || p.Code == "" {
		return nil
	}
	switch p.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return p
	}
	return nil
}
