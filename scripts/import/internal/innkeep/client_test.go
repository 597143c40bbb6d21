package innkeep

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// newClient is a client of the handler that does not really wait.
func newClient(t *testing.T, handler http.HandlerFunc) (*Client, *time.Duration) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	waited := new(time.Duration)
	c := New(server.URL+"/", "secret", 1, func(string) {}, func(ctx context.Context, d time.Duration) error {
		*waited += d
		return ctx.Err()
	})
	return c, waited
}

func TestRetriesWhatMaySucceedLater(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	keys := map[string]bool{}
	c, waited := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		keys[r.Header.Get("Idempotency-Key")] = true
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		case 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 4:
			w.WriteHeader(http.StatusGatewayTimeout)
		case 5:
			panic(http.ErrAbortHandler) // the connection is cut
		default:
			w.Write([]byte(`{"results":[{"index":0,"outcome":"RECORDED"}]}`))
		}
	})
	results, err := c.Bulk(t.Context(), "revenue", []json.RawMessage{[]byte(`{}`)})
	if err != nil || len(results) != 1 || results[0].Outcome != Recorded {
		t.Fatalf("%v %v", results, err)
	}
	if calls.Load() != 6 || c.Retries.Load() < 4 || len(keys) != 1 {
		t.Errorf("%d calls, %d retries, keys %v", calls.Load(), c.Retries.Load(), keys)
	}
	if *waited < 7*time.Second {
		t.Errorf("Retry-After was not followed: waited %s", *waited)
	}
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status   int
		attempts int32 // at least 2 stands for "several"
	}{
		"unauthorised": {401, 1}, "forbidden": {403, 1}, "bad request": {400, 1}, "internal": {500, 1}, "unavailable": {503, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			client, _ := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.WriteHeader(c.status)
				w.Write([]byte(`{"code":"some_code","detail":"why","errors":[{"pointer":"/a","detail":"b"}]}`))
			})
			_, err := client.Properties(t.Context())
			var p *Problem
			if !errors.As(err, &p) || p.Status != c.status || p.Code != "some_code" || p.Text() != "why; /a b" {
				t.Fatalf("%v", err)
			}
			if n := calls.Load(); n < c.attempts || c.attempts == 1 && n > 1 {
				t.Errorf("%d attempts", n)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Error("the error tells the token")
			}
		})
	}
}

// TestBulkSendsAgainWhatWasNotJudged: what the first answer recorded stays new, though the second
// says that it is known.
func TestBulkSendsAgainWhatWasNotJudged(t *testing.T) {
	t.Parallel()
	answers := []string{
		`{"results":[{"index":0,"outcome":"RECORDED"},{"index":1,"outcome":"REFUSED","problem":{"status":503,"code":"unavailable"}},
			{"index":2,"outcome":"REFUSED","problem":{"status":422,"code":"amount_zero"}}]}`,
		`{"results":[{"index":0,"outcome":"RECORDED","replayed":true},{"index":1,"outcome":"RECORDED"},
			{"index":2,"outcome":"REFUSED","problem":{"status":422,"code":"amount_zero"}}]}`,
	}
	var calls atomic.Int32
	c, _ := newClient(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answers[calls.Add(1)-1])) })
	got, err := c.Bulk(t.Context(), "revenue", []json.RawMessage{[]byte(`1`), []byte(`2`), []byte(`3`)})
	if err != nil || len(got) != 3 || got[0].Replayed || got[0].Outcome != Recorded || got[1].Outcome != Recorded || got[2].Problem.Code != "amount_zero" {
		t.Errorf("%+v %v", got, err)
	}
}

// TestBulkStopsAtADefect: a line that met a defect of the server is not refused.
func TestBulkStopsAtADefect(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"results":[{"index":0,"outcome":"REFUSED","problem":{"status":500,"code":"internal"}}]}`))
	})
	if got, err := c.Bulk(t.Context(), "revenue", []json.RawMessage{[]byte(`1`)}); !IsCode(err, "internal") {
		t.Errorf("%+v %v", got, err)
	}
}

func TestBulkRefusesAnAnswerThatIsNotOne(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"too few":      `{"results":[]}`,
		"twice":        `{"results":[{"index":0},{"index":0}]}`,
		"out of range": `{"results":[{"index":0},{"index":2}]}`,
		"no JSON":      `<html>`,
	} {
		c, _ := newClient(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) })
		if _, err := c.Bulk(t.Context(), "revenue", []json.RawMessage{[]byte(`1`), []byte(`2`)}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPropertiesFollowsTheCursor(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			w.Write([]byte(`{"items":[{"propertyId":"1","code":"A"}],"nextCursor":"x y"}`))
			return
		}
		w.Write([]byte(`{"items":[{"propertyId":"2","code":"B"}],"nextCursor":""}`))
	})
	found, err := c.Properties(t.Context())
	if err != nil || found["A"].ID != "1" || found["B"].ID != "2" {
		t.Errorf("%v %v", found, err)
	}
}

func TestCloseDayThatWasClosed(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		w.Write([]byte(`{"code":"day_closed"}`))
	})
	if done, err := c.CloseDay(t.Context(), "p", "2015-06-15"); done || err != nil {
		t.Errorf("%v %v", done, err)
	}
}
