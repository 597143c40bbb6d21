// Package export is the function that gives a report as a file to keep, to print or to read: CSV, XLSX,
// PDF or an HTML page. It builds the very view that the report gives as JSON.
//
// Trigger: HTTP, /v1/reports/export. Effect: none on the books; as with the reports themselves the hash
// of what a closed scope's report says is kept. Tables: reads Properties, DailyCashBalances, Entries and
// CashCounts by key range at one timestamp, or Events for what was known; writes ReportSnapshots.
//
// A file is written while it is made. The entries of a year are read a month at a time, all at one
// moment, so that no more than a month of them is in memory.
package export

import (
	"context"
	"net/http"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Export", New(api.Process).ServeHTTP) }

// maxAge bounds a file: somewhat less than the function's time-out, so that what is too slow is
// broken off by the function itself.
const maxAge = 290 * time.Second

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Export", api.Reports(priority.Rebuild).Taking(maxAge), source)
	content := map[string]*huma.MediaType{}
	for _, f := range formats {
		content[f.mediaType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	httpfn.Register(a, huma.Operation{
		OperationID: "export-report", Method: http.MethodGet, Path: "/v1/reports/export", Tags: []string{"reports"},
		Summary: "A report as CSV, XLSX, PDF or an HTML page",
		Description: "Takes the parameters of the report that it names, and its figures are that report's. The report entries lists what was posted " +
			"in a range of at most 366 days. A file that cannot be finished is broken off, never cut short: take it for whole only where the transfer ends well.",
		Responses: map[string]*huma.Response{"200": {Description: "The file.", Content: content}},
	}, function{source}.export)
	return a
}

type function struct{ source api.Source }

func (f function) export(ctx context.Context, in *input) (*huma.StreamResponse, error) {
	k, format := kinds[in.Report], formats[in.Format]
	if err := in.check(k); err != nil {
		return nil, err
	}
	reading, cancel := context.WithTimeout(ctx, api.ReportTimeout)
	defer cancel()
	d, err := k.make(reading, ctx, f, in)
	if err != nil {
		return nil, err
	}
	return format.file(ctx, d, in).Response(ctx), nil
}
