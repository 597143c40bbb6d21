package entryapi

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"innkeep.internal/shared/api"
	"innkeep.internal/shared/domain/ledger"
	"innkeep.internal/shared/platform/httpfn"
)

// Register adds the operations of the entries of one kind: name is their plural in the path, I a
// new entry, L a line of a bulk call.
func Register[I Input, L Line](a *httpfn.API, source api.Source, kind ledger.Kind, name string) {
	r := resource{source: source, kind: kind}
	path, one := "/v1/finance/"+name, strings.TrimSuffix(name, "s")
	httpfn.Register(a, huma.Operation{
		OperationID: "record-" + one, Method: http.MethodPost, Path: path, Tags: []string{name},
		DefaultStatus: http.StatusCreated, Summary: "Record one " + one,
	}, record[I](r))
	httpfn.Register(a, huma.Operation{
		OperationID: "record-" + name, Method: http.MethodPost, Path: path + ":bulk", Tags: []string{name},
		MaxBodyBytes: bulkBytes, Summary: "Record up to 1,000 " + name,
		Description: "Each line has a key and a result of its own; one bad line harms no other; the whole call can be repeated.",
	}, bulk[L](r))
	httpfn.Register(a, huma.Operation{
		OperationID: "list-" + name, Method: http.MethodGet, Path: path, Tags: []string{name},
		Summary: "List " + name + " by business date",
	}, r.list)
	httpfn.Register(a, huma.Operation{
		OperationID: "get-" + one, Method: http.MethodGet, Path: path + "/{id}", Tags: []string{name},
		Summary: "Read one " + one,
	}, r.get)
	httpfn.Register(a, huma.Operation{
		OperationID: "reverse-" + one, Method: http.MethodPost, Path: path + "/{id}/reverse", Tags: []string{name},
		DefaultStatus: http.StatusCreated, Summary: "Undo an approved " + one + " by one of opposite sign",
	}, r.reverse)
}
