package innkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Bulk posts the encoded lines of one property and answers a judgement of each, in their order. kind
// is revenue, expense or movement. The call's key is the hash of its lines, each of which has its own.
// An answer of 200 may say of a line that it could not be judged (429, 5xx): then the call is sent again.
func (c *Client) Bulk(ctx context.Context, kind string, lines []json.RawMessage) ([]Result, error) {
	parts := make([]string, 0, len(lines)+1)
	parts = append(parts, kind)
	for _, line := range lines {
		parts = append(parts, string(line))
	}
	path := "/v1/finance/" + kind + "s:bulk"
	answer := &bulkAnswer{lines: len(lines), fresh: map[int]Result{}}
	if err := c.call(ctx, http.MethodPost, path, keyOf(parts...), map[string]any{"lines": lines}, answer); err != nil {
		return nil, err
	}
	return answer.judged, nil
}

// bulkAnswer is the answers to one call and its repetitions.
type bulkAnswer struct {
	lines  int
	judged []Result       // in the order of the lines
	fresh  map[int]Result // recorded by this call: a repetition would say replayed
}

// UnmarshalJSON reads one answer; an error when it does not judge each line once.
func (a *bulkAnswer) UnmarshalJSON(text []byte) error {
	var body struct {
		Results []Result `json:"results"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return err
	}
	if len(body.Results) != a.lines {
		return fmt.Errorf("it judges %d lines of %d", len(body.Results), a.lines)
	}
	a.judged = make([]Result, a.lines)
	seen := make([]bool, a.lines)
	for _, r := range body.Results {
		if r.Index < 0 || r.Index >= a.lines || seen[r.Index] {
			return fmt.Errorf("it judges line %d of %d wrongly or twice", r.Index, a.lines)
		}
		seen[r.Index] = true
		if r.Outcome == Recorded && !r.Replayed {
			a.fresh[r.Index] = r
		}
		if first, ok := a.fresh[r.Index]; ok {
			r = first
		}
		a.judged[r.Index] = r
	}
	return nil
}

// undecided is the problem of the first line that was not judged: one of the server, not of the line.
func (a *bulkAnswer) undecided() error {
	for _, r := range a.judged {
		p := r.Problem
		if r.Outcome != Recorded && p != nil && (p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError) {
			return p
		}
	}
	return nil
}
