package httpfn

import (
	"context"
	"net/http"
)

// ItemProblem is the answer for one item of a call of many: a defect is logged and says no more
// than a whole call's would.
func ItemProblem(ctx context.Context, err error) *Problem {
	return problemOf(ctx, http.MethodPost, err)
}
