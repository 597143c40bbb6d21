// Package setup is the function that keeps what an organisation agrees on: itself, its properties,
// its members, its chart of accounts and its budgets; and the room statistics of business dates.
//
// Trigger: HTTP, /v1/setup/. Effect: one commit in the organisation's setup stream; a new property
// also begins its day book; an opening and room statistics are commits in a property's day book.
// Tables: reads and writes Organizations, Members, Accounts, Budgets, Properties, Events, Commands;
// the day book's also Periods, DailyCashBalances, DailyStatistics.
package setup

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
)

func init() { functions.HTTP("Setup", New(api.Process).ServeHTTP) }

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Setup", api.Finance(priority.Post), source)
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
	httpfn.Register(a, op("put-budget", http.MethodPut, "budgets", "Set a property's budget for a year, in place of the whole one before"), f.setBudget)
	httpfn.Register(a, op("get-budget", http.MethodGet, "budgets", "Read a property's budget for a year"), f.budget)
	httpfn.Register(a, op("put-statistics", http.MethodPut, "daily-statistics",
		"Say how the house was let on an open business date, in place of what was said before"), f.recordStatistics)
	httpfn.Register(a, op("list-statistics", http.MethodGet, "daily-statistics", "List the room statistics of business dates"), f.statistics)
	return a
}

type function struct{ source api.Source }
