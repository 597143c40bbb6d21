package httpfn_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"innkeep.internal/shared/core/fault"
	"innkeep.internal/shared/platform/httpfn"
)

// ErrTooHeavy is declared beside the rule that it belongs to.
var ErrTooHeavy = fault.New(fault.Conflict, "too_heavy", "the shelf cannot carry it")

// Parcel is a body. Fields are required unless they say omitempty or omitzero; a pointer without
// either may be null.
type Parcel struct {
	Label     string   `json:"label" minLength:"1" maxLength:"40"`
	MassGrams int64    `json:"massGrams" minimum:"1"`
	Kind      string   `json:"kind" enum:"BOX,BAG"`
	Tags      []string `json:"tags,omitempty" maxItems:"10"`
}

type getInput struct {
	ParcelID string `path:"parcelId" maxLength:"40"`
	Detailed bool   `query:"detailed"`
	httpfn.Read
}

type getOutput struct{ Body Parcel }

type putInput struct {
	ShelfID string `path:"shelfId"`
	httpfn.Write
	Body Parcel
}

type putOutput struct {
	httpfn.Written
	Body struct {
		ParcelID string `json:"parcelId"`
	}
}

func getParcel(_ context.Context, in *getInput) (*getOutput, error) {
	if in.ParcelID != "p1" {
		return nil, fault.ErrNotFound
	}
	return &getOutput{Body: Parcel{Label: "books", MassGrams: 900, Kind: "BOX"}}, nil
}

func postParcel(_ context.Context, in *putInput) (*putOutput, error) {
	if in.Body.MassGrams > 1000 {
		return nil, ErrTooHeavy.With("limitGrams", "1000")
	}
	out := &putOutput{Written: httpfn.NewWritten("token-1", false)}
	out.Body.ParcelID = "p-" + in.IdempotencyKey
	return out, nil
}

// newAPI is what a function's register.go does; there it goes on with
// functions.HTTP("Parcels", api.ServeHTTP).
func newAPI() *httpfn.API {
	api := httpfn.New("Parcels", httpfn.Options{Timeout: 10 * time.Second}) // Use: {auth.Middleware(..)}
	httpfn.Register(api, huma.Operation{
		OperationID: "get-parcel", Method: http.MethodGet, Path: "/v1/parcels/{parcelId}", Summary: "One parcel",
	}, getParcel)
	httpfn.Register(api, huma.Operation{
		OperationID: "post-parcel", Method: http.MethodPost, Path: "/v1/shelves/{shelfId}/parcels",
		Summary: "Put a parcel on a shelf", DefaultStatus: http.StatusCreated, MaxBodyBytes: 8 << 20,
	}, postParcel)
	return api
}

func Example() {
	api := newAPI()
	call := func(method, path, body string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Idempotency-Key", "k1")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body.String())
	}
	call("GET", "/v1/parcels/p1", "")
	call("POST", "/v1/shelves/s1/parcels", `{"label":"tea","massGrams":250,"kind":"BAG"}`)
	call("POST", "/v1/shelves/s1/parcels", `{"label":"tea","massGrams":2500,"kind":"BAG"}`)
	call("POST", "/v1/shelves/s1/parcels", `{"label":"","massGrams":1.5,"kind":"BAG","more":1}`)
	// Output:
	// 200 {"label":"books","massGrams":900,"kind":"BOX"}
	// 201 {"parcelId":"p-k1"}
	// 409 {"type":"about:blank","title":"Conflict","status":409,"code":"too_heavy","detail":"the shelf cannot carry it","facts":{"limitGrams":"1000"}}
	// 422 {"type":"about:blank","title":"Unprocessable Entity","status":422,"code":"invalid_request","detail":"the request has faults; each is listed with its place","errors":[{"pointer":"/label","code":"too_short","detail":"at least 1 characters"},{"pointer":"/massGrams","code":"not_an_integer","detail":"an integer is written in digits only, without fraction and exponent"},{"pointer":"/more","code":"unknown_field","detail":"there is no such field"}]}
}
