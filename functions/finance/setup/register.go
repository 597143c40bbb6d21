// Package setup is the function that keeps what an organisation agrees on: itself, its properties,
// its members and its chart of accounts.
//
// Trigger: HTTP, /v1/setup/. Effect: one commit in the organisation's setup stream; a new property
// also begins its day book. Tables: reads and writes Organizations, Members, Accounts, Properties,
// Events, Commands; a new property writes Periods and DailyCashBalances.
package setup

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
)

func init() { functions.HTTP("Setup", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Setup", api.FinanceTimeout, source)
	f := function{source}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/v1/setup/" + path, Tags: []string{"setup"}, Summary: summary}
	}
	created := func(o huma.Operation) huma.Operation {
		o.DefaultStatus = http.StatusCreated
		return o
	}
	httpfn.Register(a, created(op("create-organisation", http.MethodPost, "organisations",
		"Create the organisation of the caller's token, with the caller as its owner")), f.createOrganisation)
	httpfn.Register(a, op("get-organisation", http.MethodGet, "organisation", "Read the organisation"), f.organisation)
	httpfn.Register(a, created(op("create-property", http.MethodPost, "properties",
		"Create a property with its books")), f.createProperty)
	httpfn.Register(a, op("list-properties", http.MethodGet, "properties", "List the properties that the caller sees"), f.properties)
	httpfn.Register(a, op("put-opening", http.MethodPut, "properties/{propertyId}/opening",
		"Change the cash at go-live, while that day is open"), f.setOpening)
	httpfn.Register(a, op("list-members", http.MethodGet, "members", "List the members: all of them for roles that see every property, else the caller"), f.members)
	httpfn.Register(a, op("put-member", http.MethodPut, "members/{subject}", "Add or change a member"), f.setMember)
	httpfn.Register(a, op("remove-member", http.MethodDelete, "members/{subject}", "End a membership"), f.removeMember)
	httpfn.Register(a, op("get-chart", http.MethodGet, "chart-of-accounts", "Read the chart of accounts"), f.chart)
	httpfn.Register(a, op("put-chart", http.MethodPut, "chart-of-accounts", "Replace the chart of accounts"), f.setChart)
	return a
}

type function struct{ source api.Source }
