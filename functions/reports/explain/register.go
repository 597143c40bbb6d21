// Package explain is the function that says why a figure is what it is: the entries and events behind
// it, and each event that changed a report between two moments.
//
// Trigger: HTTP, /v1/reports/explain and /v1/reports/diff. Effect: none. Tables: reads
// DailyCashBalances, Entries and Events by key range, at one timestamp.
package explain

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/api/reportapi"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Explain", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Explain", api.Reports(priority.Report), source)
	f := function{source}
	httpfn.Register(a, huma.Operation{
		OperationID: "explain-figure", Method: http.MethodGet, Path: "/v1/reports/explain", Tags: []string{"reports"},
		Summary: "The entries and events behind a figure of the cash report",
	}, f.explain)
	httpfn.Register(a, huma.Operation{
		OperationID: "report-diff", Method: http.MethodGet, Path: "/v1/reports/diff", Tags: []string{"reports"},
		Summary: "Each event that changed a cash report between two moments",
	}, f.diff)
	return a
}

type function struct{ source api.Source }

type explainOutput struct{ Body reportapi.Explanation }

func (f function) explain(ctx context.Context, in *reportapi.ExplainInput) (*explainOutput, error) {
	v, err := reportapi.NewExplanation(ctx, f.source, in)
	return &explainOutput{Body: v}, err
}

type diffOutput struct{ Body reportapi.Diff }

func (f function) diff(ctx context.Context, in *reportapi.DiffInput) (*diffOutput, error) {
	v, err := reportapi.NewDiff(ctx, f.source, in)
	return &diffOutput{Body: v}, err
}
