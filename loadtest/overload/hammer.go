package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	properties = 8 // that are posted to and read
	closing    = 4 // that only close, a day after the other
	closeDays  = 600
	patience   = 15 * time.Second // of a caller
)

// hammer makes calls.
type hammer struct {
	url, token string
	client     *http.Client
	open       []string // properties
	today      string
	closers    chan *closer
	serial     atomic.Int64
	run        string
}

// closer is a property and the next day to close.
type closer struct {
	property string
	next     time.Time
}

// newHammer makes the properties.
func newHammer(ctx context.Context, url, token string) (*hammer, error) {
	now := time.Now().UTC()
	h := &hammer{
		url: url, token: token, today: now.Format(time.DateOnly), closers: make(chan *closer, closing), run: strconv.FormatInt(now.UnixNano(), 36),
		client: &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 2000}},
	}
	for i := range properties + closing {
		live := now
		if i >= properties {
			live = now.AddDate(0, 0, -closeDays)
		}
		id, err := h.property(ctx, i, live)
		if err != nil {
			return nil, err
		}
		if i < properties {
			h.open = append(h.open, id)
		} else {
			h.closers <- &closer{id, live}
		}
	}
	return h, nil
}

func (h *hammer) property(ctx context.Context, i int, live time.Time) (string, error) {
	body := fmt.Sprintf(`{"code":"O%s%d","name":"Overload %d","type":"GUEST_HOUSE","timeZone":"UTC","currency":"EUR","goLiveDate":"%s","openingMinor":0}`,
		h.run[len(h.run)-6:], i, i, live.Format(time.DateOnly))
	status, answer, err := h.call(ctx, http.MethodPost, "/v1/setup/properties", body)
	if err != nil || status != http.StatusCreated {
		return "", fmt.Errorf("a property: %d %s: %w", status, answer, err)
	}
	var made struct {
		PropertyID string `json:"propertyId"`
	}
	err = json.Unmarshal(answer, &made)
	return made.PropertyID, err
}

// call makes one, with a key of its own.
func (h *hammer) call(ctx context.Context, method, path, body string) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, h.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+h.token)
	r.Header.Set("Cache-Control", "no-cache") // a report that is made costs what it costs
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		r.Header.Set("Idempotency-Key", h.run+"-"+strconv.FormatInt(h.serial.Add(1), 10))
	}
	a, err := h.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	answer, err = io.ReadAll(a.Body)
	return a.StatusCode, answer, err
}

// do makes a call of a kind.
func (h *hammer) do(ctx context.Context, kind string) outcome {
	began := time.Now()
	property := h.open[h.serial.Add(1)%properties]
	method, path, body := http.MethodGet, "", ""
	switch kind {
	case "post":
		method, path = http.MethodPost, "/v1/finance/revenues"
		body = fmt.Sprintf(`{"propertyId":%q,"businessDate":%q,"amountMinor":1000,"currency":"EUR","paymentMode":"CASH","source":"ROOM"}`, property, h.today)
	case "close":
		c := <-h.closers
		defer func() { h.closers <- c }()
		began = time.Now() // the day before it must be closed first: that wait is the hammer's
		method, path = http.MethodPost, "/v1/finance/days/"+c.next.Format(time.DateOnly)+"/close"
		body = fmt.Sprintf(`{"propertyId":%q}`, c.property)
		c.next = c.next.AddDate(0, 0, 1)
	case "read":
		path = "/v1/finance/revenues?limit=20&propertyId=" + property
	case "report":
		path = "/v1/reports/daily-report?propertyId=" + property + "&date=" + h.today
	case "export":
		path = "/v1/reports/export?report=monthly&format=csv&rows=days&propertyId=" + property + "&month=" + h.today[:7]
	}
	status, _, err := h.call(ctx, method, path, body)
	return outcome{kind: kind, at: began, took: time.Since(began), status: status, ok: err == nil && status < http.StatusMultipleChoices}
}

// outcome is what came of a call.
type outcome struct {
	kind   string
	at     time.Time
	took   time.Duration
	status int // 0: none came
	ok     bool
}

// log gathers outcomes.
type log struct {
	mu  sync.Mutex
	all []outcome
}

func (l *log) add(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, o)
}
