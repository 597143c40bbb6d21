package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const token = "a-token"

// entry is a line that the book has.
type entry struct {
	Key          string `json:"key"`
	PropertyID   string `json:"propertyId"`
	BusinessDate string `json:"businessDate"`
	AmountMinor  int64  `json:"amountMinor"`
	Currency     string `json:"currency"`
	PaymentMode  string `json:"paymentMode"`
	Source       string `json:"source"`
	Description  string `json:"description"`
	ExternalRef  struct {
		System string `json:"system"`
		ID     string `json:"id"`
	} `json:"externalRef"`
}

// book is the API's contract in memory, as far as an import goes.
type book struct {
	before func(w http.ResponseWriter, r *http.Request, call int) bool // true: it has answered

	mu         sync.Mutex
	calls      int
	properties map[string]map[string]any // by code
	entries    map[string]entry          // by property and key
	order      map[string][]string       // keys in the order of recording, by property
	closed     map[string]string         // last closed date, by property
	busy       map[string]int            // bulk calls under way, by property
	overlap    bool                      // two calls of one property were under way at once
	bodies     map[string]string         // request by Idempotency-Key
}

// newBook serves an empty book.
func newBook(t testing.TB) (*book, *httptest.Server) {
	t.Helper()
	b := &book{
		properties: map[string]map[string]any{}, entries: map[string]entry{}, order: map[string][]string{},
		closed: map[string]string{}, busy: map[string]int{}, bodies: map[string]string{},
	}
	return b, b.serve(t)
}

// serve serves the book; closing the server waits for the calls that are under way.
func (b *book) serve(t testing.TB) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/setup/properties", b.list)
	mux.HandleFunc("POST /v1/setup/properties", b.create)
	mux.HandleFunc("POST /v1/finance/revenues:bulk", b.bulk)
	mux.HandleFunc("POST /v1/finance/days/{date}/close", b.close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.calls++
		call, before := b.calls, b.before
		b.mu.Unlock()
		switch {
		case r.Header.Get("Authorization") != "Bearer "+token:
			problem(w, http.StatusUnauthorized, "unauthenticated")
		case r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "":
			problem(w, http.StatusBadRequest, "idempotency_key_missing")
		case before != nil && before(w, r, call):
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"about:blank","title":"no","status":%d,"detail":"because of %s","code":%q}`, status, code, code)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone
}

// list answers one property a page.
func (b *book) list(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	items, next := []any{}, ""
	for _, p := range b.properties {
		if p["number"] == at {
			items, next = append(items, p), strconv.Itoa(at+1)
		}
	}
	reply(w, http.StatusOK, map[string]any{"items": items, "nextCursor": next})
}

func (b *book) create(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var p map[string]any
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		problem(w, http.StatusBadRequest, "bad_json")
		return
	}
	code := p["code"].(string)
	if b.properties[code] != nil {
		problem(w, http.StatusConflict, "property_code_exists")
		return
	}
	p["propertyId"], p["number"] = "id-"+code, len(b.properties)
	b.properties[code] = p
	reply(w, http.StatusCreated, p)
}

func (b *book) bulk(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Lines []entry `json:"lines"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&call); err != nil || len(call.Lines) == 0 || len(call.Lines) > 1000 {
		problem(w, http.StatusBadRequest, "bad_request")
		return
	}
	property := call.Lines[0].PropertyID
	b.enter(property, 1)
	defer b.enter(property, -1)
	b.mu.Lock()
	defer b.mu.Unlock()
	key, body := r.Header.Get("Idempotency-Key"), fmt.Sprint(call.Lines)
	if known, ok := b.bodies[key]; ok && known != body {
		problem(w, http.StatusUnprocessableEntity, "idempotency_key_reused")
		return
	}
	b.bodies[key] = body
	results := []any{}
	for i, line := range call.Lines {
		if strings.Contains(line.Description, "POISON") { // stands for what a schema refuses with the whole call
			problem(w, http.StatusUnprocessableEntity, "body_invalid")
			return
		}
		result := map[string]any{"index": i, "key": line.Key, "outcome": "RECORDED"}
		if code, replayed := b.record(property, line); code != "" {
			if code == "amount_zero" {
				result["key"] = fmt.Sprint(key, "/", i) // as for a line that the server cannot read
			}
			result["outcome"], result["problem"] = "REFUSED", map[string]any{"code": code, "detail": "because of " + code}
		} else {
			result["replayed"], result["entry"] = replayed, map[string]any{"id": "e", "status": "APPROVED"}
		}
		results = append(results, result)
	}
	reply(w, http.StatusOK, map[string]any{"results": results})
}

// record judges a line: a code when it is refused.
func (b *book) record(property string, line entry) (code string, replayed bool) {
	known, replayed := b.entries[property+" "+line.Key]
	switch {
	case line.PropertyID != property:
		return "two_properties", false
	case replayed && !reflect.DeepEqual(known, line):
		return "key_reused", false
	case replayed:
		return "", true
	case line.AmountMinor == 0:
		return "amount_zero", false
	case line.BusinessDate <= b.closed[property]:
		return "day_closed", false
	}
	b.entries[property+" "+line.Key] = line
	b.order[property] = append(b.order[property], line.Key)
	return "", false
}

func (b *book) enter(property string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy[property] += n
	b.overlap = b.overlap || b.busy[property] > 1
}

func (b *book) close(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var call struct {
		PropertyID string `json:"propertyId"`
	}
	_ = json.NewDecoder(r.Body).Decode(&call) // an empty call names no property
	date := r.PathValue("date")
	if date <= b.closed[call.PropertyID] {
		problem(w, http.StatusConflict, "day_closed")
		return
	}
	b.closed[call.PropertyID] = date
	reply(w, http.StatusOK, map[string]any{})
}
