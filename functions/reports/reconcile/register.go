// Package reconcile is the function that reconciles a property's bank account: it takes the bank's
// statements, matches their lines with the entries of the books, and draws up the reconciliation
// statement.
//
// Trigger: HTTP, /v1/reports/reconciliation. Effect: commits of its own tables; the day book is only
// read. Tables: reads Entries, Properties, Members, Accounts; reads and writes ReconciliationSettings,
// Statements, StatementLines, Matches, MatchMembers, ReconciliationActs.
package reconcile

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/approval"
	"innkeep.internal/shared/domain/recon/bankfile"
	"innkeep.internal/shared/platform/httpfn"
	"innkeep.internal/shared/platform/resilience/priority"
	"innkeep.internal/shared/store/reconstore"
)

func init() { functions.HTTP("Reconcile", New(api.Process).ServeHTTP) }

const path = "/v1/reports/reconciliation"

// New makes the function's operations on a backend.
func New(source api.Source) *httpfn.API {
	a := api.New("Reconcile", api.Reports(priority.Report), source)
	f := function{source}
	op := func(id, method, at string, status int, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path + at, DefaultStatus: status, Tags: []string{"reconciliation"}, Summary: summary}
	}
	httpfn.Register(a, op("reconciliation-statement", http.MethodGet, "", http.StatusOK, "Draw up the reconciliation statement as of a date"), f.statement)
	httpfn.Register(a, op("get-reconciliation-settings", http.MethodGet, "/settings", http.StatusOK, "Read how a bank account is reconciled"), f.settings)
	httpfn.Register(a, op("put-reconciliation-settings", http.MethodPut, "/settings", http.StatusOK, "Say where a bank account begins and how it is reconciled"), f.set)
	imports := op("import-bank-statement", http.MethodPost, "/statements", http.StatusCreated, "Import a bank's statement, whole or not at all: the body is the file")
	imports.MaxBodyBytes = bankfile.MaxBytes
	httpfn.Register(a, imports, f.load)
	httpfn.Register(a, op("list-bank-statements", http.MethodGet, "/statements", http.StatusOK, "List the statements, the latest first"), f.statements)
	httpfn.Register(a, op("remove-bank-statement", http.MethodDelete, "/statements/{statementId}", http.StatusOK, "Take a statement away of which nothing is matched"), f.remove)
	httpfn.Register(a, op("list-bank-lines", http.MethodGet, "/statements/{statementId}/lines", http.StatusOK, "List the lines of a statement, and where they stand"), f.lines)
	httpfn.Register(a, op("reconcile", http.MethodPost, "/reconcile", http.StatusOK, "Make the matches that are beyond doubt"), f.run)
	httpfn.Register(a, op("list-match-suggestions", http.MethodGet, "/suggestions", http.StatusOK, "List what may belong together and is not beyond doubt"), f.suggestions)
	httpfn.Register(a, op("declare-match", http.MethodPost, "/matches", http.StatusCreated, "Match entries and lines: one to one, or many to one"), f.declare)
	httpfn.Register(a, op("list-matches", http.MethodGet, "/matches", http.StatusOK, "List matches, the latest date first"), f.matches)
	httpfn.Register(a, op("get-match", http.MethodGet, "/matches/{matchId}", http.StatusOK, "Read one match"), f.match)
	httpfn.Register(a, op("undo-match", http.MethodPost, "/matches/{matchId}/undo", http.StatusOK, "Free the entries and lines of a match, which stays as evidence"), f.undo)
	httpfn.Register(a, op("list-unmatched", http.MethodGet, "/unmatched", http.StatusOK, "List what was outstanding at the end of a date, on one side, the oldest first"), f.unmatched)
	httpfn.Register(a, op("reconciliation-log", http.MethodGet, "/log", http.StatusOK, "List who did what about a reconciliation, the latest first"), f.log)
	return a
}

type function struct{ source api.Source }

// desk is a caller at a property, and the store that he does it in.
type desk struct {
	api.Desk
	store *reconstore.Store
}

func (f function) desk(ctx context.Context, act approval.Act, property string) (desk, error) {
	d, err := f.source.Desk(ctx, act, property)
	if err != nil {
		return desk{}, err
	}
	return desk{d, reconstore.New(d.DB, d.Books)}, nil
}

// reader is a desk of somebody who may read, whose token is none of the future.
func (f function) reader(ctx context.Context, property string, read httpfn.Read) (desk, error) {
	d, err := f.desk(ctx, approval.Read, property)
	if err == nil {
		err = d.CheckToken(read.ConsistencyToken)
	}
	return d, err
}

// act is what the caller wants done, once.
func (d desk) act(key string, request any) reconstore.Act {
	return reconstore.Act{Book: d.Desk.Desk.Book, Subject: d.Member.Subject, Key: key, Request: request}
}
