package house

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"innkeep.internal/functions"
	"innkeep.internal/scripts/serve/assembly"
	"innkeep.internal/shared/api"
	"innkeep.internal/shared/core/ids"
	"innkeep.internal/shared/platform/auth"
	"innkeep.internal/shared/platform/auth/issuer"
	"innkeep.internal/shared/platform/spannerdb"
)

// IssuerURL and Audience are those of the people's tokens.
const (
	IssuerURL = "https://issuer.bench"
	Audience  = "innkeep"
)

const tokenLife = 2 * time.Hour

// House is all functions on one database, with an organisation and a first property.
type House struct {
	DB        *spannerdb.DB
	Source    api.Source
	Verifier  *auth.Verifier
	Issuer    *issuer.Issuer
	Org       string
	Property  string // the first
	Owner     string // tokens: what he records counts
	Manager   string // what he records waits for approval
	Today     string // the properties' business date
	catalogue functions.Catalogue
	parts     map[string]http.Handler
	codes     int
}

// New makes the functions on a database, and an organisation, by a clock.
func New(ctx context.Context, db *spannerdb.DB, now func() time.Time) (_ *House, err error) {
	h := &House{DB: db, Org: ids.NewUUID().String(), Today: now().UTC().Format(time.DateOnly), parts: map[string]http.Handler{}}
	if h.Issuer, err = issuer.New(IssuerURL, Audience); err != nil {
		return nil, err
	}
	if h.Verifier, err = auth.NewVerifier(auth.Config{Issuer: IssuerURL, Audience: Audience, Keys: h.Issuer.KeySet()}); err != nil {
		return nil, err
	}
	b := api.NewBackend(api.Parts{DB: db, Verifier: h.Verifier, Now: now})
	h.Source = func(context.Context) (*api.Backend, error) { return b, nil }
	if h.catalogue, err = functions.Load(); err != nil {
		return nil, err
	}
	parts, err := assembly.Make(h.catalogue, h.Source)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		h.parts[p.Function.Name] = p.Handler
	}
	return h, h.found(ctx)
}

// found makes the organisation, its people and its first property.
func (h *House) found(ctx context.Context) (err error) {
	if h.Owner, err = h.Token("owner"); err != nil {
		return err
	}
	if h.Manager, err = h.Token("manager"); err != nil {
		return err
	}
	if _, err = h.Must(ctx, http.StatusCreated, Call{"setup", h.Owner, http.MethodPost, "/v1/setup/organisations", `{"name":"Bench","baseCurrency":"EUR"}`, "org"}); err != nil {
		return err
	}
	if h.Property, err = h.NewProperty(ctx); err != nil {
		return err
	}
	_, err = h.Must(ctx, http.StatusOK, Call{
		"setup", h.Owner, http.MethodPut, "/v1/setup/members/manager",
		fmt.Sprintf(`{"role":"PROPERTY_MANAGER","propertyIds":[%q]}`, h.Property), "manager",
	})
	return err
}

// NewProperty makes a property with its books open since today, and gives its id.
func (h *House) NewProperty(ctx context.Context) (string, error) {
	return h.PropertySince(ctx, h.Today)
}

// PropertySince makes a property with its books open since a date.
func (h *House) PropertySince(ctx context.Context, goLive string) (string, error) {
	h.codes++
	body := fmt.Sprintf(`{"code":"B%d","name":"House","type":"HOTEL","timeZone":"UTC","currency":"EUR","goLiveDate":%q,"openingMinor":50000}`, h.codes, goLive)
	answer, err := h.Must(ctx, http.StatusCreated, Call{"setup", h.Owner, http.MethodPost, "/v1/setup/properties", body, fmt.Sprint("property-", h.codes)})
	if err != nil {
		return "", err
	}
	var made struct {
		PropertyID string `json:"propertyId"`
	}
	return made.PropertyID, json.Unmarshal(answer, &made)
}

// Token is somebody's of the organisation.
func (h *House) Token(subject string) (string, error) {
	return h.Issuer.Mint(subject, h.Org, tokenLife)
}

// Handler is a function by its name in the catalogue.
func (h *House) Handler(function string) http.Handler { return h.parts[function] }

// Call is a request to a function.
type Call struct {
	Function, Token, Method, Path, Body string
	Key                                 string // Idempotency-Key
}

// Request is the call as a function's server would hand it over.
func (c Call) Request(ctx context.Context) *http.Request {
	path, query, _ := strings.Cut(c.Path, "?")
	r := &http.Request{
		Method: c.Method, URL: &url.URL{Path: path, RawQuery: query}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "innkeep.bench", RequestURI: c.Path, RemoteAddr: "127.0.0.1:1",
		Header: http.Header{"Authorization": {"Bearer " + c.Token}, "Idempotency-Key": {c.Key}, "Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(c.Body)), ContentLength: int64(len(c.Body)),
	}
	return r.WithContext(ctx)
}

// Answer is what a function said.
type Answer struct {
	Status int
	header http.Header
	Body   []byte
}

// Header is that of http.ResponseWriter.
func (a *Answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// WriteHeader is that of http.ResponseWriter.
func (a *Answer) WriteHeader(status int) { a.Status = status }

func (a *Answer) Write(b []byte) (int, error) {
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	a.Body = append(a.Body, b...)
	return len(b), nil
}

// Do calls the function's handler in this process: no network is between.
func (h *House) Do(ctx context.Context, c Call) Answer {
	var a Answer
	h.parts[c.Function].ServeHTTP(&a, c.Request(ctx))
	return a
}

// Must is Do for a call that is answered with the status; anything else is an error.
func (h *House) Must(ctx context.Context, status int, c Call) ([]byte, error) {
	a := h.Do(ctx, c)
	if a.Status != status {
		return nil, fmt.Errorf("%s %s was answered %d: %s", c.Method, c.Path, a.Status, a.Body)
	}
	return a.Body, nil
}
