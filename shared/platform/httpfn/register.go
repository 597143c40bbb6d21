package httpfn

import (
	"context"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"innkeep.internal/shared/platform/httpfn/strict"
)

// Register adds an operation. I and O are structs as huma takes them: fields tagged path, query and
// header, a field Body; Status and headers in O. An operation's MaxBodyBytes overrides the default.
//
// The handler is reached only by a request without faults. Its error is answered by the table of
// kinds; an error without a kind is "internal error", and is logged.
//
// Parameters may be of any type with UnmarshalText, whatever its underlying type; a path parameter
// whose error is of kind NotFound makes the answer 404. Slices are comma-separated lists. Register
// panics on what it cannot judge: cookies, forms, exploded lists, maps, and types as in NewDecoder.
func Register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	t := reflect.TypeFor[I]()
	g := &gate{limit: op.MaxBodyBytes}
	if g.limit <= 0 {
		g.limit = DefaultMaxBodyBytes
	}
	registry := a.OpenAPI().Components.Schemas
	g.addParams(registry, t, nil)

	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1 // the gate has read the body
	op.SkipValidateBody, op.SkipValidateParams = true, true
	if op.RequestBody == nil {
		op.RequestBody = &huma.RequestBody{} // shared with the copy that huma fills
	}
	body, hasBody := t.FieldByName("Body")
	raw, hasRaw := t.FieldByName("RawBody")
	if hasRaw && raw.Type != reflect.TypeFor[[]byte]() {
		panic(fmt.Sprintf("httpfn: %s: RawBody must be []byte", op.OperationID))
	}
	request := op.RequestBody
	if !hasBody && !hasRaw {
		op.RequestBody = nil
	}
	op.Middlewares = append(huma.Middlewares{g.pass}, op.Middlewares...)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		g.fill(ctx, reflect.ValueOf(in).Elem())
		return handler(ctx, in)
	})
	g.raw, g.required = hasRaw, request.Required
	if !hasBody {
		return
	}
	media := request.Content[jsonType]
	if media == nil || hasRaw {
		panic(fmt.Sprintf("httpfn: %s: Body is JSON, and not beside RawBody", op.OperationID))
	}
	plan, err := strict.Compile(registry, media.Schema, body.Type)
	if err != nil {
		panic(fmt.Sprintf("httpfn: %s: %v", op.OperationID, err))
	}
	g.body = plan
}
